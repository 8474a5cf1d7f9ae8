import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { ObjectStore } from '@linnaea/objects';
import fc from 'fast-check';
import * as zarr from 'zarrita';
import { type Table, tableSource, textSource } from '../testing/matrix-source.ts';
import { scratchStore } from '../testing/scratch-store.ts';
import { openArray, readArray } from '../zarr/arrays.ts';
import { zarrStore } from '../zarr/store.ts';
import { chooseChunks, nodeNames, runBlocks } from './layout.ts';
import { forgetMatrix, openMatrix } from './read.ts';
import { scan } from './scan.ts';
import { streamText } from './stream.ts';
import { writeMatrix } from './write.ts';

const small = [
  '#1.2',
  '3\t3',
  'Name\tDescription\tA\tB\tC',
  'g1\tfirst\t1.82\tNA\t0',
  'g2\tsecond\tInf\t-3e-5\t-Inf',
  'g1\tagain\t0.1\t7\t',
  '',
].join('\n');

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function* failing<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  yield* items;
  throw new Error('the link broke');
}

let store: ObjectStore;
let next = 0;
before(async () => {
  store = await scratchStore();
});
const newPrefix = () => `matrices/${next++}`;

async function written(open: Parameters<typeof writeMatrix>[0]['open']) {
  const prefix = newPrefix();
  const description = await writeMatrix({ store, prefix, open });
  return { prefix, description, reader: await openMatrix({ store, prefix }) };
}

describe('a written GCT', () => {
  it('gives back its numbers, also missing, infinite and of equal names', async () => {
    const { reader, description } = await written(textSource(small));
    assert.deepEqual([description.runCount, description.featureCount], [3, 3]);
    assert.equal(description.measurements[0]?.type, 'float32');
    const { values } = await reader.read({});
    assert.deepEqual([...values], [1.82, Number.NaN, 0, Infinity, -3e-5, -Infinity, 0.1, 7, Number.NaN]);
    assert.deepEqual(await reader.featureColumn('Name'), ['g1', 'g2', 'g1']);
    assert.deepEqual(await reader.featureColumn('Description', [2, 0]), ['again', 'first']);
    assert.deepEqual(await reader.runNames(), ['A', 'B', 'C']);
  });

  it('answers a block in the order asked', async () => {
    const { reader } = await written(textSource(small));
    const block = await reader.read({ features: [2, 0, 2], runs: [2, 1] });
    assert.deepEqual([block.featureCount, block.runCount], [3, 2]);
    assert.deepEqual([...block.values], [Number.NaN, 7, 0, Number.NaN, Number.NaN, 7]);
    await assert.rejects(reader.read({ features: [3] }), RangeError);
    await assert.rejects(reader.read({ runs: [-1] }), RangeError);
    await assert.rejects(reader.read({ measurement: 'p' }), { code: 'measurement-not-found' });
    await assert.rejects(reader.featureColumn('Symbol'), { code: 'feature-column-not-found' });
  });

  it('keeps the attributes of the runs of GCT 1.3', async () => {
    const text = ['#1.3', '1\t2\t0\t1', 'id\tA\tB', 'Age/Sex\t40 F\t50 M', 'g\t1\t2', ''].join('\n');
    const { prefix, description } = await written(textSource(text));
    assert.deepEqual(description.runAttributes, [{ name: 'Age/Sex', node: 'Age_Sex' }]);
    assert.deepEqual(await readArray(zarrStore(store, prefix), '/obs/Age_Sex'), ['40 F', '50 M']);
  });

  it('is plain Zarr', async () => {
    const { prefix } = await written(textSource(small));
    const { data, shape, stride } = await zarr.get(await openArray(zarrStore(store, prefix), '/X'), [null, null]);
    // (runs, features), as AnnData has it, but stored feature by feature
    assert.deepEqual(
      [shape, stride],
      [
        [3, 3],
        [1, 3],
      ],
    );
    assert.deepEqual(
      Float32Array.from(data as Float32Array),
      Float32Array.of(1.82, Number.NaN, 0, Infinity, -3e-5, -Infinity, 0.1, 7, Number.NaN),
    );
  });
});

describe('several measurements and feature columns', () => {
  const text = 'peak\tmz\tnote\tA.int\tA.p\tB.int\tB.p\nx\t2.218\tn1\t1\t0.5\t2\t0.25\ny\t\tn2\t3\t0.75\tNA\t1e-9\n';

  it('are arrays and columns of their own', async () => {
    const { reader, description, prefix } = await written(textSource(text, { separator: '.', featureColumns: 3 }));
    assert.deepEqual(
      description.measurements.map(({ name, path }) => [name, path]),
      [
        ['int', '/X'],
        ['p', '/layers/p'],
      ],
    );
    assert.deepEqual(
      description.featureColumns.map(({ name, type }) => [name, type]),
      [
        ['peak', 'string'],
        ['mz', 'numeric'],
        ['note', 'string'],
      ],
    );
    assert.deepEqual([...(await reader.read({ measurement: 'p' })).values], [0.5, 0.25, 0.75, 1e-9]);
    assert.deepEqual([...(await reader.read({})).values], [1, 2, 3, Number.NaN]);
    assert.deepEqual(await reader.featureColumn('mz'), Float64Array.of(2.218, Number.NaN));
    assert.deepEqual(await readArray(zarrStore(store, prefix), '/var/mz'), Float64Array.of(2.218, Number.NaN));
  });

  it('have the same digest for the same features only', async () => {
    const digest = async (source: string) => (await written(textSource(source))).description.featureDigest;
    const one = await digest('id\tA\ng1\t1\ng2\t2\n');
    assert.equal(await digest('id\tB\tC\ng1\t5\t6\ng2\t7\t8\n'), one);
    assert.notEqual(await digest('id\tA\ng2\t1\ng1\t2\n'), one);
    assert.notEqual(await digest('name\tA\ng1\t1\ng2\t2\n'), one);
  });
});

describe('float64', () => {
  const manyRows = (last: number): Table => ({
    runs: ['A', 'B'],
    features: Array.from({ length: 9000 }, (_, i) => [`g${i}`]),
    measurements: ['a', 'b'],
    values: [
      Array.from({ length: 9000 }, (_, i) => [i, i / 8]),
      Array.from({ length: 9000 }, (_, i) => [i === 8999 ? last : 0.1, 2]),
    ],
  });

  it('replaces float32 for the measurement alone that needs it, also when that shows late', async () => {
    const source = tableSource(manyRows(1 / 3), 500);
    const { reader, description } = await written(source.open);
    assert.deepEqual(
      description.measurements.map(({ type }) => type),
      ['float32', 'float64'],
    );
    assert.equal(source.opened(), 2);
    assert.deepEqual([...(await reader.read({ features: [8999, 8998], measurement: 'b' })).values], [1 / 3, 2, 0.1, 2]);
    assert.deepEqual([...(await reader.read({ features: [8999] })).values], [8999, 1124.875]);
  });

  it('is not needed for texts of few digits', async () => {
    const source = tableSource(manyRows(0.3333), 500);
    const { description } = await written(source.open);
    assert.deepEqual(
      description.measurements.map(({ type }) => type),
      ['float32', 'float32'],
    );
    assert.equal(source.opened(), 1);
  });

  it('is used when the reader of the file says so', async () => {
    const { reader, description } = await written(textSource('id\tA\ng1\t0.123456789012\n'));
    assert.equal(description.measurements[0]?.type, 'float64');
    assert.deepEqual([...(await reader.read({})).values], [0.123456789012]);
  });
});

describe('any matrix', () => {
  const cell = fc.oneof(
    fc.constantFrom(0, Number.NaN, Infinity, -Infinity, -0),
    fc.integer({ min: -9999, max: 9999 }).map((n) => n / 1000),
    fc.float(),
  );
  const shape = fc.record({
    runs: fc.integer({ min: 1, max: 700 }),
    features: fc.integer({ min: 1, max: 60 }),
    seed: fc.array(cell, { minLength: 7, maxLength: 7 }),
    wide: fc.boolean(),
  });

  it('reads back as it was, block by block', async () => {
    await fc.assert(
      fc.asyncProperty(shape, fc.infiniteStream(fc.nat()), async ({ runs, features, seed, wide }, random) => {
        const at = (f: number, r: number) =>
          wide && f === 0 && r === 0 ? Math.PI : seed[(f * 31 + r * 17 + ((f * r) % 5)) % seed.length]!;
        const table: Table = {
          runs: Array.from({ length: runs }, (_, r) => `r${r}`),
          features: Array.from({ length: features }, (_, f) => [`f${f}`]),
          values: [Array.from({ length: features }, (_, f) => Array.from({ length: runs }, (_, r) => at(f, r)))],
        };
        const { reader } = await written(tableSource(table, 1 + (random.next().value % 40)).open);
        const some = (count: number) =>
          Array.from({ length: 1 + (random.next().value % 9) }, () => random.next().value % count);
        for (const block of [
          {},
          { features: some(features) },
          { runs: some(runs) },
          { features: some(features), runs: some(runs) },
        ]) {
          const wantedFeatures = block.features ?? table.features.keys().toArray();
          const wantedRuns = block.runs ?? table.runs.keys().toArray();
          const expected = wantedFeatures.flatMap((f) => wantedRuns.map((r) => at(f, r)));
          assert.deepEqual((await reader.read(block)).values, Float64Array.from(expected));
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('many shards and threads', () => {
  it('keep every value in its place', async () => {
    const runs = 300;
    const features = 7000;
    const at = (f: number, r: number) => (f * 7 + r * 13) % 9973;
    const table: Table = {
      runs: Array.from({ length: runs }, (_, r) => `r${r}`),
      features: Array.from({ length: features }, (_, f) => [`f${f}`]),
      values: [Array.from({ length: features }, (_, f) => Array.from({ length: runs }, (_, r) => at(f, r)))],
    };
    const { reader, prefix } = await written(tableSource(table, 200).open);
    const shards = (await collect(store.list(`${prefix}/X/c`))).length;
    assert.ok(shards > 1, `${shards} shards`);
    const { values } = await reader.read({});
    for (let f = 0; f < features; f++)
      for (let r = 0; r < runs; r++) if (values[f * runs + r] !== at(f, r)) assert.fail(`${f} ${r}`);

    const shard = await store.get(`${prefix}/X/c/0/0`);
    assert.ok(shard !== undefined);
    const damaged = Uint8Array.from(shard).fill(0, 24, 40);
    await store.put(`${prefix}/X/c/0/0`, damaged);
    await assert.rejects(reader.read({}), 'a damaged chunk is noticed by the thread that decodes it');
    assert.equal((await reader.read({ features: [features - 1], runs: [1] })).values[0], at(features - 1, 1));
  });
});

describe('the scan', () => {
  it('finds what the predicate admits, in file order', async () => {
    const { reader } = await written(textSource(small));
    const hits = [];
    for await (const found of scan(reader, { matches: (value) => value >= 1 })) {
      for (let i = 0; i < found.count; i++) hits.push([found.features[i], found.runs[i], found.values[i]]);
    }
    assert.deepEqual(hits, [
      [0, 0, 1.82],
      [1, 0, Infinity],
      [2, 1, 7],
    ]);
    const bounded = await collect(
      scan(reader, { matches: (value) => value >= 1.82 && value <= 7, low: 1.82, high: 7 }),
    );
    assert.deepEqual(
      bounded.map(({ values }) => [...values]),
      [[1.82, 7]],
    );
    const missing = await collect(scan(reader, { matches: Number.isNaN, runs: [2], features: [2, 1] }));
    assert.deepEqual(
      missing.map(({ features, runs }) => [[...features], [...runs]]),
      [[[2], [2]]],
    );
  });
});

describe('the text', () => {
  const textOf = async (...options: Parameters<typeof streamText>) =>
    Buffer.concat(await collect(streamText(...options))).toString();

  it('has a heading and a line for each feature', async () => {
    const { reader } = await written(textSource(small));
    assert.equal(
      await textOf(reader, { roundDigits: 1 }),
      'Name,Description,A,B,C\ng1,first,1.8,,0\ng2,second,Inf,0,-Inf\ng1,again,0.1,7,\n',
    );
    assert.equal(
      await textOf(reader, { delimiter: '\t', features: [1], runs: [1, 0], runHeadings: ['x', 'y'] }),
      'Name\tDescription\tx\ty\ng2\tsecond\t-0.00003\tInf\n',
    );
  });

  it('quotes what would break a line', async () => {
    const { reader } = await written(tableSource({ runs: ['a,b'], features: [['say "x"']], values: [[[1]]] }).open);
    assert.equal(await textOf(reader), 'Name,"a,b"\n"say ""x""",1\n');
  });
});

describe('the layout', () => {
  it('holds chunks of some tens of kilobytes for any number of runs', () => {
    for (const runs of [1, 3, 255, 256, 257, 1000, 5000, 100_000, 1_000_000]) {
      for (const type of ['float32', 'float64'] as const) {
        const chunks = chooseChunks(runs, type);
        const size = type === 'float32' ? 4 : 8;
        const bytes = chunks.runs * chunks.features * size;
        assert.ok(bytes > 4_000 && bytes < 44_000, `${runs} ${type}: ${bytes}`);
        assert.ok(runBlocks(runs, chunks) * chunks.runs - runs < Math.max(2, runs * 0.05), `${runs}: little is empty`);
        assert.ok(chunks.features * runs * size <= 8 << 20 || chunks.features === 1);
      }
    }
  });

  it('makes safe and distinct names of any names', () => {
    assert.deepEqual(nodeNames(['a/b', 'a\\b', '../x', '', '.', '_index', 'zarr.json', 'A_b', 'Cell Type']), [
      'a_b',
      'a_b (2)',
      'x',
      'unnamed',
      'unnamed (2)',
      'index',
      'zarr.json (2)',
      'A_b (3)',
      'Cell Type',
    ]);
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (names) => {
        const nodes = nodeNames(names);
        assert.equal(new Set(nodes).size, names.length);
        for (const node of nodes) assert.match(node, /^[^/\\\0._][^/\\\0]*$/);
      }),
    );
  });
});

describe('a store', () => {
  it('that is absent or unfinished is not found', async () => {
    await assert.rejects(openMatrix({ store, prefix: 'nowhere' }), { code: 'signal-not-found' });
  });

  it('that was cut short says so', async () => {
    const { prefix, reader } = await written(textSource(small));
    const shard = await store.get(`${prefix}/X/c/0/0`);
    assert.ok(shard !== undefined);
    await store.put(`${prefix}/X/c/0/0`, shard.subarray(0, shard.length - 1));
    await assert.rejects(reader.read({}), /damaged/);
    await store.delete(`${prefix}/X/c/0/0`);
    forgetMatrix({ store, prefix });
    await assert.rejects((await openMatrix({ store, prefix })).read({}), /missing/);
  });

  it('whose source fails part way fails, and stays unfinished', async () => {
    const source = tableSource({ runs: ['A'], features: [['g']], values: [[[1]]] });
    const prefix = newPrefix();
    const open = async () => {
      const { header, rows } = await source.open();
      return { header, rows: failing(rows) };
    };
    await assert.rejects(writeMatrix({ store, prefix, open }), /the link broke/);
    await assert.rejects(openMatrix({ store, prefix }), { code: 'signal-not-found' });
  });

  it('of no features opens', async () => {
    const { reader, description } = await written(tableSource({ runs: ['A'], features: [], values: [[]] }).open);
    assert.equal(description.featureCount, 0);
    assert.deepEqual([...(await reader.read({})).values], []);
    assert.deepEqual(await reader.featureColumn('Name'), []);
  });
});
