import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { validateDocument } from '@linnaea/model';
import fc from 'fast-check';
import { defaultDictionaryFolder, loadDataDictionary } from '../dictionary-source.ts';
import { entityFormat } from './entity-row.ts';
import { readEntities, streamEntities } from './read-entities.ts';
import { sharedData } from './shared-data.ts';

const { dictionary } = await loadDataDictionary(defaultDictionaryFolder);
const bytes = (text: string) => new TextEncoder().encode(text);
const documents = async (mediaType: string, text: string) =>
  (await readEntities(mediaType, bytes(text), dictionary)).entities.map(({ document }) => document);
const failure = async (mediaType: string, text: string) =>
  (await readEntities(mediaType, bytes(text), dictionary)).error;

test('media types, with parameters and in any case', () => {
  assert.equal(entityFormat('text/tab-separated-values; charset=utf-8'), 'tsv');
  assert.equal(entityFormat('TEXT/TSV'), 'tsv');
  assert.equal(entityFormat(' text/csv ;header=present'), 'csv');
  assert.equal(entityFormat('application/json'), 'json');
  assert.equal(entityFormat(undefined), 'json');
});

test('JSON: one object or a list, stars taken off, lines counted', async () => {
  const { entities, error } = await readEntities(
    'application/json',
    bytes('[{"*type": "case"},\n  {"type":"sample", "note":"]},{"},\n\n 5]'),
    dictionary,
  );
  assert.equal(error, null);
  assert.deepEqual(
    entities.map(({ index, line, document }) => [index, line, document]),
    [
      [0, 1, { type: 'case' }],
      [1, 2, { type: 'sample', note: ']},{' }],
      [2, 4, 5],
    ],
  );
  assert.deepEqual(await documents('application/json', '{"type":"case"}'), [{ type: 'case' }]);
  assert.deepEqual(await documents('application/json', ' [ ] '), []);
});

test('JSON: errors in the words of the peers, with their place', async () => {
  const cases: [string, string][] = [
    ['[{"kind": "x", }]', 'Expecting property name enclosed in double quotes: line 1 column 16 (char 15)'],
    ['', 'Expecting value: line 1 column 1 (char 0)'],
    ['[1,\n]', 'Expecting value: line 2 column 1 (char 4)'],
    ['[', "Expecting value or ']': line 1 column 2 (char 1)"],
    ['[{"a":1} {"b":2}]', "Expecting ',' delimiter or ']': line 1 column 10 (char 9)"],
    ['[{"a":1]', "Expecting ',' delimiter or '}': line 1 column 8 (char 7)"],
    ['[{"a":1}', "Expecting ',' delimiter or ']': line 1 column 9 (char 8)"],
    ['{"a" 1}', "Expecting ':' delimiter: line 1 column 6 (char 5)"],
    ['{"a":1} x', 'Extra data: line 1 column 9 (char 8)'],
    ['[1] 2', 'Extra data: line 1 column 5 (char 4)'],
    ['[\n"a', 'Unterminated string starting at: line 2 column 1 (char 2)'],
    ['["a\u0001"]', 'Invalid control character at: line 1 column 4 (char 3)'],
    ['[NaN]', 'Expecting value: line 1 column 2 (char 1)'],
    ['{"a":1,"b":{"c":1,"d":1,"c":2,"d":3}}', 'The document contains duplicate keys: c,d'],
    ['{"*a":1,"a":2}', 'The document contains duplicate keys: a'],
    ['['.repeat(5000), 'The document is nested more than 200 levels deep'],
  ];
  for (const [text, message] of cases)
    assert.equal(await failure('application/json', text), `Unable to parse json: ${message}`, text.slice(0, 40));
  assert.equal(await failure('application/json', '5'), 'JSON parsed from request is an invalid type: int');
  assert.equal(await failure('application/json', '"x"'), 'JSON parsed from request is an invalid type: str');
});

test('JSON: what cannot be stored is named by its path, never changed in silence', async () => {
  const text =
    '{"type":"case","a":9007199254740993,"b":[{"c":"x\\u0000"}],"d":"\\ud800","e":12345678901234567000,"__proto__":{"x":1}}';
  const [row] = (await readEntities('json', bytes(text), dictionary)).entities;
  assert.deepEqual(
    row?.findings.map(({ keys, type }) => [keys, type]),
    [
      [['a'], 'INVALID_VALUE'],
      [['b.0.c'], 'INVALID_VALUE'],
      [['d'], 'INVALID_VALUE'],
    ],
  );
  assert.ok(Object.hasOwn(Object(row?.document), '__proto__'));
});

test('JSON: agrees with JSON.parse on every value that has no repeated keys', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.jsonValue(), { maxLength: 5 }),
      fc.constantFrom(undefined, 2),
      async (list, indent) => {
        // In lists, so that no value is taken for an entity whose names lose their stars.
        const text = JSON.stringify(
          list.map((value) => [value]),
          null,
          indent,
        );
        assert.deepEqual(await documents('json', text), JSON.parse(text));
      },
    ),
    { numRuns: 150 },
  );
});

test('JSON and TSV: chunk borders change nothing', async () => {
  const texts = {
    json: '[{"type":"case","é😀":"\\"]"},{"type":"x","y":[1,{"z":"\\\\"}]}]',
    tsv: 'type\tsubmitter_id\tnote\r\ncase\t"é\n😀"\t"a ""b"""\r\nsample\tx\t\n',
  };
  for (const format of ['json', 'tsv'] as const) {
    const data = bytes(texts[format]);
    const whole = await readEntities(format, data, dictionary);
    for (let size = 1; size < data.length; size += 1) {
      const rows: unknown[] = [];
      const chunks = (async function* () {
        for (let start = 0; start < data.length; start += size) yield data.subarray(start, start + size);
      })();
      for await (const item of streamEntities(format, chunks, dictionary))
        rows.push(item.kind === 'entity' ? item.row : item.finding);
      assert.deepEqual(rows, [...whole.entities]);
    }
  }
});

test('TSV: trimmed, starred, typed by the dictionary', async () => {
  const text =
    '*type\t submitter_id \t*cases.submitter_id\tis_ffpe\tinitial_weight\tdays_to_collection\ttag_list\ttumor_code\nsample\t s-1 \t c-1\tTRUE\t 2.50 \t12\ta, b\t\nsample\ts-2\tc-1\tfalse\t1e3\t3.0\tx\tnull\nsample\ts-3\tc-2\tmaybe\theavy\t1.5\t\t7\n';
  assert.deepEqual(await documents('text/tsv', text), [
    {
      type: 'sample',
      submitter_id: 's-1',
      cases: { submitter_id: 'c-1' },
      is_ffpe: true,
      initial_weight: 2.5,
      days_to_collection: 12,
      tag_list: ['a', 'b'],
      tumor_code: null,
    },
    {
      type: 'sample',
      submitter_id: 's-2',
      cases: { submitter_id: 'c-1' },
      is_ffpe: false,
      initial_weight: 1000,
      days_to_collection: 3,
      tag_list: ['x'],
      tumor_code: null,
    },
    {
      type: 'sample',
      submitter_id: 's-3',
      cases: { submitter_id: 'c-2' },
      is_ffpe: 'maybe',
      initial_weight: 'heavy',
      days_to_collection: '1.5',
      tag_list: null,
      tumor_code: '7',
    },
  ]);
});

test('TSV: empty cells are null, but absent at the end of the last row and in short rows', async () => {
  const text = 'type\tsubmitter_id\ttumor_code\ttumor_code_id\nsample\ta\t\t\nsample\tb\nsample\tc\t\t\n\n';
  assert.deepEqual(await documents('tsv', text), [
    { type: 'sample', submitter_id: 'a', tumor_code: null, tumor_code_id: null },
    { type: 'sample', submitter_id: 'b' },
    { type: 'sample', submitter_id: 'c' },
  ]);
});

test('links: by id, code, several in a cell, in numbered columns, cleared', async () => {
  assert.deepEqual(
    await documents(
      'tsv',
      'type\tsubmitter_id\tanalytes.submitter_id\naliquot\ta\tx,y\naliquot\tb\t\naliquot\tc\tnull\n',
    ),
    [
      { type: 'aliquot', submitter_id: 'a', analytes: [{ submitter_id: 'x' }, { submitter_id: 'y' }] },
      { type: 'aliquot', submitter_id: 'b' },
      { type: 'aliquot', submitter_id: 'c', analytes: null },
    ],
  );
  assert.deepEqual(
    await documents('csv', 'type,submitter_id,analytes.submitter_id\naliquot,a,x#y\naliquot,b,"x,y"\n'),
    [
      { type: 'aliquot', submitter_id: 'a', analytes: [{ submitter_id: 'x' }, { submitter_id: 'y' }] },
      { type: 'aliquot', submitter_id: 'b', analytes: [{ submitter_id: 'x' }, { submitter_id: 'y' }] },
    ],
  );
  assert.deepEqual(
    await documents('tsv', 'type\tanalytes.submitter_id#2\tanalytes.submitter_id#1\tanalytes.id#1\naliquot\ty\tx\t1\n'),
    [{ type: 'aliquot', analytes: [{ submitter_id: 'x', id: '1' }, { submitter_id: 'y' }] }],
  );
  assert.deepEqual(await documents('tsv', 'type\tsubmitter_id\tprojects.code\nexperiment\te\tP\n'), [
    { type: 'experiment', submitter_id: 'e', projects: { code: 'P' } },
  ]);
  assert.deepEqual(await documents('tsv', 'type\tunknown.submitter_id\nportion\tx\n'), [
    { type: 'portion', unknown: { submitter_id: 'x' } },
  ]);
  assert.deepEqual(await documents('tsv', 'type\t__proto__.id\nportion\tx\n'), [
    Object.fromEntries([
      ['type', 'portion'],
      ['__proto__', { id: 'x' }],
    ]),
  ]);
});

test('link columns that cannot be used are reported on each row', async () => {
  const { entities } = await readEntities('tsv', bytes('type\tsamples.submitter_id.x\nportion\ts\n'), dictionary);
  assert.deepEqual(
    entities[0]?.findings.map(({ keys, type, message }) => [keys, type, message]),
    [
      [
        ['samples'],
        'INVALID_LINK',
        'The column samples.submitter_id.x names no target: samples are named by id or submitter_id',
      ],
    ],
  );
  const uneven = await readEntities(
    'tsv',
    bytes('type\tanalytes.id\tanalytes.submitter_id\naliquot\t1,2\tx\n'),
    dictionary,
  );
  assert.deepEqual(
    uneven.entities[0]?.findings.map(({ code }) => code),
    ['link-cells-differ'],
  );
});

test('tables: what cannot be read is an error of the document, with its line', async () => {
  assert.equal(
    await failure('tsv', 'type\tsubmitter_id\nportion\tp\textra\n'),
    'Unable to parse document: line 2 has 3 cells, the header has 2',
  );
  assert.equal(
    await failure('tsv', 'type\t\tsubmitter_id\nportion\tx\tp\n'),
    'Unable to parse document: column 2 has values and no name',
  );
  assert.equal(
    await failure('csv', 'type,*type\ncase,case\n'),
    'Unable to parse document: the column type occurs twice',
  );
  assert.equal(
    await failure('csv', 'type,submitter_id\ncase,"x\n'),
    'Unable to parse document: a quotation mark is opened and never closed',
  );
  assert.equal(
    (await readEntities('tsv', new Uint8Array([0x74, 0xff, 0x0a]), dictionary)).error,
    'Unable to parse document: it is not UTF-8 text',
  );
  assert.equal(await failure('tsv', 'type\tsubmitter_id\t\t\nportion\tp\t\t\n'), null);
});

test('tables: rows without a type are passed over with a warning', async () => {
  const { entities, findings, error } = await readEntities(
    'tsv',
    bytes('submitter_id\ttype\na\t\nb\tcase\n'),
    dictionary,
  );
  assert.deepEqual(
    [entities.length, error, findings.map(({ code, location }) => [code, location?.line])],
    [1, null, [['row-without-type', 2]]],
  );
  assert.deepEqual((await readEntities('tsv', bytes(''), dictionary)).entities, []);
});

test('an error behind a thousand warnings still refuses the document', async () => {
  const text = `submitter_id\ttype\n${'a\t\n'.repeat(1500)}b\tcase\textra\n`;
  assert.match((await failure('tsv', text)) ?? '', /^Unable to parse document: line 1502 has 3 cells/);
});

test('a source that breaks is not taken for a bad document', async () => {
  const broken = (async function* () {
    yield bytes('[');
    throw new TypeError('connection lost');
  })();
  await assert.rejects(readEntities('json', broken, dictionary), /connection lost/);
});

test('tables: any line end, byte order marks, UTF-16, quotes', async () => {
  const expected = [
    { type: 'case', submitter_id: 'é' },
    { type: 'case', submitter_id: 'b' },
  ];
  for (const end of ['\n', '\r\n', '\r'])
    assert.deepEqual(await documents('csv', `\ufefftype,submitter_id${end}case,é${end}case,b${end}`), expected);
  assert.deepEqual(
    (
      await readEntities('csv', Buffer.from('\ufefftype,submitter_id\ncase,é\ncase,b', 'utf16le'), dictionary)
    ).entities.map(({ document }) => document),
    expected,
  );
  assert.deepEqual(await documents('csv', 'type,submitter_id,disease_type\ncase," x ",""\ncase,a"b,""""\n'), [
    { type: 'case', submitter_id: ' x ', disease_type: '' },
    { type: 'case', submitter_id: 'a"b', disease_type: '"' },
  ]);
  assert.deepEqual(await documents('csv', '"type","submitter_id","disease_type"\n"case"," x ",""\n"case","y","z"'), [
    { type: 'case', submitter_id: 'x', disease_type: null },
    { type: 'case', submitter_id: 'y', disease_type: 'z' },
  ]);
});

test('tables: cells with NUL are named, and a megabyte passes', async () => {
  const long = 'x'.repeat(1_000_000);
  const { entities } = await readEntities(
    'tsv',
    bytes(`type\tsubmitter_id\tdisease_type\ncase\ta\0b\t${long}\n`),
    dictionary,
  );
  assert.deepEqual(
    entities[0]?.findings.map(({ keys }) => keys),
    [['submitter_id']],
  );
  assert.equal(Object(entities[0]?.document).disease_type.length, 1_000_000);
});

test('a long list is read element by element', async () => {
  let sent = 0;
  const source = (async function* () {
    yield bytes('[');
    for (; sent < 1000; sent += 1) yield bytes(`${sent > 0 ? ',' : ''}{"type":"case","submitter_id":"c-${sent}"}`);
    yield bytes(']');
  })();
  let ahead = 0;
  let read = 0;
  for await (const item of streamEntities('json', source, dictionary)) {
    assert.equal(item.kind, 'entity');
    read += 1;
    ahead = Math.max(ahead, sent - read);
  }
  assert.deepEqual([read, ahead < 10], [1000, true]);
});

const submissions = sharedData('gen3/sheepdog/datadictwithobjid/');

test('submissions of the reference server get their verdicts', { skip: submissions.skip }, async () => {
  const { dictionary: theirs } = await loadDataDictionary(submissions.path('schemas/dictionary.json'));
  const verdicts = new Map<string, string[]>();
  for (const name of await readdir(submissions.path('data'))) {
    if (!/\.(json|tsv|csv)$/.test(name)) continue;
    const { entities, error } = await readEntities(
      name.split('.').at(-1),
      await readFile(submissions.path(`data/${name}`)),
      theirs,
    );
    assert.equal(error, null, name);
    verdicts.set(
      name,
      entities
        .flatMap(({ document, findings }) => [...findings, ...validateDocument(document, theirs)])
        .map(({ message }) => message),
    );
  }
  for (const name of [
    'aliquot.json',
    'case.json',
    'databundle1.json',
    'demographic.json',
    'diagnosis.json',
    'diagnosis.tsv',
    'experiment.json',
    'exposure.json',
    'read_group.json',
    'sample.json',
    'submitted_unaligned_reads.json',
    'treatment.json',
  ]) {
    assert.deepEqual(verdicts.get(name), [], name);
  }
  assert.deepEqual(verdicts.get('submitted_unaligned_reads_invalid.json'), ["'md5sum' is a required property"]);
  assert.deepEqual(verdicts.get('samples2.tsv'), [
    "Additional properties are not allowed ('pathology_report_uuid' was unexpected)",
  ]);
  assert.deepEqual(verdicts.get('portion.json'), ['Invalid entity type: portion.']);
});
