import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import type { AttributeValue } from '../kind.ts';
import { exampleDictionary } from './example-dictionary.ts';
import { loosenedSchema } from './nullable.ts';
import { compileNode, nodeValidator, systemDefaults, unknownTypeFinding, validateDocument } from './validate.ts';

const { dictionary } = exampleDictionary();
const sample = { type: 'sample', submitter_id: 's-1', tissue: 'Blood', cases: { submitter_id: 'c-1' } };
const judge = (document: AttributeValue, creating = false) =>
  validateDocument(document, dictionary, creating).map(({ message, keys, type }) => [message, keys, type]);

test('a good document has no findings', () => {
  assert.deepEqual(judge(sample), []);
  assert.deepEqual(
    judge({
      ...sample,
      mass: 1.5,
      count: 3,
      frozen: false,
      ratio: null,
      cases: [{ id: '00000000-0000-0000-0000-000000000000' }],
    }),
    [],
  );
});

test('error texts, keys and classes are those of the peers', () => {
  assert.deepEqual(judge({ ...sample, tissue: 'Wood' }), [
    [`'Wood' is not one of ['Blood', 'Bone', "it's"]`, ['tissue'], 'ERROR'],
  ]);
  assert.deepEqual(judge({ ...sample, mass: 'lots' }), [
    ["'lots' is not of type 'number', 'null'", ['mass'], 'INVALID_VALUE'],
  ]);
  assert.deepEqual(judge({ ...sample, mass: -1 }), [['-1 is less than the minimum of 0', ['mass'], 'ERROR']]);
  assert.deepEqual(judge({ ...sample, colour: 'red' }), [
    ["Additional properties are not allowed ('colour' was unexpected)", [], 'ERROR'],
  ]);
  assert.deepEqual(judge({ ...sample, b: 1, a: 2 }), [
    ["Additional properties are not allowed ('a', 'b' were unexpected)", [], 'ERROR'],
  ]);
  assert.deepEqual(
    judge({ ...sample, id: 'zz' }).map(([message]) => message),
    ["'zz' does not match '^[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$'"],
  );
  assert.deepEqual(judge({ type: 'sample', submitter_id: 's-1' }), [
    ["'tissue' is a required property", ['tissue'], 'MISSING_PROPERTY'],
  ]);
  assert.deepEqual(judge({ ...sample, cases: 'c-1' }), [
    [
      "'c-1' is not valid under any of the given schemas: 'c-1' is not of type 'array' and 'c-1' is not of type 'object'",
      ['cases'],
      'INVALID_VALUE',
    ],
  ]);
  assert.deepEqual(judge({ ...sample, cases: [{ id: 'x' }] })[0]?.slice(1), [['cases'], 'INVALID_VALUE']);
  assert.deepEqual(
    judge({ type: 'case', submitter_id: 'c', projects: {}, codes: ['a', 'a'], seen: 'noon' }).map(
      ([message]) => message,
    ),
    ["['a', 'a'] has non-unique elements", "'noon' is not a 'date-time'"],
  );
  assert.deepEqual(judge({ type: 'case', submitter_id: 'c', projects: { code: 5 } }), [
    ["5 is not of type 'string'", ['projects.code'], 'INVALID_VALUE'],
  ]);
});

test('all errors come at once, in the order of the schema', () => {
  const codes = validateDocument({ type: 'sample', mass: 'x', count: 1.5, z: 1 }, dictionary).map(({ code, keys }) => [
    code,
    ...keys,
  ]);
  assert.deepEqual(codes, [
    ['property-unknown'],
    ['required-missing', 'submitter_id'],
    ['required-missing', 'tissue'],
    ['value-type', 'mass'],
    ['value-type', 'count'],
  ]);
});

test('null clears what is not required', () => {
  assert.deepEqual(judge({ ...sample, mass: null, frozen: null, ratio: null, state: null }), []);
  assert.deepEqual(judge({ ...sample, tissue: null }), [
    [`None is not one of ['Blood', 'Bone', "it's"]`, ['tissue'], 'ERROR'],
  ]);
  assert.deepEqual(judge({ ...sample, cases: null })[0]?.[1], ['cases']);
  assert.deepEqual(judge({ type: 'piece', submitter_id: 'p', kind: 'Big', cases: null }), [
    ["'Big' is not one of ['Wet', 'Dry', None]", ['kind'], 'ERROR'],
  ]);
});

test('documents that name no kind of the project', () => {
  assert.deepEqual(judge('a'), [['Entity document must be an object, not a str', [], 'INVALID_VALUE']]);
  assert.deepEqual(judge(1)[0]?.[0], 'Entity document must be an object, not a int');
  assert.deepEqual(judge({ submitter_id: 'x' }), [["'type' is a required property", ['type'], 'MISSING_PROPERTY']]);
  assert.deepEqual(judge({ type: 'smaple' }), [
    ["Invalid entity type: smaple. Did you mean 'sample'?", ['type'], 'INVALID_TYPE'],
  ]);
  assert.deepEqual(judge({ type: 'zebra' }), [['Invalid entity type: zebra.', ['type'], 'INVALID_TYPE']]);
  assert.deepEqual(judge({ type: '__proto__' })[0]?.[2], 'INVALID_TYPE');
  assert.deepEqual(judge({ type: ['case'] })[0]?.[2], 'INVALID_TYPE');
  assert.deepEqual(judge({ type: 'project', code: 'P' }), [
    ['project is not an entity that can be upload via the project endpoint.', ['id'], 'INVALID_TYPE'],
  ]);
});

test('equally near types are all suggested', () => {
  const { dictionary: twins } = exampleDictionary({
    'a.yaml': 'id: reads_a\nproperties: {}',
    'b.yaml': 'id: reads_b\nproperties: {}',
  });
  assert.equal(
    unknownTypeFinding('reads_c', twins).message,
    "Invalid entity type: reads_c. Did you mean 'reads_a' or 'reads_b'?",
  );
});

test("a creator's own id must be a UUID", () => {
  assert.deepEqual(
    judge({ ...sample, id: 'my-id' }, true).map(([message]) => String(message).split(' does not match')[0]),
    ['Cannot create entity with custom id that is not a UUID.', "'my-id'"],
  );
  assert.equal(judge({ ...sample, id: 'my-id' }, false).length, 1);
});

test('misspelt names and values come with suggestions', () => {
  const suggested = (document: AttributeValue) =>
    validateDocument(document, dictionary).map(({ suggestions }) => suggestions);
  assert.deepEqual(suggested({ ...sample, frozn: true, xyz: 1 }), [['frozen']]);
  assert.deepEqual(suggested({ ...sample, tissue: ' blood' }), [['Blood']]);
  assert.deepEqual(suggested({ ...sample, tissue: 'Boney' }), [['Bone']]);
  assert.deepEqual(suggested({ ...sample, tissue: 'Wood' }), [undefined]);
});

test('defaults of system properties', () => {
  const node = dictionary.nodes.get('sample');
  assert.ok(node);
  assert.deepEqual(systemDefaults(node), { state: 'validated' });
});

test('a megabyte in a cell and in a name makes a short report', () => {
  const long = 'x'.repeat(1_000_000);
  for (const [message] of judge({ ...sample, tissue: long, [long]: 1 })) assert.ok(String(message).length < 10_000);
});

const anything = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom('Blood', 'Wet', 'validated', 'sample'),
  fc.array(fc.record({ submitter_id: fc.oneof(fc.string(), fc.integer()) })),
  fc.record({ id: fc.oneof(fc.uuid(), fc.string()), code: fc.string() }, { requiredKeys: [] }),
);

test('the verdict is that of another validator', () => {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  for (const node of dictionary.nodes.values()) {
    // `id` is the base address of a schema for Ajv, the type's name for us.
    const { id: _type, ...schema } = loosenedSchema(node);
    const reference = ajv.compile(schema);
    const names = [...node.properties.keys()];
    const documents = fc.dictionary(
      fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom(...names.filter((name) => name !== 'seen')) },
        { weight: 1, arbitrary: fc.string() },
      ),
      anything,
      { maxKeys: 9 },
    );
    fc.assert(
      fc.property(documents, (document) => (nodeValidator(node)(document).length === 0) === reference(document)),
      { numRuns: 300 },
    );
  }
});

test('findings never depend on what was judged before', () => {
  const node = dictionary.nodes.get('sample');
  assert.ok(node);
  const validator = compileNode(node);
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...node.properties.keys()), anything), (document) => {
      assert.deepEqual(validator(document), compileNode(node)(document));
    }),
    { numRuns: 50 },
  );
});
