import type { AttributeValue } from '../kind.ts';
import { pythonPattern } from './python-pattern.ts';
import { pythonRepr } from './python-text.ts';
import type { SchemaError, SchemaPath, SchemaRule } from './schema-types.ts';
import type { MakeRule } from './schema-value-keywords.ts';
import { quote } from './schema-values.ts';
import { isSchemaObject, own, type SchemaObject } from './types.ts';

const requiredRule: MakeRule = (argument) => {
  if (!Array.isArray(argument)) return null;
  const names = argument.filter((name) => typeof name === 'string');
  return {
    accepts(value) {
      if (!isSchemaObject(value)) return true;
      for (const name of names) if (!Object.hasOwn(value, name)) return false;
      return true;
    },
    explain(value, path, errors) {
      if (!isSchemaObject(value)) return;
      for (const name of names) {
        if (Object.hasOwn(value, name)) continue;
        errors.push({
          keyword: 'required',
          message: `${pythonRepr(name)} is a required property`,
          path,
          value,
          missing: name,
        });
      }
    },
  };
};

const propertiesRule: MakeRule = (argument, _schema, compile) => {
  if (!isSchemaObject(argument)) return null;
  const rules = new Map(Object.entries(argument).map(([name, schema]) => [name, compile(schema)]));
  return {
    accepts(value) {
      if (!isSchemaObject(value)) return true;
      // By the document's keys, which are few, and not by the schema's, which may be hundreds.
      for (const name of Object.keys(value)) {
        const rule = rules.get(name);
        if (rule && !rule.accepts(value[name] ?? null)) return false;
      }
      return true;
    },
    explain(value, path, errors) {
      if (!isSchemaObject(value)) return;
      for (const [name, rule] of rules) {
        const member = own(value, name);
        if (member !== undefined && !rule.accepts(member)) rule.explain(member, [...path, name], errors);
      }
    },
  };
};

interface PatternRules {
  source: string;
  pattern: RegExp;
  rule: SchemaRule;
}

function patternRules(argument: AttributeValue, compile: (schema: AttributeValue) => SchemaRule): PatternRules[] {
  if (!isSchemaObject(argument)) return [];
  return Object.entries(argument).flatMap(([source, schema]) => {
    const pattern = pythonPattern(source);
    return pattern ? [{ source, pattern, rule: compile(schema) }] : [];
  });
}

const patternPropertiesRule: MakeRule = (argument, _schema, compile) => {
  const rules = patternRules(argument, compile);
  return {
    accepts(value) {
      if (!isSchemaObject(value)) return true;
      return Object.entries(value).every(([name, member]) =>
        rules.every(({ pattern, rule }) => !pattern.test(name) || rule.accepts(member)),
      );
    },
    explain(value, path, errors) {
      if (!isSchemaObject(value)) return;
      for (const { pattern, rule } of rules) {
        for (const [name, member] of Object.entries(value)) {
          if (pattern.test(name) && !rule.accepts(member)) rule.explain(member, [...path, name], errors);
        }
      }
    },
  };
};

const additionalPropertiesRule: MakeRule = (argument, schema, compile) => {
  if (argument !== false && !isSchemaObject(argument)) return null;
  const properties = own(schema, 'properties');
  const declared = new Set(isSchemaObject(properties) ? Object.keys(properties) : []);
  const patterns = patternRules(own(schema, 'patternProperties') ?? null, compile);
  const isExtra = (name: string) => !declared.has(name) && !patterns.some(({ pattern }) => pattern.test(name));
  if (isSchemaObject(argument)) return additionalSchemaRule(compile(argument), isExtra);
  return {
    accepts(value) {
      if (!isSchemaObject(value)) return true;
      for (const name of Object.keys(value)) if (isExtra(name)) return false;
      return true;
    },
    explain(value, path, errors) {
      if (!isSchemaObject(value)) return;
      const extras = Object.keys(value).filter(isExtra).sort();
      errors.push({ keyword: 'additionalProperties', message: extrasMessage(extras, patterns), path, value: extras });
    },
  };
};

function extrasMessage(extras: readonly string[], patterns: readonly PatternRules[]): string {
  const names = extras.map((name) => quote(name)).join(', ');
  if (patterns.length > 0) {
    const sources = patterns.map(({ source }) => pythonRepr(source)).join(', ');
    return `${names} ${extras.length === 1 ? 'does' : 'do'} not match any of the regexes: ${sources}`;
  }
  return `Additional properties are not allowed (${names} ${extras.length === 1 ? 'was' : 'were'} unexpected)`;
}

function additionalSchemaRule(rule: SchemaRule, isExtra: (name: string) => boolean): SchemaRule {
  return {
    accepts(value) {
      if (!isSchemaObject(value)) return true;
      return Object.entries(value).every(([name, member]) => !isExtra(name) || rule.accepts(member));
    },
    explain(value, path, errors) {
      if (!isSchemaObject(value)) return;
      for (const [name, member] of Object.entries(value)) {
        if (isExtra(name) && !rule.accepts(member)) rule.explain(member, [...path, name], errors);
      }
    },
  };
}

/** One schema for all items, or (a list) one schema per place. */
const itemsRule: MakeRule = (argument, _schema, compile) => {
  const byPlace = Array.isArray(argument) ? argument.map(compile) : null;
  const forAll = isSchemaObject(argument) ? compile(argument) : null;
  if (!byPlace && !forAll) return null;
  const ruleAt = (index: number) => forAll ?? byPlace?.[index];
  return {
    accepts: (value) => !Array.isArray(value) || value.every((item, index) => ruleAt(index)?.accepts(item) ?? true),
    explain(value, path, errors) {
      if (!Array.isArray(value)) return;
      for (const [index, item] of value.entries()) {
        const rule = ruleAt(index);
        if (rule && !rule.accepts(item)) rule.explain(item, [...path, index], errors);
      }
    },
  };
};

function branchesRule(keyword: 'anyOf' | 'oneOf'): MakeRule {
  return (argument, _schema, compile) => {
    if (!Array.isArray(argument)) return null;
    const branches = argument.map(compile);
    const matching = (value: AttributeValue) => branches.filter((branch) => branch.accepts(value)).length;
    return {
      accepts: (value) =>
        keyword === 'anyOf' ? branches.some((branch) => branch.accepts(value)) : matching(value) === 1,
      explain(value, path, errors) {
        const context: SchemaError[] = [];
        for (const branch of branches) if (!branch.accepts(value)) branch.explain(value, path, context);
        const ambiguous = matching(value) > 1;
        const message = ambiguous
          ? severalMessage(value, argument, branches)
          : `${quote(value)} is not valid under any of the given schemas`;
        errors.push({ keyword, message, path, value, ...(ambiguous ? {} : { context }) });
      },
    };
  };
}

/** jsonschema names the first matching schema last. */
function severalMessage(
  value: AttributeValue,
  schemas: readonly AttributeValue[],
  branches: readonly SchemaRule[],
): string {
  const [first, ...others] = schemas.filter((_, index) => branches[index]?.accepts(value));
  return `${quote(value)} is valid under each of ${[...others, first ?? null].map(quote).join(', ')}`;
}

const allOfRule: MakeRule = (argument, _schema, compile) => {
  if (!Array.isArray(argument)) return null;
  const branches = argument.map(compile);
  return {
    accepts: (value) => branches.every((branch) => branch.accepts(value)),
    explain(value: AttributeValue, path: SchemaPath, errors: SchemaError[]) {
      for (const branch of branches) if (!branch.accepts(value)) branch.explain(value, path, errors);
    },
  };
};

const notRule: MakeRule = (argument, _schema, compile) => {
  const branch = compile(argument);
  return {
    accepts: (value) => !branch.accepts(value),
    explain(value, path, errors) {
      errors.push({
        keyword: 'not',
        message: `${quote(value)} should not be valid under ${quote(argument)}`,
        path,
        value,
      });
    },
  };
};

/** The properties that must be there when `name` is, as messages; or the schema that then holds for the whole. */
const dependenciesRule: MakeRule = (argument, _schema, compile) => {
  if (!isSchemaObject(argument)) return null;
  const rules = Object.entries(argument).map(([name, dependency]) => ({
    name,
    needs: Array.isArray(dependency) ? dependency.filter((need) => typeof need === 'string') : [],
    rule: isSchemaObject(dependency) ? compile(dependency) : null,
  }));
  const missing = (value: SchemaObject) =>
    rules.flatMap(({ name, needs }) =>
      Object.hasOwn(value, name)
        ? needs.filter((need) => !Object.hasOwn(value, need)).map((need) => ({ name, need }))
        : [],
    );
  const refused = (value: SchemaObject) =>
    rules.flatMap(({ name, rule }) => (rule && Object.hasOwn(value, name) && !rule.accepts(value) ? [rule] : []));
  return {
    accepts: (value) => !isSchemaObject(value) || (missing(value).length === 0 && refused(value).length === 0),
    explain(value, path, errors) {
      if (!isSchemaObject(value)) return;
      for (const { name, need } of missing(value)) {
        errors.push({
          keyword: 'dependencies',
          message: `${pythonRepr(need)} is a dependency of ${pythonRepr(name)}`,
          path,
          value,
        });
      }
      for (const rule of refused(value)) rule.explain(value, path, errors);
    },
  };
};

/** Keywords that go into objects, arrays or alternatives. */
export const objectKeywords: ReadonlyMap<string, MakeRule> = new Map<string, MakeRule>([
  ['required', requiredRule],
  ['properties', propertiesRule],
  ['patternProperties', patternPropertiesRule],
  ['additionalProperties', additionalPropertiesRule],
  ['items', itemsRule],
  ['anyOf', branchesRule('anyOf')],
  ['oneOf', branchesRule('oneOf')],
  ['allOf', allOfRule],
  ['not', notRule],
  ['dependencies', dependenciesRule],
]);
