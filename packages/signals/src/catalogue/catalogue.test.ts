import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Database, sql } from '@linnaea/database';
import { createTestDatabase } from '@linnaea/database/testing';
import { type ExpressionCondition, parseExpressionQuery, parseVersions } from '@linnaea/query';
import { openMatrix } from '../matrix/read.ts';
import { writeMatrix } from '../matrix/write.ts';
import { textSource } from '../testing/matrix-source.ts';
import { scratchStore } from '../testing/scratch-store.ts';
import { findFeatures } from './features.ts';
import { deleteUnusedFeatures, featuresOf, nextVersion, registerSignal } from './register.ts';
import { isReferenced, placesOfRuns, runsOfSignals, signalOfRun, signalsOfGroups, versionsOf } from './signals.ts';
import { selectVersions } from './versions.ts';

let db: Database;
let drop: () => Promise<void>;
let store: Awaited<ReturnType<typeof scratchStore>>;
let scope: number;
let next = 0;

before(async () => {
  ({ database: db, drop } = await createTestDatabase());
  store = await scratchStore();
  const row = await db.first<{ id: number }>(sql`insert into scope (kind, name) values ('study', 'S') returning id`);
  scope = row!.id;
});
after(() => drop());

async function addRecord(kind: string): Promise<number> {
  const row = await db.first<{ id: number }>(sql`
    insert into record (model, kind, accession, scope_id, attributes)
    values ('odm', ${kind}, ${`T${next++}`}, ${scope}, '{}') returning id`);
  return row!.id;
}

const table =
  'Feature\tSymbol\tmz\tA\tB\nx1\talpha\t2.218\t1\t2\nx2\tbeta\t7\t3\t4\nx1\t\t\t5\t6\nx3\tAlphabet\t-1\t7\t8\n';
const gct = '#1.2\n2\t2\nName\tDescription\tA\tB\nx1\tone\t1\t2\ny\ttwo\t3\t4\n';

async function addSignal(text: string, more: { previous?: number; featureColumns?: number } = {}) {
  const prefix = `signals/${next++}`;
  await writeMatrix({ store, prefix, open: textSource(text, { featureColumns: more.featureColumns ?? 3 }) });
  const reader = await openMatrix({ store, prefix });
  const { runCount, featureCount, measurements } = reader.describe();
  const groupId = await addRecord('group');
  const runIds = await Promise.all(Array.from({ length: runCount }, () => addRecord('run')));
  const id = await db.transaction(async (tx) => {
    const version = more.previous === undefined ? {} : { version: await nextVersion(tx, more.previous) };
    return registerSignal(tx, {
      groupId,
      layout: 'matrix',
      prefix,
      features: featuresOf(reader),
      featureCount,
      runIds,
      measurements: measurements.map(({ name }) => name),
      ...version,
    });
  });
  return { id, groupId, runIds, prefix };
}

async function find(query: string, ids: number[]): Promise<[number, number[]][]> {
  const tree = parseExpressionQuery(query);
  // each query of these tests is a single condition
  const found = await findFeatures(db, { condition: tree as ExpressionCondition }, ids);
  return found.map(({ signalId, positions }) => [signalId, [...positions]]);
}

describe('a registered signal', () => {
  it('is found by its file and by its runs', async () => {
    const { id, groupId, runIds, prefix } = await addSignal(table);
    const [signal] = await signalsOfGroups(db, [groupId]);
    assert.deepEqual(
      { ...signal, featureSetId: 0 },
      {
        id,
        groupId,
        layout: 'matrix',
        prefix,
        chain: null,
        version: 0,
        active: true,
        featureSetId: 0,
        featureCount: 4,
        runCount: 2,
        measurements: ['value'],
        dataClass: null,
        separator: null,
      },
    );
    assert.deepEqual(await signalOfRun(db, runIds[1]!), {
      signal,
      run: { signalId: id, block: 0, position: 1, runId: runIds[1] },
    });
    assert.equal(await signalOfRun(db, groupId), undefined);
    assert.deepEqual(await runsOfSignals(db, [id]), await placesOfRuns(db, [...runIds].reverse()));
  });

  it('shares its features with files that have the same', async () => {
    const one = await addSignal(table);
    const two = await addSignal(table.replace('\tA\tB', '\tC\tD'));
    const three = await addSignal(gct);
    const sets = (await signalsOfGroups(db, [one.groupId, two.groupId, three.groupId])).map(
      ({ featureSetId }) => featureSetId,
    );
    assert.equal(sets[0], sets[1]);
    assert.notEqual(sets[0], sets[2]);
  });

  it('keeps its objects from the sweep', async () => {
    const { prefix } = await addSignal(gct);
    const keys = [`${prefix}/X/c/0/0`, `${prefix}0/X`, `${prefix}/zarr.json`, 'signals/zarr.json', prefix];
    assert.deepEqual(await isReferenced(db, keys), new Set([`${prefix}/X/c/0/0`, `${prefix}/zarr.json`, prefix]));
  });

  it('goes with its file, and its features with the last signal', async () => {
    const { groupId } = await addSignal('Feature\tA\nonly here\t1\n', { featureColumns: 1 });
    assert.equal(await deleteUnusedFeatures(db), 0);
    await db.run(sql`delete from record where id = ${groupId}`);
    assert.deepEqual(await signalsOfGroups(db, [groupId]), []);
    assert.equal(await deleteUnusedFeatures(db), 1);
    assert.equal(await db.first(sql`select 1 from feature where name = 'only here'`), undefined);
  });
});

describe('features', () => {
  it('are found by name in many signals', async () => {
    const one = await addSignal(table);
    const two = await addSignal(gct);
    const found = await findFeatures(db, { names: ['x1', 'y', 'absent'] }, [one.id, two.id]);
    assert.deepEqual(found, [
      { signalId: one.id, positions: Int32Array.of(0, 2) },
      { signalId: two.id, positions: Int32Array.of(0, 1) },
    ]);
    assert.deepEqual(await findFeatures(db, { names: ['x1'] }, [two.id]), [
      { signalId: two.id, positions: Int32Array.of(0) },
    ]);
  });

  it('are found by conditions on their columns', async () => {
    const { id } = await addSignal(table);
    const cases: [string, number[]][] = [
      ['feature = x1,x3', [0, 2, 3]],
      ['feature != x1', [1, 3]],
      ['feature =~ "X2"', [1]],
      ['feature.Feature = x2', [1]],
      ['feature.Symbol = beta', [1]],
      ['feature.Symbol != beta', [0, 2, 3]],
      ['feature.Symbol = null', [2]],
      ['feature.Symbol != null', [0, 1, 3]],
      ['feature.Symbol =~ ALPHA', [0, 3]],
      ['feature.mz = 2.2180', [0]],
      ['feature.mz > 2', [0, 1]],
      ['feature.mz <= -1', [3]],
      ['-1 < feature.mz < 7', [0]],
      ['-1 <= feature.mz <= 7', [0, 1, 3]],
      ['feature.absent = 1', []],
      ['feature.absent != 1', [0, 1, 2, 3]],
      ['feature.absent = null', [0, 1, 2, 3]],
    ];
    for (const [query, expected] of cases) {
      assert.deepEqual(await find(query, [id]), expected.length === 0 ? [] : [[id, expected]], query);
    }
  });

  it('may have any text for a name', async () => {
    const long = 'n'.repeat(100_000);
    const { id } = await addSignal(`Feature\tA\n${long}\t1\n${long}x\t2\n__proto__\t3\n`, { featureColumns: 1 });
    for (const [name, position] of [
      [long, 0],
      [`${long}x`, 1],
      ['__proto__', 2],
    ] as const) {
      assert.deepEqual(await findFeatures(db, { names: [name] }, [id]), [
        { signalId: id, positions: Int32Array.of(position) },
      ]);
    }
  });
});

describe('versions', () => {
  it('begin a chain with the second file', async () => {
    const first = await addSignal(gct);
    const second = await addSignal(gct, { previous: first.groupId });
    const third = await addSignal(gct, { previous: first.groupId });
    const [signal] = await signalsOfGroups(db, [third.groupId]);
    const chain = signal!.chain!;
    assert.match(chain, /^GSVC\d{6}$/);
    const versions = (await versionsOf(db, chain)).map(({ id, version, active }) => [id, version, active]);
    assert.deepEqual(versions, [
      [third.id, 3, true],
      [second.id, 2, false],
      [first.id, 1, false],
    ]);
    await assert.rejects(
      db.transaction((tx) => nextVersion(tx, first.runIds[0]!)),
      { code: 'signal-not-found' },
    );
  });

  it('of two imports at once follow each other', async () => {
    const first = await addSignal(gct);
    const both = await Promise.all([
      addSignal(gct, { previous: first.groupId }),
      addSignal(gct, { previous: first.groupId }),
    ]);
    const signals = await signalsOfGroups(
      db,
      both.map(({ groupId }) => groupId),
    );
    assert.deepEqual(signals.map(({ version }) => version).sort(), [2, 3]);
    assert.deepEqual(
      signals.filter(({ active }) => active).map(({ version }) => version),
      [3],
    );
  });

  it('are chosen by useVersions', async () => {
    const alone = await addSignal(gct);
    const old = await addSignal(gct);
    const current = await addSignal(gct, { previous: old.groupId });
    const groups = [alone.groupId, old.groupId, current.groupId];
    const [signal] = await signalsOfGroups(db, [current.groupId]);
    const record = await db.first<{ accession: string }>(sql`select accession from record where id = ${old.groupId}`);
    const cases: [string | undefined, number[]][] = [
      [undefined, [alone.id, current.id]],
      ['*', [alone.id, old.id, current.id]],
      ['v1', [old.id]],
      ['v0,v2', [alone.id, current.id]],
      ['v7', []],
      [`${signal!.chain}:v1`, [old.id]],
      [`${signal!.chain}:${record!.accession}`, [old.id]],
      [`${signal!.chain}:v2;v0`, [alone.id, current.id]],
      ['GSVC999999:v1', []],
    ];
    for (const [text, expected] of cases) {
      const rules = text === undefined ? undefined : parseVersions(text);
      assert.deepEqual(await selectVersions(db, rules, groups), expected, text);
    }
    assert.ok((await selectVersions(db, undefined)).length > 2);
  });
});
