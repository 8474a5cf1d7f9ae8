import type { AttributeValue } from '../kind.ts';
import { objectKeywords } from './schema-object-keywords.ts';
import type { SchemaError, SchemaPath, SchemaRule } from './schema-types.ts';
import { valueKeywords } from './schema-value-keywords.ts';
import { quote } from './schema-values.ts';
import { isSchemaObject, type SchemaObject } from './types.ts';

const acceptAll: SchemaRule = { accepts: () => true, explain: () => {} };
const acceptNothing: SchemaRule = {
  accepts: () => false,
  explain: (value, path, errors) => {
    errors.push({ keyword: 'false', message: `False schema does not allow ${quote(value)}`, path, value });
  },
};

/** Shared parts of a dictionary (a `$ref` resolved once) are compiled once. */
const compiled = new WeakMap<SchemaObject, SchemaRule>();

/**
 * Compiles a resolved JSON Schema (the part of draft 4 that data dictionaries use). Unknown keywords are ignored, a
 * pattern that is no regular expression accepts everything (the dictionary's findings name it).
 *
 * Errors come in the order of the schema's own keys, as Python's jsonschema gives them.
 */
export function compileSchema(schema: AttributeValue): SchemaRule {
  if (schema === false) return acceptNothing;
  if (!isSchemaObject(schema)) return acceptAll;
  const known = compiled.get(schema);
  if (known) return known;
  const rules: SchemaRule[] = [];
  for (const [keyword, argument] of Object.entries(schema)) {
    const make = valueKeywords.get(keyword) ?? objectKeywords.get(keyword);
    const rule = make?.(argument, schema, compileSchema);
    if (rule) rules.push(rule);
  }
  const result = all(rules);
  compiled.set(schema, result);
  return result;
}

function all(rules: readonly SchemaRule[]): SchemaRule {
  const [first, second] = rules;
  if (!first) return acceptAll;
  if (!second) return first;
  return {
    accepts(value: AttributeValue): boolean {
      for (const rule of rules) if (!rule.accepts(value)) return false;
      return true;
    },
    explain(value: AttributeValue, path: SchemaPath, errors: SchemaError[]): void {
      for (const rule of rules) if (!rule.accepts(value)) rule.explain(value, path, errors);
    },
  };
}
