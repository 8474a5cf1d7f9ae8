import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Attributes,
  type AttributeValue,
  type DataDictionary,
  isSchemaObject,
  type NodeKind,
} from '@linnaea/model';
import fc from 'fast-check';
import { arbitraryGraph, type GraphEntity } from '../../../model/src/data-dictionary/testing.ts';
import { defaultDictionaryFolder, loadDataDictionary } from '../dictionary-source.ts';
import { cellReader, quoteCell, writeCell } from './cells.ts';
import { exportColumns, linkKey } from './columns.ts';
import { writeTargets } from './link-cells.ts';
import { readEntities } from './read-entities.ts';
import { sharedData } from './shared-data.ts';
import {
  type ExportEntity,
  exportJson,
  exportTable,
  jsonWriter,
  templateJson,
  templateTable,
  writeJson,
  writeTable,
} from './write-entities.ts';

const { dictionary } = await loadDataDictionary(defaultDictionaryFolder);

async function gather(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

function nodeOf(type: string, source: DataDictionary = dictionary): NodeKind {
  const node = source.nodes.get(type);
  assert.ok(node, type);
  return node;
}

const aliquot: ExportEntity = {
  id: '11111111-1111-4111-8111-111111111111',
  properties: {
    project_id: 'P-Q',
    submitter_id: 'al\t1',
    concentration: 0.07,
    source_center: '23',
    amount: null,
    state: 'validated',
  },
  links: {
    analytes: [
      { id: 'u1', key: 'an-1' },
      { id: 'u2', key: 'an,2' },
    ],
  },
};

test('the template: keys, links, required, optional; required names starred; system properties hidden', () => {
  assert.equal(
    templateTable(nodeOf('analyte'), dictionary, 'tsv'),
    '*type\tproject_id\t*submitter_id\tportions.submitter_id\tsamples.submitter_id\t*analyte_type\ta260_a280_ratio\tamount\tanalyte_quantity\tanalyte_type_id\tanalyte_volume\tconcentration\tribosomal_rna_28s_16s_ratio\trna_integrity_number\tspectrophotometer_method\twell_number\r\nanalyte' +
      '\t'.repeat(15) +
      '\r\n',
  );
  assert.equal(
    templateTable(nodeOf('keyword'), dictionary, 'csv'),
    '*type,project_id,*submitter_id,*projects.code,keyword_name\r\nkeyword,,,,\r\n',
  );
  assert.ok(templateTable(nodeOf('slide_image'), dictionary, 'csv').split('\r\n')[0]?.endsWith(',urls'));
  assert.deepEqual(templateJson(nodeOf('keyword'), dictionary), {
    '*type': 'keyword',
    project_id: null,
    '*submitter_id': null,
    '*projects': { code: null },
    keyword_name: null,
  });
});

test('a table export: properties, then links, quoted where needed', () => {
  const writer = exportTable(nodeOf('aliquot'), dictionary, 'tsv');
  assert.equal(
    writer.header,
    'type\tid\tproject_id\tsubmitter_id\taliquot_quantity\taliquot_volume\tamount\tanalyte_type\tanalyte_type_id\tconcentration\tsource_center\tanalytes.id\tanalytes.submitter_id\tsamples.id\tsamples.submitter_id\n',
  );
  assert.equal(
    writer.row(aliquot),
    `aliquot\t${aliquot.id}\tP-Q\t"al\t1"\t\t\t\t\t\t0.07\t23\tu1,u2\t"[""an-1"",""an,2""]"\t\t\n`,
  );
  assert.equal(
    exportTable(nodeOf('aliquot'), dictionary, 'csv', { withoutId: true }).header,
    'type,project_id,submitter_id,aliquot_quantity,aliquot_volume,amount,analyte_type,analyte_type_id,concentration,source_center,analytes.submitter_id,samples.submitter_id\n',
  );
});

test('JSON exports: a whole kind without nulls, chosen entities with them', async () => {
  const node = nodeOf('aliquot');
  const whole = exportJson(aliquot, node, dictionary, { shape: 'label' });
  assert.deepEqual(whole, {
    project_id: 'P-Q',
    submitter_id: 'al\t1',
    concentration: 0.07,
    source_center: '23',
    analytes: [
      { node_id: 'u1', submitter_id: 'an-1' },
      { node_id: 'u2', submitter_id: 'an,2' },
    ],
    id: aliquot.id,
    type: 'aliquot',
  });
  const chosen = exportJson(aliquot, node, dictionary, { shape: 'ids', withoutId: true });
  assert.deepEqual(
    [chosen.amount, chosen.samples, chosen.id, chosen.analytes],
    [null, [], undefined, [{ submitter_id: 'an-1' }, { submitter_id: 'an,2' }]],
  );
  const text = async (shape: 'label' | 'ids', list: Attributes[]) => gather(writeJson([list], shape, JSON.stringify));
  assert.deepEqual(JSON.parse(await text('label', [whole, whole])), { data: [whole, whole] });
  assert.equal(await text('ids', []), '[]');
  assert.deepEqual(JSON.parse(await text('ids', [chosen])), [chosen]);
});

/** The document without nulls, and links as lists, so that equal content is equal. */
function plain(document: AttributeValue, node: NodeKind): unknown {
  assert.ok(isSchemaObject(document));
  const links = new Set(node.links.map(({ name }) => name));
  const kept = Object.entries(document).filter(
    ([name, value]) =>
      value !== null &&
      !['id', 'project_id'].includes(name) &&
      !(links.has(name) && Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(
    kept.map(([name, value]) => {
      if (!links.has(name)) return [name, value];
      return [
        name,
        [value].flat().map((target) => (isSchemaObject(target) ? (target.submitter_id ?? target.code) : target)),
      ];
    }),
  );
}

const asStored = ({ id, document, links }: GraphEntity): ExportEntity => ({
  id,
  properties: { ...document, project_id: 'P-Q' },
  links,
});

async function assertRoundTrip(graph: GraphEntity[], format: 'tsv' | 'csv', source: DataDictionary): Promise<void> {
  for (const [node, entities] of Map.groupBy(graph, (entity) => entity.node)) {
    const text = await gather(writeTable([entities.map(asStored)], exportTable(node, source, format)));
    const back = await readEntities(format, new TextEncoder().encode(text), source);
    assert.deepEqual([back.error, back.findings], [null, []]);
    assert.deepEqual(
      back.entities.map(({ document }) => plain(document, node)),
      entities.map(({ document }) => plain(document, node)),
    );
    assert.deepEqual(
      back.entities.map(({ document, findings }) => [isSchemaObject(document) && document.id, findings]),
      entities.map(({ id }) => [id, []]),
    );
  }
}

async function assertJsonRoundTrip(graph: GraphEntity[], source: DataDictionary): Promise<void> {
  const documents = graph.map((entity) => exportJson(asStored(entity), entity.node, source, { shape: 'ids' }));
  const text = await gather(writeJson([documents], 'ids', JSON.stringify));
  const back = await readEntities('application/json', new TextEncoder().encode(text), source);
  assert.equal(back.error, null);
  for (const [place, { document, findings }] of back.entities.entries()) {
    const entity = graph[place];
    assert.ok(entity);
    assert.deepEqual([plain(document, entity.node), findings], [plain(entity.document, entity.node), []]);
  }
}

/** What a row is by the rules of cells alone, without any short cut. */
function plainRow(entity: ExportEntity, node: NodeKind, source: DataDictionary, format: 'tsv' | 'csv'): string {
  const delimiter = format === 'tsv' ? '\t' : ',';
  const cells = exportColumns(node, source, false).map((column) => {
    if (column.kind === 'link') {
      const targets = Object.hasOwn(entity.links, column.link.name) ? (entity.links[column.link.name] ?? []) : [];
      return writeTargets(
        targets.map((target) => (column.part === 'id' ? target.id : (target.key ?? ''))),
        format,
      );
    }
    if (column.name === 'type') return { text: node.type, literal: false };
    if (column.name === 'id') return { text: entity.id, literal: false };
    const value = Object.hasOwn(entity.properties, column.name) ? entity.properties[column.name] : undefined;
    return writeCell(value, cellReader(column.property));
  });
  return `${cells.map((cell) => quoteCell(cell, delimiter)).join(delimiter)}\n`;
}

/** What a JSON export shows, member by member. */
function plainJson(entity: ExportEntity, node: NodeKind, source: DataDictionary, shape: 'label' | 'ids'): unknown {
  const members = exportColumns(node, source, true).flatMap((column): [string, unknown][] => {
    if (column.kind === 'link' || column.name === 'type') return [];
    const value = Object.hasOwn(entity.properties, column.name) ? (entity.properties[column.name] ?? null) : null;
    return value === null && shape === 'label' ? [] : [[column.name, value]];
  });
  const links = node.links.flatMap((link): [string, unknown][] => {
    const targets = entity.links[link.name] ?? [];
    if (targets.length === 0 && shape === 'label') return [];
    return [[link.name, targets.map(({ id, key }) => ({ node_id: id, [linkKey(link, source)]: key }))]];
  });
  return Object.fromEntries([...members, ...links, ['id', entity.id], ['type', node.type]]);
}

test('the short cuts of the writers change nothing', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '',
      'null',
      ' a',
      'a\u00a0',
      '\ufeffa',
      'a\nb',
      '\n',
      'a,b',
      'a\tb',
      '"',
      '[1]',
      '#1',
      'NULL',
      '\u2028',
      '1e3',
    ),
  );
  const value = fc.oneof(
    text,
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(text),
    fc.array(fc.integer()),
  );
  const targets = fc.array(fc.record({ id: fc.uuid(), key: fc.option(text) }), { maxLength: 3 });
  const kinds = [...dictionary.nodes.values()].filter(({ inProject }) => inProject);
  const made = fc.constantFrom(...kinds).chain((node) => {
    const names = [...node.properties.keys(), 'unknown', 'constructor', '__proto__'];
    const links = node.links.map(({ name }) => name);
    return fc.record({
      node: fc.constant(node),
      id: fc.uuid(),
      properties: fc.dictionary(fc.constantFrom(...names), value),
      links: links.length === 0 ? fc.constant({}) : fc.dictionary(fc.constantFrom(...links), targets),
    });
  });
  fc.assert(
    fc.property(made, ({ node, ...entity }) => {
      for (const format of ['tsv', 'csv'] as const)
        assert.equal(exportTable(node, dictionary, format).row(entity), plainRow(entity, node, dictionary, format));
      for (const shape of ['label', 'ids'] as const)
        assert.deepEqual(
          JSON.parse(jsonWriter(node, dictionary, { shape })(entity)),
          JSON.parse(JSON.stringify(plainJson(entity, node, dictionary, shape))),
        );
    }),
    { numRuns: 300 },
  );
});

test('what is exported and read again is the same: TSV, CSV, JSON', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryGraph(dictionary), async (graph) => {
      await assertRoundTrip(graph, 'tsv', dictionary);
      await assertRoundTrip(graph, 'csv', dictionary);
      await assertJsonRoundTrip(graph, dictionary);
    }),
    { numRuns: 40 },
  );
});

const gdc = sharedData('gen3/gdcdictionary/');

test("the same for GDC's dictionary", { skip: gdc.skip }, async () => {
  const { dictionary: theirs } = await loadDataDictionary(gdc.path('dictionary.bundled.json'));
  await fc.assert(
    fc.asyncProperty(arbitraryGraph(theirs), async (graph) => {
      await assertRoundTrip(graph, 'tsv', theirs);
      await assertRoundTrip(graph, 'csv', theirs);
      await assertJsonRoundTrip(graph, theirs);
    }),
    { numRuns: 15 },
  );
});
