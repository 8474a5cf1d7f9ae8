// How long the queries take, end to end on a real database and a local store: `node packages/omics/bench/omics.ts`.
import { insertRecords, nextRecordIds } from '@linnaea/catalog';
import { sql } from '@linnaea/database';
import { parseExpressionQuery, parseMetadataFilter } from '@linnaea/query';
import { featuresOf, openMatrix, registerSignal, writeMatrix } from '@linnaea/signals';
import { expressionData, expressionOf, omicsSamples, selectRuns, streamExpression } from '../src/index.ts';
import { createOmicsBench, type OmicsBench } from '../src/testing.ts';

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
  const reader = bench.administrator;
  const view = { view: 'published' } as const;
  let printed = false; const q = bench.database.query.bind(bench.database);
  const db = { ...bench.database, query: async (st: any) => { if (!printed) { printed = true; for (const row of await q<any>(sql`explain (analyze, buffers off) ${st}`)) console.log(row['QUERY PLAN']); } return q(st); } } as any;
  const ids = (await bench.database.query<{id:number}>(sql`select id from signal`)).map((x) => x.id);
  await selectRuns(db, reader, { ...view, kind: 'expression', signalIds: ids });
} finally {
  await bench.close();
}
