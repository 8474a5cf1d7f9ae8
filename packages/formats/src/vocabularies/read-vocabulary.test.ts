import assert from 'node:assert/strict';
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import type { BroaderRelation, Finding, VocabularyTerm } from '@linnaea/model';
import fc from 'fast-check';
import { detectVocabularyFormat, readVocabulary, type VocabularyFormat } from './read-vocabulary.ts';

const shared = fileURLToPath(new URL('../../../../../shared/data/', import.meta.url));
const sharedOnly = { skip: existsSync(shared) ? false : 'the shared data is not beside the repository' };

interface Read {
  terms: VocabularyTerm[];
  relations: BroaderRelation[];
  findings: Finding[];
}

async function read(
  source: AsyncIterable<Uint8Array>,
  options: { format?: VocabularyFormat; fileName?: string } = {},
): Promise<Read> {
  const result: Read = { terms: [], relations: [], findings: [] };
  for await (const batch of readVocabulary(source, { ...options, sink: (finding) => result.findings.push(finding) })) {
    result.terms.push(...batch.terms);
    result.relations.push(...batch.relations);
  }
  return result;
}

/** The text in chunks of `size` bytes: where a file is cut must make no difference. */
async function* chunked(text: string | Uint8Array, size = 1 << 20): AsyncGenerator<Uint8Array> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function readText(text: string, format?: VocabularyFormat): Promise<Read> {
  return read(chunked(text), format === undefined ? {} : { format });
}

function places(findings: readonly Finding[]): string[] {
  return findings.map(({ code, location }) => `${location?.line}:${location?.column} ${code}`);
}

const termDefaults = { synonyms: [], broader: [] };

test('CSV: labels alone, with a code, with synonyms', async () => {
  const labels = await readText('Label\n"""Kidney, liver"""\n heart \n\n');
  assert.deepEqual(labels.terms, [
    { label: 'Kidney, liver', ...termDefaults },
    { label: 'heart', ...termDefaults },
  ]);
  assert.deepEqual(labels.findings, []);
  const coded = await readText('name,label\r\n[GI],Gut\r\n');
  assert.deepEqual(coded.terms, [{ code: '[GI]', label: 'Gut', ...termDefaults }]);
  const synonyms = await readText('Label,Synonyms\nmale,"M, boy,""a, b"""\nfemale,\n');
  assert.deepEqual(
    synonyms.terms.map((term) => [term.label, term.synonyms.map((each) => each.label)]),
    [
      ['male', ['M', 'boy', 'a, b']],
      ['female', []],
    ],
  );
});

test('CSV: units carry their conversion', async () => {
  const { terms, findings } = await readText(
    'Label,Name,Parent,To_parent,From_parent\nkelvin,K,,,\ndegree Fahrenheit,°F,kelvin,(x + 459.67) * 5 / 9,x\n' +
      'nanogram,ng,gram,x * 10 ^ -9,x / 10 ^ -9\nper week,1/w,per second,x * (1 / 604800),x\nodd,o,gram,x * x,x\n',
  );
  assert.deepEqual(terms[0], { label: 'kelvin', synonyms: [{ label: 'K', scope: 'exact' }], broader: [] });
  assert.equal(terms[1]?.unit?.parent, 'kelvin');
  assert.ok(Math.abs((terms[1]?.unit?.offset ?? 0) - 255.372) < 0.001);
  assert.ok(Math.abs((terms[2]?.unit?.factor ?? 0) - 1e-9) < 1e-20);
  assert.ok(Math.abs((terms[3]?.unit?.factor ?? 0) * 604800 - 1) < 1e-12);
  assert.deepEqual(places(findings), ['6:1 vocabulary-unit-formula']);
});

test('CSV: what is wrong is told with its line', async () => {
  assert.deepEqual(places((await readText('Name\nx\n')).findings), ['1:1 vocabulary-no-label-column']);
  assert.deepEqual(places((await readText('')).findings), ['1:1 vocabulary-empty']);
  assert.deepEqual(places((await readText('Label,Synonyms\n,"a,b"\nx,\n')).findings), ['2:1 vocabulary-empty-label']);
  assert.deepEqual(places((await readText('Label\nx\n"y\nz')).findings), ['3:1 vocabulary-open-quote']);
  assert.deepEqual(places((await readText('Label\nKidney, liver\n')).findings), ['2:1 vocabulary-row-width']);
  const twice = await readText('Label\nx\nx\n');
  assert.deepEqual([twice.terms.length, twice.findings[0]?.code], [1, 'vocabulary-duplicate-label']);
  const clash = await readText('Label,Synonyms\nmale,M\nmedium,M\n');
  assert.deepEqual([clash.terms.length, clash.findings[0]?.code], [2, 'vocabulary-synonym-clash']);
});

const obo = `format-version: 1.4
ontology: own

[Term]
id: OWN:1
name: limb ! not part of the name
def: "A \\"long\\" part." [own:me]
synonym: "member" RELATED [] {source="x"}
synonym: "extremity" EXACT layperson []

[Term]
id: OWN:2
name: arm
is_a: OWN:1 {source="x"} ! limb
property_value: skos:exactMatch OTHER:9

[Term]
id: OWN:3
name: old
is_obsolete: true

[Typedef]
id: part_of
name: part of
`;

test('OBO: terms, scopes, parents; obsolete ones and relations are left out', async () => {
  const { terms, findings } = await readText(obo);
  assert.deepEqual(findings, []);
  assert.deepEqual(terms, [
    {
      code: 'OWN:1',
      label: 'limb',
      synonyms: [
        { label: 'member', scope: 'related' },
        { label: 'extremity', scope: 'exact' },
      ],
      broader: [],
      definition: 'A "long" part.',
    },
    { code: 'OWN:2', label: 'arm', synonyms: [], broader: ['OWN:1'], exactMatch: ['OTHER:9'] },
  ]);
});

test('OBO: what is wrong is told with its line', async () => {
  const bad =
    'format-version: 1.4\n[Term\nid: A:1\n[Term]\nname: b\n[Term]\nid: A:2\nno colon here\nsynonym: "open EXACT []\n';
  assert.deepEqual(places((await readText(bad)).findings), [
    '2:1 obo-stanza',
    '4:1 obo-id-missing',
    '8:1 obo-tag',
    '9:1 obo-quote',
    '6:1 vocabulary-empty-label',
  ]);
  assert.equal((await readText('hello\n', 'obo')).findings.at(-1)?.code, 'obo-no-stanza');
});

const graph = JSON.stringify({
  graphs: [
    {
      id: 'own',
      nodes: [
        { id: 'http://purl.obolibrary.org/obo/OWN_1', type: 'CLASS', lbl: 'limb' },
        {
          id: 'http://purl.obolibrary.org/obo/OWN_2',
          type: 'CLASS',
          lbl: 'arm',
          meta: { definition: { val: 'A limb "{' }, synonyms: [{ pred: 'hasRelatedSynonym', val: 'wing' }] },
        },
        { id: 'x', type: 'PROPERTY', lbl: 'part of' },
        { id: 'y', type: 'CLASS', lbl: 'old', meta: { deprecated: true } },
      ],
      edges: [
        { sub: 'http://purl.obolibrary.org/obo/OWN_2', pred: 'is_a', obj: 'http://purl.obolibrary.org/obo/OWN_1' },
        { sub: 'a', pred: 'part_of', obj: 'b' },
      ],
    },
  ],
});

test('JSON: OBO graphs', async () => {
  const { terms, relations, findings } = await readText(graph);
  assert.deepEqual(findings, []);
  assert.deepEqual(terms, [
    { code: 'OWN:1', label: 'limb', ...termDefaults },
    {
      code: 'OWN:2',
      label: 'arm',
      synonyms: [{ label: 'wing', scope: 'related' }],
      broader: [],
      definition: 'A limb "{',
    },
  ]);
  assert.deepEqual(relations, [{ narrower: 'OWN:2', broader: 'OWN:1' }]);
});

test('JSON: arrays of terms with broaders, and of texts', async () => {
  const { terms } = await readText(
    '{"name": "x", "terms": [{"id": "a", "label": "arm", "synonyms": ["wing"], "broaders": ["b"]}]}',
  );
  assert.deepEqual(terms, [{ code: 'a', label: 'arm', synonyms: [{ label: 'wing', scope: 'exact' }], broader: ['b'] }]);
  assert.deepEqual((await readText('["x", {"label": "__proto__"}]')).terms, [
    { label: 'x', ...termDefaults },
    { label: '__proto__', ...termDefaults },
  ]);
});

test('JSON: what is wrong is told with its place', async () => {
  assert.deepEqual(places((await readText('[\n  {"label": "x"},\n  {"label": }\n]')).findings), [
    '3:13 vocabulary-json',
  ]);
  assert.deepEqual(places((await readText('{"a" 1}')).findings), ['1:6 vocabulary-json']);
  assert.deepEqual(places((await readText('{"terms": [{"label": "x"}', 'json')).findings), [
    '1:26 vocabulary-truncated',
  ]);
  assert.deepEqual(places((await readText('[{"label": "x"', 'json')).findings), ['1:2 vocabulary-json']);
  assert.deepEqual(places((await readText('{"a": 1}')).findings), ['1:9 vocabulary-no-terms']);
  assert.deepEqual(places((await readText('[{"label": ""}]')).findings), ['1:2 vocabulary-empty-label']);
  assert.deepEqual(places((await readText('[1, nope]', 'json')).findings), ['1:5 vocabulary-json']);
});

const turtle = `@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix ex: <http://example.org/> . # a comment
ex:limb a skos:Concept ; skos:prefLabel "limb"@en, "Glied"@de ; skos:altLabel 'member' ;
  skos:narrower ex:arm .
ex:arm a skos:Concept ;
  skos:prefLabel """arm"""^^<http://www.w3.org/2001/XMLSchema#string> ;
  skos:definition "An \\u0061rm.\\n"@en ;
  skos:broader ex:limb ; skos:exactMatch <http://other.org/9> ;
  skos:note [ skos:prefLabel "no" ; skos:member ( ex:a "b" 1.5 true ) ] .
`;
const skosTerms = [
  {
    code: 'http://example.org/limb',
    label: 'limb',
    synonyms: [
      { label: 'member', scope: 'exact' },
      { label: 'Glied', scope: 'exact' },
    ],
    broader: [],
  },
  {
    code: 'http://example.org/arm',
    label: 'arm',
    synonyms: [],
    broader: ['http://example.org/limb'],
    definition: 'An arm.',
    exactMatch: ['http://other.org/9'],
  },
];
const narrower = [{ narrower: 'http://example.org/arm', broader: 'http://example.org/limb' }];

test('Turtle: SKOS', async () => {
  assert.deepEqual(await readText(turtle), { terms: skosTerms, relations: narrower, findings: [] });
});

test('Turtle: what is wrong is told with its place, and the next statement is read', async () => {
  const prefix = '@prefix s: <http://www.w3.org/2004/02/skos/core#> .\n';
  const text = `${prefix}<x:a> x:b <x:c> .\n<x:d> a s:Concept ; s:prefLabel "d" .\n"text" a s:Concept .\n] .\n`;
  const { terms, findings } = await readText(text);
  assert.deepEqual(
    terms.map((term) => term.label),
    ['d'],
  );
  assert.deepEqual(
    findings.map((each) => each.location?.line),
    [2, 4, 5],
  );
  assert.deepEqual(places((await readText(`${prefix}<x:a> s:note "open\n .`)).findings), ['2:14 turtle-syntax']);
  assert.equal((await readText(`${prefix}<x:a> s:note "x"`)).findings[0]?.code, 'vocabulary-truncated');
  const unlabelled = await readText(`${prefix}<x:a> a s:Concept .`);
  assert.equal(unlabelled.findings[0]?.code, 'vocabulary-empty-label');
});

const rdfXml = `<?xml version="1.0"?>
<!DOCTYPE rdf:RDF [ <!ENTITY skos "http://www.w3.org/2004/02/skos/core#" > ]>
<!-- <rdf:RDF> -->
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:skos="&skos;" xml:base="http://example.org/">
  <skos:Concept rdf:about="limb">
    <skos:prefLabel xml:lang="en">limb</skos:prefLabel>
    <skos:prefLabel xml:lang="de">Glied</skos:prefLabel>
    <skos:altLabel><![CDATA[member]]></skos:altLabel>
    <skos:narrower rdf:resource="arm"/>
  </skos:Concept>
  <rdf:Description rdf:about="arm">
    <rdf:type rdf:resource="&skos;Concept"/>
    <skos:prefLabel>a&#114;m</skos:prefLabel>
    <skos:definition>An arm.</skos:definition>
    <skos:broader><rdf:Description rdf:about="limb"/></skos:broader>
    <skos:exactMatch rdf:resource="http://other.org/9"/>
  </rdf:Description>
</rdf:RDF>`;

test('RDF/XML: SKOS', async () => {
  assert.deepEqual(await readText(rdfXml), { terms: skosTerms, relations: narrower, findings: [] });
});

test('RDF/XML: OWL classes, restrictions passed by', async () => {
  const { terms, findings } = await readText(`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#" xmlns:owl="http://www.w3.org/2002/07/owl#"
    xmlns:o="http://www.geneontology.org/formats/oboInOwl#" xmlns:obo="http://purl.obolibrary.org/obo/">
    <owl:ObjectProperty rdf:about="x:p"><rdfs:label>part of</rdfs:label></owl:ObjectProperty>
    <owl:Class rdf:about="http://purl.obolibrary.org/obo/OWN_2">
      <rdfs:subClassOf rdf:resource="http://purl.obolibrary.org/obo/OWN_1"/>
      <rdfs:subClassOf><owl:Restriction><owl:onProperty rdf:resource="x:p"/></owl:Restriction></rdfs:subClassOf>
      <obo:IAO_0000115>A limb.</obo:IAO_0000115>
      <o:hasRelatedSynonym>wing</o:hasRelatedSynonym>
      <rdfs:label>arm</rdfs:label>
    </owl:Class>
    <owl:Class rdf:about="x:old"><rdfs:label>old</rdfs:label><owl:deprecated>true</owl:deprecated></owl:Class>
    <owl:Class rdf:about="x:mentioned"/>
  </rdf:RDF>`);
  assert.deepEqual(findings, []);
  assert.deepEqual(terms, [
    {
      code: 'OWN:2',
      label: 'arm',
      synonyms: [{ label: 'wing', scope: 'related' }],
      broader: ['OWN:1'],
      definition: 'A limb.',
    },
  ]);
});

test('RDF/XML: what is wrong is told with its place', async () => {
  const root = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">';
  const cases: [string, string][] = [
    [`${root}\n<a></b>`, '2:4 xml-not-well-formed'],
    [`${root}\n<a b=c/></rdf:RDF>`, '2:1 xml-not-well-formed'],
    [`${root}`, `1:${root.length + 1} vocabulary-truncated`],
    [`${root}<!-- `, `1:${root.length + 1} xml-not-well-formed`],
    ['<html></html>', '1:1 vocabulary-not-rdf'],
    [`${root}</rdf:RDF>`, `1:${root.length + 11} vocabulary-no-terms`],
    [`${root}\n<q:a/></rdf:RDF>`, '2:1 xml-prefix'],
  ];
  for (const [text, expected] of cases) {
    assert.equal(places((await readText(text, 'rdf-xml')).findings)[0], expected, text);
  }
});

test('entities that multiply are not expanded', async () => {
  const bombs = Array.from({ length: 30 }, (_, i) => `<!ENTITY e${i + 1} "&e${i};&e${i};&e${i};&e${i};">`).join('');
  const text = `<!DOCTYPE r [<!ENTITY e0 "aaaaaaaaaa">${bombs}]><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">&e30;</rdf:RDF>`;
  const { findings } = await readText(text, 'rdf-xml');
  assert.ok(findings.some((finding) => finding.code === 'xml-entity'));
});

test('where the file is cut makes no difference', async () => {
  for (const text of [obo, graph, turtle, rdfXml, 'Label,Synonyms\r\nmäle,"M,""é, ü"""\r\n"a\r\nb",c']) {
    const whole = await readText(text);
    for (const size of [1, 2, 3, 7, 64])
      assert.deepEqual(await read(chunked(text, size)), whole, `${size}: ${text.slice(0, 30)}`);
  }
});

test('any text ends in terms or findings, never in an exception', async () => {
  const seeds = [obo, graph, turtle, rdfXml, 'Label,Synonyms\na,"b,c"\n'];
  const formats: VocabularyFormat[] = ['obo', 'json', 'turtle', 'rdf-xml', 'csv'];
  const edit = fc.record({
    seed: fc.nat(4),
    format: fc.constantFrom(...formats),
    own: fc.boolean(),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    drop: fc.nat(20),
    insert: fc.oneof(
      fc.string({ maxLength: 5 }),
      fc.constantFrom('"', '<', '>', '[', ']', '{', '}', '\\', '.', '\0', '&'),
    ),
  });
  await fc.assert(
    fc.asyncProperty(edit, async ({ seed, format, own, at, drop, insert }) => {
      const text = seeds[seed] ?? '';
      const cut = Math.floor(at * text.length);
      const edited = text.slice(0, cut) + insert + text.slice(cut + drop);
      await read(chunked(edited, 50), { format: own ? (formats[seed] ?? format) : format });
    }),
    { numRuns: 400 },
  );
});

test('binary data and endless tokens end in findings', async () => {
  const noise = Uint8Array.from({ length: 5000 }, (_, i) => (i * 197 + (i >> 3)) % 256);
  for (const format of ['obo', 'json', 'turtle', 'rdf-xml', 'csv'] as const) {
    assert.ok((await read(chunked(noise), { format })).findings.length > 0, format);
  }
  const endless = `["${'x'.repeat(9 << 20)}`;
  assert.equal((await readText(endless, 'json')).findings[0]?.code, 'vocabulary-token-long');
});

test('formats are told by their text, then by the name', () => {
  assert.equal(detectVocabularyFormat(obo, 'a.csv'), 'obo');
  assert.equal(detectVocabularyFormat('[Term]\nid: x'), 'obo');
  assert.equal(detectVocabularyFormat(graph), 'json');
  assert.equal(detectVocabularyFormat('[{"label": 1}]'), 'json');
  assert.equal(detectVocabularyFormat(turtle), 'turtle');
  assert.equal(detectVocabularyFormat(rdfXml), 'rdf-xml');
  assert.equal(detectVocabularyFormat('<x:a> <x:b> <x:c> .', 'x.nt.gz'), 'turtle');
  assert.equal(detectVocabularyFormat('Label\nx'), 'csv');
  assert.equal(detectVocabularyFormat('<rdf:RDF>', 'x.owl.gz'), 'rdf-xml');
});

test('every shared vocabulary loads with its number of terms', sharedOnly, async () => {
  const expected: Record<string, { rows?: number }> = JSON.parse(readFileSync(`${shared}expected.json`, 'utf8'));
  let checked = 0;
  for (const [name, { rows }] of Object.entries(expected)) {
    if (!/^dev\/dictionaries\/.*\.csv$/.test(name)) continue;
    const file = shared + name.slice('dev/'.length);
    const { terms, findings } = await read(createReadStream(file), { fileName: file });
    const doubles = findings.filter((each) => each.code === 'vocabulary-duplicate-label').length;
    assert.equal(terms.length + doubles, rows, name);
    assert.deepEqual(
      findings.filter((each) => each.severity === 'error' || each.code === 'vocabulary-unit-formula'),
      [],
      name,
    );
    checked += 1;
  }
  assert.ok(checked > 15);
});

test('every shared ontology loads', sharedOnly, async () => {
  const folder = `${shared}ontologies/`;
  for (const name of readdirSync(folder)) {
    const file = createReadStream(folder + name);
    const { terms, findings } = await read(name.endsWith('.gz') ? file.pipe(createGunzip()) : file, { fileName: name });
    assert.deepEqual(
      findings.filter((each) => each.severity === 'error'),
      [],
      name,
    );
    // one of them is a slice that holds properties only
    assert.equal(terms.length > 0, !findings.some((each) => each.code === 'vocabulary-no-terms'), name);
    if (!name.endsWith('.obo')) continue;
    const stanzas = readFileSync(folder + name, 'utf8').split(/^\[/m);
    const live = stanzas.filter(
      (each) => /^Term\]/.test(each) && /^name:/m.test(each) && !/^is_obsolete: true/m.test(each),
    );
    assert.equal(terms.length, live.length, name);
  }
});

test('every bad shared vocabulary ends in findings', sharedOnly, async () => {
  const folder = `${shared}invalid/dictionaries/`;
  for (const name of readdirSync(folder)) {
    const { findings } = await read(createReadStream(folder + name), { fileName: name });
    assert.ok(findings.length > 0, name);
  }
});
