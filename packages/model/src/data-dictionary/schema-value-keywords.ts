import type { AttributeValue } from '../kind.ts';
import { formats } from './formats.ts';
import { pythonPattern } from './python-pattern.ts';
import { pythonRepr } from './python-text.ts';
import type { SchemaError, SchemaPath, SchemaRule } from './schema-types.ts';
import { characterCount, hasRepeats, listValues, quote, sameValue } from './schema-values.ts';
import type { SchemaObject } from './types.ts';

/** Makes the rule of one keyword; null when the argument makes no sense, so that the keyword is ignored. */
export type MakeRule = (
  argument: AttributeValue,
  schema: SchemaObject,
  compile: (schema: AttributeValue) => SchemaRule,
) => SchemaRule | null;

/** A rule with one test and one message. */
function simple(
  keyword: string,
  accepts: (value: AttributeValue) => boolean,
  message: (value: AttributeValue) => string,
  more: Partial<SchemaError> = {},
): SchemaRule {
  return {
    accepts,
    explain(value: AttributeValue, path: SchemaPath, errors: SchemaError[]): void {
      errors.push({ keyword, message: message(value), path, value, ...more });
    },
  };
}

const typeTests: Readonly<Record<string, (value: AttributeValue) => boolean>> = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
  array: Array.isArray,
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

function typeRule(argument: AttributeValue): SchemaRule | null {
  const names = (Array.isArray(argument) ? argument : [argument]).filter((name) => typeof name === 'string');
  const tests = names
    .flatMap((name) => (Object.hasOwn(typeTests, name) ? [typeTests[name]] : []))
    .filter((test) => test !== undefined);
  const [only] = tests;
  if (!only) return null;
  const accepts = tests.length === 1 ? only : (value: AttributeValue) => tests.some((test) => test(value));
  const list = names.map(pythonRepr).join(', ');
  return simple('type', accepts, (value) => `${quote(value)} is not of type ${list}`);
}

function enumRule(argument: AttributeValue): SchemaRule | null {
  if (!Array.isArray(argument)) return null;
  const plain = new Set<AttributeValue>(argument.filter((value) => typeof value !== 'object' || value === null));
  const compound = argument.filter((value) => typeof value === 'object' && value !== null);
  const list = listValues(argument);
  return simple(
    'enum',
    (value) => plain.has(value) || (compound.length > 0 && compound.some((allowed) => sameValue(allowed, value))),
    (value) => `${quote(value)} is not one of ${list}`,
    { allowed: argument },
  );
}

function patternRule(argument: AttributeValue): SchemaRule | null {
  const pattern = typeof argument === 'string' ? pythonPattern(argument) : null;
  if (!pattern) return null;
  return simple(
    'pattern',
    (value) => typeof value !== 'string' || pattern.test(value),
    (value) => `${quote(value)} does not match ${pythonRepr(argument)}`,
  );
}

function formatRule(argument: AttributeValue): SchemaRule | null {
  const test = typeof argument === 'string' ? formats.get(argument) : undefined;
  if (!test) return null;
  return simple(
    'format',
    (value) => typeof value !== 'string' || test(value),
    (value) => `${quote(value)} is not a ${pythonRepr(argument)}`,
  );
}

/** `minimum` and `maximum`; draft 4 makes them exclusive with a flag beside them. */
function boundRule(keyword: 'minimum' | 'maximum'): MakeRule {
  const flag = keyword === 'minimum' ? 'exclusiveMinimum' : 'exclusiveMaximum';
  return (argument, schema) => (typeof argument === 'number' ? bound(keyword, argument, schema[flag] === true) : null);
}

function bound(keyword: 'minimum' | 'maximum', limit: number, exclusive: boolean): SchemaRule {
  const lower = keyword === 'minimum';
  const inside = (value: number) => (lower ? value > limit : value < limit) || (!exclusive && value === limit);
  const words = `${lower ? 'less' : 'greater'} than${exclusive ? ' or equal to' : ''} the ${keyword} of ${pythonRepr(limit)}`;
  return simple(
    keyword,
    (value) => typeof value !== 'number' || inside(value),
    (value) => `${quote(value)} is ${words}`,
  );
}

/** From draft 6 on the exclusive bound is a number of its own. */
function exclusiveRule(keyword: 'minimum' | 'maximum'): MakeRule {
  return (argument) => (typeof argument === 'number' ? bound(keyword, argument, true) : null);
}

function multipleRule(argument: AttributeValue): SchemaRule | null {
  if (typeof argument !== 'number' || argument === 0) return null;
  const accepts = (value: AttributeValue) => typeof value !== 'number' || Number.isInteger(value / argument);
  return simple('multipleOf', accepts, (value) => `${quote(value)} is not a multiple of ${pythonRepr(argument)}`);
}

const tooSmall = (limit: number) => (limit === 1 ? 'should be non-empty' : 'is too short');
const tooLarge = (limit: number) => (limit === 0 ? 'is expected to be empty' : 'is too long');

function lengthRule(
  keyword: string,
  applies: (value: AttributeValue, limit: number) => boolean,
  words: (limit: number) => string,
): MakeRule {
  return (argument) => {
    if (typeof argument !== 'number') return null;
    return simple(
      keyword,
      (value) => applies(value, argument),
      (value) => `${quote(value)} ${words(argument)}`,
    );
  };
}

const isPlainObject = typeTests.object ?? (() => false);
const memberCount = (value: AttributeValue) =>
  value === null || !isPlainObject(value) ? null : Object.keys(value).length;

const uniqueRule: MakeRule = (argument) =>
  argument === true
    ? simple(
        'uniqueItems',
        (value) => !Array.isArray(value) || !hasRepeats(value),
        (value) => `${quote(value)} has non-unique elements`,
      )
    : null;

/** Keywords that look at a value without going into it. */
export const valueKeywords: ReadonlyMap<string, MakeRule> = new Map<string, MakeRule>([
  ['type', typeRule],
  ['enum', enumRule],
  [
    'const',
    (argument) =>
      simple(
        'const',
        (value) => sameValue(value, argument),
        () => `${pythonRepr(argument)} was expected`,
      ),
  ],
  ['pattern', patternRule],
  ['format', formatRule],
  ['minimum', boundRule('minimum')],
  ['maximum', boundRule('maximum')],
  ['exclusiveMinimum', exclusiveRule('minimum')],
  ['exclusiveMaximum', exclusiveRule('maximum')],
  ['multipleOf', multipleRule],
  // A text is at least as long in UTF-16 units as in characters, so most texts need no counting.
  [
    'minLength',
    lengthRule(
      'minLength',
      (value, limit) => typeof value !== 'string' || (value.length >= limit && characterCount(value) >= limit),
      tooSmall,
    ),
  ],
  [
    'maxLength',
    lengthRule(
      'maxLength',
      (value, limit) => typeof value !== 'string' || value.length <= limit || characterCount(value) <= limit,
      tooLarge,
    ),
  ],
  ['minItems', lengthRule('minItems', (value, limit) => !Array.isArray(value) || value.length >= limit, tooSmall)],
  ['maxItems', lengthRule('maxItems', (value, limit) => !Array.isArray(value) || value.length <= limit, tooLarge)],
  [
    'minProperties',
    lengthRule(
      'minProperties',
      (value, limit) => (memberCount(value) ?? limit) >= limit,
      (limit) => (limit === 1 ? 'should be non-empty' : 'does not have enough properties'),
    ),
  ],
  [
    'maxProperties',
    lengthRule(
      'maxProperties',
      (value, limit) => (memberCount(value) ?? limit) <= limit,
      (limit) => (limit === 0 ? 'is expected to be empty' : 'has too many properties'),
    ),
  ],
  ['uniqueItems', uniqueRule],
]);
