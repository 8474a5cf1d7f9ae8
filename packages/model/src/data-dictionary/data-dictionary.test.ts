import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AttributeValue } from '../kind.ts';
import { buildDataDictionary, parseDictionaryYaml } from './data-dictionary.ts';
import { exampleDictionary } from './example-dictionary.ts';

test('both dialects of references are resolved, and siblings override what they bring', () => {
  const { dictionary, findings } = exampleDictionary();
  assert.deepEqual(findings, []);
  const sample = dictionary.nodes.get('sample');
  assert.deepEqual(sample?.properties.get('mass')?.schema, {
    type: 'number',
    minimum: 0,
    description: 'Mass in grams.',
  });
  assert.equal(sample?.properties.get('id')?.schema.systemAlias, 'node_id');
  assert.equal(typeof sample?.properties.get('id')?.schema.pattern, 'string');
  assert.equal(sample?.properties.get('mass')?.description, 'Mass in grams.');
});

test('several references beside each other are all followed', () => {
  const { dictionary } = exampleDictionary({
    'extra.yaml': 'id: extra\nproperties: {x: {$ref: "_terms.yaml#/cold", $ref2: "_terms.yaml#/mass", type: number}}',
  });
  assert.deepEqual(dictionary.nodes.get('extra')?.properties.get('x')?.schema, {
    type: 'number',
    description: 'Mass in grams.',
    minimum: 5,
  });
});

test('node kinds know their properties, keys and links', () => {
  const { dictionary } = exampleDictionary();
  const piece = dictionary.nodes.get('piece');
  assert.deepEqual(
    piece?.links.map(({ name, targetType, multiplicity, required }) => [name, targetType, multiplicity, required]),
    [
      ['cases', 'case', 'many_to_one', false],
      ['samples', 'sample', 'one_to_one', false],
    ],
  );
  assert.deepEqual(
    piece?.linkTree.map(
      (member) =>
        member.kind === 'group' && [member.group.exclusive, member.group.required, member.group.members.length],
    ),
    [[true, true, 2]],
  );
  assert.equal(piece?.keyProperty, 'submitter_id');
  assert.equal(dictionary.nodes.get('project')?.keyProperty, 'code');
  assert.equal(dictionary.nodes.get('project')?.inProject, false);
  const kinds = [...(dictionary.nodes.get('sample')?.properties.values() ?? [])].map(({ name, kind }) => [name, kind]);
  assert.deepEqual(Object.fromEntries(kinds), {
    type: 'enum',
    tissue: 'enum',
    mass: 'number',
    frozen: 'boolean',
    count: 'integer',
    ratio: 'number',
    cases: 'link',
    id: 'string',
    submitter_id: 'string',
    project_id: 'string',
    state: 'enum',
  });
  assert.equal(dictionary.nodes.get('case')?.properties.get('seen')?.kind, 'date');
  assert.deepEqual(dictionary.nodes.get('case')?.properties.get('codes')?.itemAccepts, ['string']);
});

test('the served form holds types and special files by name', () => {
  const { dictionary } = exampleDictionary();
  assert.deepEqual(Object.keys(dictionary.resolved).sort(), [
    '_definitions',
    '_settings',
    '_terms',
    'case',
    'piece',
    'project',
    'sample',
  ]);
  assert.deepEqual(dictionary.settings, { enable_case_cache: false });
});

test('the version follows the content, not the order or the form of the files', () => {
  const one = buildDataDictionary(
    new Map([
      ['a.yaml', { id: 'a', properties: {} }],
      ['b.yaml', { id: 'b', properties: {} }],
    ]),
  );
  const two = buildDataDictionary(
    new Map([
      ['b', { properties: {}, id: 'b' }],
      ['a', { id: 'a', properties: {} }],
    ]),
  );
  const three = buildDataDictionary(
    new Map<string, AttributeValue>([
      ['a', { id: 'a', properties: { x: {} } }],
      ['b', { id: 'b', properties: {} }],
    ]),
  );
  assert.equal(one.dictionary.version, two.dictionary.version);
  assert.notEqual(one.dictionary.version, three.dictionary.version);
});

test('faults of a dictionary are findings with file and place', () => {
  const problems = (changes: Record<string, string>) =>
    exampleDictionary(changes).findings.map(({ code, severity, location }) => [
      code,
      severity,
      location?.file,
      location?.attribute,
    ]);
  const piece = (properties: string) => ({ 'extra.yaml': `id: extra\nproperties:\n  x: ${properties}` });
  assert.deepEqual(problems(piece('{$ref: "_terms.yaml#/none"}')), [
    ['reference-unknown', 'error', 'extra.yaml', '/properties/x/$ref'],
  ]);
  assert.deepEqual(problems(piece('{$ref: "none.yaml#/a"}'))[0]?.[0], 'reference-unknown');
  assert.deepEqual(problems(piece('{$ref: [7]}'))[0]?.[0], 'reference-malformed');
  assert.deepEqual(problems(piece('{type: string, pattern: "("}'))[0]?.[0], 'pattern-malformed');
  assert.deepEqual(problems({ 'other.yaml': 'id: case\nproperties: {}' })[0]?.[0], 'node-id-repeated');
  assert.deepEqual(problems({ 'other.yaml': 'properties: {}' })[0]?.[0], 'node-id-missing');
  assert.deepEqual(problems({ 'other.yaml': '[]' })[0]?.[0], 'file-malformed');
  const link = 'id: extra\nproperties: {}\nlinks: [{name: x, target_type: nobody, multiplicity: many_to_one}]';
  assert.deepEqual(
    problems({ 'extra.yaml': link }).map(([code]) => code),
    ['link-property-missing', 'link-target-unknown'],
  );
});

test('a reference that leads to itself is reported and cut', () => {
  const { findings, dictionary } = exampleDictionary({
    '_terms.yaml': 'a: {$ref: "#/b"}\nb: {x: {$ref: "#/a"}}\nmass: {}\ncold: {}',
    'extra.yaml': 'id: extra\nproperties: {x: {$ref: "_terms.yaml#/a"}}',
  });
  assert.deepEqual(
    findings.map(({ code, severity }) => [code, severity]),
    [['reference-cycle', 'error']],
  );
  assert.ok(dictionary.nodes.has('extra'));
});

test('a dictionary that explodes when resolved is refused, not expanded', () => {
  const levels = Array.from(
    { length: 12 },
    (_, level) =>
      `l${level + 1}: {${Array.from({ length: 10 }, (__, place) => `p${place}: {$ref: "#/l${level}"}`).join(', ')}}`,
  );
  const { findings } = exampleDictionary({
    'bomb.yaml': `id: bomb\nl0: {x: 1}\n${levels.join('\n')}\nproperties: {x: {$ref: "#/l12"}}`,
  });
  assert.ok(findings.some(({ code }) => code === 'dictionary-too-large'));
});

test('names of object prototypes are names like others', () => {
  const { dictionary, findings } = exampleDictionary({
    'extra.yaml': 'id: extra\nproperties:\n  __proto__: {type: string}\n  constructor: {$ref: "_terms.yaml#/toString"}',
  });
  assert.deepEqual(
    findings.map(({ code }) => code),
    ['reference-unknown'],
  );
  assert.equal(dictionary.nodes.get('extra')?.properties.get('__proto__')?.kind, 'string');
});

test('broken YAML is a finding with line and column; days and words stay text', () => {
  const broken = parseDictionaryYaml('x.yaml', 'a: 1\nb: [\n');
  assert.equal(broken.content, null);
  assert.deepEqual(
    [broken.findings[0]?.code, broken.findings[0]?.location?.file, broken.findings[0]?.location?.line],
    ['yaml-malformed', 'x.yaml', 3],
  );
  const read = parseDictionaryYaml('x.yaml', 'base: &b {k: 1}\nday: 2017-01-01\nyes: Yes\nmerged: {<<: *b, l: 2}');
  assert.deepEqual(read.content, { base: { k: 1 }, day: '2017-01-01', yes: 'Yes', merged: { k: 1, l: 2 } });
});
