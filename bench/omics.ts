// How long the queries take, end to end on a real database and a local store: `node packages/omics/bench/omics.ts`.
import { insertRecords, nextRecordIds } from '@linnaea/catalog';
import { sql } from '@linnaea/database';
import { parseExpressionQuery, parseMetadataFilter } from '@linnaea/query';
import { featuresOf, openMatrix, registerSignal, writeMatrix } from '@linnaea/signals';
import {
  expressionData,
  expressionOf,
  omicsSamples,
  selectRuns,
  streamExpression,
} from '../packages/omics/src/index.ts';
import { createOmicsBench, type OmicsBench } from '../packages/omics/src/testing.ts';

const featureCount = Number(process.argv[2] ?? 20_000);
const runCount = 1000;
const rowsAtOnce = 500;

async function addFile(bench: OmicsBench, scope: number, runs: number, samples: readonly number[]): Promise<string> {
  const prefix = `signals/${scope}-${samples[0]}`;
  const header = {
    featureColumns: ['Name', 'Description'],
    runs: Array.from({ length: runs }, (_, i) => `S${i}`),
    measurements: ['value'],
    runAttributes: new Map(),
  };
  async function* rows() {
    for (let start = 0; start < featureCount; start += rowsAtOnce) {
      const count = Math.min(rowsAtOnce, featureCount - start);
      const names = Array.from({ length: count }, (_, i) => `gene${start + i}`);
      const values = Float64Array.from({ length: count * runs }, () => Math.round(Math.random() ** 3 * 1e6) / 1e4);
      yield { count, features: [names, names], values: [values], float32: [true] };
    }
  }
  await writeMatrix({ store: bench.objects, prefix, open: async () => ({ header, rows: rows() }) });
  const reader = await openMatrix({ store: bench.objects, prefix });
  const change = await bench.database.first<{ id: number }>(sql`select id from change limit 1`);
  return bench.database.transaction(async (tx) => {
    const [groupId, ...runIds] = await nextRecordIds(tx, runs + 1);
    const common = { model: 'odm', scopeId: scope, createdBy: null, createdChange: change!.id } as const;
    const accession = `G${groupId}`;
    await insertRecords(tx, [
      { ...common, id: groupId!, kind: 'expression-group', accession, attributes: { Unit: 'TPM' } },
    ]);
    await insertRecords(
      tx,
      runIds.map((id, i) => ({
        ...common,
        id,
        kind: 'expression',
        accession: String(id),
        groupId: groupId!,
        position: i,
        attributes: { 'Sample Source ID': `S${i}` },
      })),
    );
    await tx.copyIn(
      'link',
      ['child_id', 'parent_id', 'name'],
      runIds.map((id, i) => [id, samples[i]!, 'sample']),
    );
    await registerSignal(tx, {
      groupId: groupId!,
      layout: 'matrix',
      prefix,
      features: featuresOf(reader),
      featureCount,
      measurements: ['value'],
      runIds,
    });
    return accession;
  });
}

async function addStudy(bench: OmicsBench, name: string): Promise<{ scope: number; samples: number[] }> {
  const scope = await bench.addScope(name);
  const study = await bench.addRecord('study', scope, { 'Study Title': name });
  const change = await bench.database.first<{ id: number }>(sql`select id from change limit 1`);
  const samples = await bench.database.transaction(async (tx) => {
    const ids = await nextRecordIds(tx, runCount);
    await insertRecords(
      tx,
      ids.map((id, i) => ({
        id,
        model: 'odm' as const,
        kind: 'sample',
        accession: `S${id}`,
        scopeId: scope,
        createdBy: null,
        createdChange: change!.id,
        attributes: { 'Sample Source ID': `S${i}`, Organ: i % 10 === 0 ? 'brain' : 'liver' },
      })),
    );
    await tx.copyIn(
      'link',
      ['child_id', 'parent_id', 'name'],
      ids.map((id) => [id, study, 'study']),
    );
    return ids;
  });
  return { scope, samples };
}

async function measure(what: string, work: () => Promise<unknown>, times = 11): Promise<void> {
  const taken: number[] = [];
  let result: unknown;
  for (let i = 0; i < times; i += 1) {
    const start = performance.now();
    result = await work();
    taken.push(performance.now() - start);
  }
  taken.sort((a, b) => a - b);
  console.log(
    `${what}: median ${taken[times >> 1]!.toFixed(1)} ms, worst ${taken.at(-1)!.toFixed(1)} ms (${String(result)})`,
  );
}

const bench = await createOmicsBench();
try {
  const one = await addStudy(bench, 'one file');
  const group = await addFile(bench, one.scope, runCount, one.samples);
  const many = await addStudy(bench, 'many files');
  for (let i = 0; i < 100; i += 1) await addFile(bench, many.scope, 10, many.samples.slice(i * 10));
  const reader = await bench.addReader(one.scope, 'measure');
  await bench.database.run(
    sql`insert into scope_grant (scope_id, subject_id, level) values (${many.scope}, ${reader.userId}, 5)`,
  );
  const view = { view: 'published' } as const;
  const filter = (text: string) => ({ filter: parseMetadataFilter(text) });
  const study = (name: string) => ({ ...view, study: filter(`"Study Title" = "${name}"`) });
  const ask =
    (selection: Parameters<typeof expressionData>[2], query: string, limit = 2000) =>
    async () => {
      const { items, exhausted } = await expressionData(bench, reader, selection, parseExpressionQuery(query), {
        limit,
      });
      return `${items.length} rows, exhausted ${exhausted}`;
    };
  await measure(
    'runs of a study',
    async () =>
      (await selectRuns(bench.database, reader, { ...study('one file'), kind: 'expression' }))[0]?.runs.length,
  );
  await measure('one feature, 1,000 runs of one file', ask(study('one file'), 'feature = gene777'));
  await measure('one feature and a value, 1,000 runs', ask(study('one file'), 'feature = gene777 value > 50'));
  await measure(
    'one feature, 100 runs by sample',
    ask({ ...study('one file'), sample: filter('Organ = brain') }, 'feature = gene777'),
  );
  await measure('one feature, the whole catalogue', ask(view, 'feature = gene777'));
  await measure('one feature, 1,000 runs of 100 files', ask(study('many files'), 'feature = gene777'));
  const hundred = Array.from({ length: 100 }, (_, i) => `gene${i * 97}`).join(',');
  const brains = { ...study('one file'), sample: filter('Organ = brain') };
  await measure('100 features x 100 runs, first page', ask(brains, `feature = ${hundred}`));
  await measure(
    '100 features x 100 runs, five pages',
    async () => {
      let cursor: string | undefined;
      let rows = 0;
      for (;;) {
        const page = await expressionData(bench, reader, brains, parseExpressionQuery(`feature = ${hundred}`), {
          limit: 2000,
          cursor,
        });
        rows += page.items.length;
        if (page.exhausted) return `${rows} rows`;
        cursor = page.cursor;
      }
    },
    5,
  );
  const runs = await selectRuns(bench.database, reader, { ...brains, kind: 'expression' });
  const runIds = runs.flatMap((signal) => signal.runs.map(({ id }) => id));
  await measure(
    'expressionOf 100 features x 100 runs',
    async () => (await expressionOf(bench, reader, runIds, hundred.split(','))).size,
  );
  await measure('value alone, many hits', ask(study('one file'), 'value > 90'), 5);
  await measure('value alone, no hit', ask(study('one file'), 'value > 1000'), 3);
  await measure('samples by a value of a feature', async () => {
    const conditions = { ...study('one file'), expressionQuery: parseExpressionQuery('feature = gene777 value > 50') };
    return `${(await omicsSamples(bench, reader, conditions, { limit: 2000 })).items.length} samples`;
  });
  await measure(
    'the whole file as CSV',
    async () => {
      let bytes = 0;
      for await (const part of await streamExpression(bench, bench.administrator, group, view, 4)) bytes += part.length;
      return `${(bytes / 1e6).toFixed(0)} MB`;
    },
    1,
  );
} finally {
  await bench.close();
}
