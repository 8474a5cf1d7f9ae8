import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AttributeValue } from '../kind.ts';
import { compileSchema } from './schema.ts';
import type { SchemaError } from './schema-types.ts';

function messages(schema: AttributeValue, value: AttributeValue): string[] {
  const rule = compileSchema(schema);
  const errors: SchemaError[] = [];
  if (!rule.accepts(value)) rule.explain(value, [], errors);
  return errors.map(({ message }) => message);
}

test('each keyword in its words', () => {
  const cases: [AttributeValue, AttributeValue, string | null][] = [
    [{ type: 'integer' }, true, "True is not of type 'integer'"],
    [{ type: ['string', 'null'] }, 5, "5 is not of type 'string', 'null'"],
    [{ enum: [1, 'a', null, [1]] }, [2], "[2] is not one of [1, 'a', None, [1]]"],
    [{ enum: [1, [{ a: 1 }]] }, [{ a: 1 }], null],
    [{ enum: [1] }, true, 'True is not one of [1]'],
    [{ pattern: '^a' }, 'ba', "'ba' does not match '^a'"],
    [{ pattern: '^[A-Z]+([\\+\\-][A-Z]+){,2}$' }, 'A+B-C', null],
    [{ pattern: '(?i)^abc' }, 'ABC', null],
    [{ minimum: 3 }, 2.5, '2.5 is less than the minimum of 3'],
    [{ minimum: 3, exclusiveMinimum: true }, 3, '3 is less than or equal to the minimum of 3'],
    [{ maximum: 3 }, 4, '4 is greater than the maximum of 3'],
    [{ maximum: 3, exclusiveMaximum: true }, 3, '3 is greater than or equal to the maximum of 3'],
    [{ multipleOf: 2 }, 3, '3 is not a multiple of 2'],
    [{ minLength: 2 }, '😀', "'😀' is too short"],
    [{ minLength: 1 }, '', "'' should be non-empty"],
    [{ maxLength: 1 }, 'ab', "'ab' is too long"],
    [{ maxLength: 1 }, '😀', null],
    [{ minItems: 1 }, [], '[] should be non-empty'],
    [{ maxItems: 1 }, [1, 2], '[1, 2] is too long'],
    [{ uniqueItems: true }, [{ a: 1 }, { a: 1 }], "[{'a': 1}, {'a': 1}] has non-unique elements"],
    [{ uniqueItems: true }, [1, true, '1', null], null],
    [{ minProperties: 1 }, {}, '{} should be non-empty'],
    [{ maxProperties: 1 }, { a: 1, b: 2 }, "{'a': 1, 'b': 2} has too many properties"],
    [{ items: { type: 'string' } }, ['a', 1], "1 is not of type 'string'"],
    [{ items: [{ type: 'string' }, { type: 'null' }] }, ['a', 1], "1 is not of type 'null'"],
    [{ allOf: [{ type: 'string' }, { minLength: 3 }] }, 'ab', "'ab' is too short"],
    [{ oneOf: [{ type: 'number' }, { minimum: 1 }] }, 2, "2 is valid under each of {'minimum': 1}, {'type': 'number'}"],
    [{ not: { type: 'null' } }, null, "None should not be valid under {'type': 'null'}"],
    [{ dependencies: { a: ['b'] } }, { a: 1 }, "'b' is a dependency of 'a'"],
    [{ patternProperties: { '^x': { type: 'null' } } }, { xa: 1 }, "1 is not of type 'null'"],
    [
      { patternProperties: { '^x': {} }, additionalProperties: false },
      { y: 1 },
      "'y' does not match any of the regexes: '^x'",
    ],
    [{ additionalProperties: { type: 'null' } }, { y: 1 }, "1 is not of type 'null'"],
    [{ required: ['constructor'] }, {}, "'constructor' is a required property"],
    [{ format: 'date' }, '2023-02-29', "'2023-02-29' is not a 'date'"],
    [{ format: 'date-time' }, '2024-02-29T23:59:60Z', null],
    [{ format: 'date-time' }, '2024-02-29T23:59:59+02:00', null],
    [{ format: 'date-time' }, '2024-02-29', null],
    [{ format: 'date-time' }, '2024-02-29T24:00:00Z', "'2024-02-29T24:00:00Z' is not a 'date-time'"],
    [{ format: 'email' }, 'nobody', "'nobody' is not a 'email'"],
    [{ format: 'ipv4' }, '1.2.3.256', "'1.2.3.256' is not a 'ipv4'"],
    [{ format: 'unheard-of' }, 'x', null],
    [{ pattern: '(' }, 'x', null],
    [{ type: 'unheard-of' }, 'x', null],
    [false, 'x', "False schema does not allow 'x'"],
  ];
  for (const [schema, value, expected] of cases)
    assert.deepEqual(messages(schema, value), expected === null ? [] : [expected], JSON.stringify(schema));
});
