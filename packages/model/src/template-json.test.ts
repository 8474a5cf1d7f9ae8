import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import type { AttributeRule } from './template.ts';
import { loadDefaultTemplate } from './template-default.ts';
import {
  exportTemplate,
  parseTemplate,
  templateDataTypes,
  templateMetainfoTypes,
  templateTargets,
} from './template-json.ts';

const shared = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));
const sharedOnly = { skip: existsSync(shared) ? false : 'the shared data is not beside the repository' };
const item = {
  dataType: 'study',
  name: 'Aim',
  metainfoType: 'com.genestack.api.metainfo.StringValue',
  isRequired: true,
};

function codes(json: unknown): string[] {
  return parseTemplate(json).findings.map((finding) => `${finding.location?.record ?? ''} ${finding.code}`);
}

test('reads a rule, its defaults and both spellings of data types', () => {
  const long = { ...item, dataType: 'genestack:sampleObject', isReadOnly: true, dictionaryName: 'Sex' };
  const { template, findings } = parseTemplate([item, long, { ...item, dataType: 'libraryObject' }], { name: 'Mine' });
  assert.deepEqual(findings, []);
  assert.equal(template.name, 'Mine');
  assert.deepEqual(template.rules, [
    { target: 'study', name: 'Aim', type: 'string', required: true, readOnly: false },
    { target: 'sample', name: 'Aim', type: 'string', required: true, readOnly: true, vocabularyName: 'Sex' },
    { target: 'library', name: 'Aim', type: 'string', required: true, readOnly: false },
  ]);
});

test('says what is wrong and where', () => {
  assert.deepEqual(codes({}), [' template-not-array']);
  assert.deepEqual(codes([1]), ['[0] template-rule-not-object']);
  assert.deepEqual(codes([item, item]), ['[1].name template-duplicate-attribute']);
  assert.deepEqual(codes([item, { ...item, isRequired: false }]), ['[1].name template-duplicate-attribute']);
  assert.deepEqual(codes([{ ...item, colour: 1 }]), ['[0].colour template-property-unknown']);
  assert.deepEqual(codes([{ ...item, metainfoType: 'text' }]), ['[0].metainfoType template-type']);
  assert.deepEqual(codes([{ ...item, dataType: 'organ' }]), ['[0].dataType template-target']);
  assert.deepEqual(codes([{ ...item, isRequired: 'yes' }]), ['[0].isRequired template-property-type']);
  assert.deepEqual(codes([{ ...item, name: ' ' }]), ['[0].name template-name']);
  assert.deepEqual(codes([{ ...item, dictionaryPath: 'x' }]), ['[0].dictionaryPath template-vocabulary-path']);
  assert.deepEqual(codes([{ ...item, description: 'd'.repeat(501) }]), ['[0].description template-description-long']);
  assert.deepEqual(codes([{ ...item, description: 'a\0b' }]), ['[0].description template-text']);
  const { name: _, ...nameless } = item;
  assert.deepEqual(codes([nameless]), ['[0].name template-property-missing']);
});

test('names of objects that JavaScript knows are data like others', () => {
  assert.deepEqual(codes(JSON.parse(`[{"__proto__": 1, ${JSON.stringify(item).slice(1)}]`)), [
    '[0].__proto__ template-property-unknown',
  ]);
  assert.deepEqual(codes([{ ...item, dataType: 'constructor' }]), ['[0].dataType template-target']);
  assert.deepEqual(codes([{ ...item, name: '__proto__' }]), []);
});

const rule: fc.Arbitrary<AttributeRule> = fc.record(
  {
    target: fc.constantFrom(...templateTargets),
    name: fc
      .string({ minLength: 1, maxLength: 255, unit: 'binary' })
      .map((name) => name.replaceAll('\0', '0'))
      .filter((name) => name.trim() !== ''),
    type: fc.constantFrom(...(Object.keys(templateMetainfoTypes) as AttributeRule['type'][])),
    required: fc.boolean(),
    readOnly: fc.boolean(),
    vocabularyName: fc.string(),
    description: fc.string({ maxLength: 500 }),
  },
  { requiredKeys: ['target', 'name', 'type', 'required', 'readOnly'], noNullPrototype: true },
);

test('what is exported reads back as the same template', () => {
  const rules = fc.uniqueArray(rule, { selector: (each) => `${each.target} ${each.name}`, maxLength: 30 });
  fc.assert(
    fc.property(rules, (given) => {
      const short = given.filter((each) => each.name.length <= 255);
      const json = JSON.parse(JSON.stringify(exportTemplate({ rules: short })));
      const { template, findings } = parseTemplate(json);
      assert.deepEqual(findings, []);
      assert.deepEqual(template.rules, short);
    }),
  );
});

test('any JSON is read without an exception', () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.array(fc.dictionary(fc.string(), fc.jsonValue()))), (json) => {
      parseTemplate(json);
    }),
  );
});

test('the default template has the attributes of the field', () => {
  const { rules } = loadDefaultTemplate();
  const counts = new Map<string, number>();
  for (const each of rules) counts.set(each.target, (counts.get(each.target) ?? 0) + 1);
  assert.deepEqual(Object.fromEntries(counts), {
    study: 12,
    'expression-group': 15,
    'flow-cytometry-group': 10,
    sample: 17,
    'variant-group': 11,
    library: 18,
    preparation: 12,
  });
  const editable = rules.filter((each) => each.required && !each.readOnly);
  assert.deepEqual(
    editable.map((each) => each.name),
    ['Study Source', 'Study Source ID', 'Study Description', 'Study Type'],
  );
  assert.ok(rules.every((each) => each.description !== undefined && each.description !== ''));
});

test('bad shared templates end in findings', sharedOnly, () => {
  const folder = `${shared}invalid/templates/`;
  for (const file of readdirSync(folder)) {
    const { findings } = parseTemplate(JSON.parse(readFileSync(folder + file, 'utf8')));
    assert.ok(
      findings.some((finding) => finding.severity === 'error' && (file === 'not_array.json' || finding.location)),
      file,
    );
  }
});

test('the shared default template round-trips', sharedOnly, () => {
  const json: object[] = JSON.parse(readFileSync(`${shared}templates/Default_ODM_Template.json`, 'utf8'));
  const { template, findings } = parseTemplate(json);
  assert.deepEqual(findings, []);
  assert.deepEqual(exportTemplate(template), json);
  assert.equal(Object.keys(templateDataTypes).length, 10);
});
