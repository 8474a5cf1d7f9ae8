import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { it } from 'node:test';
import { promisify } from 'node:util';
import { type Table, tableSource, textSource } from '../testing/matrix-source.ts';
import { scratchStore } from '../testing/scratch-store.ts';
import { writeMatrix } from './write.ts';

const python = process.env.LINNAEA_TEST_PYTHON;
const skip = python === undefined ? 'LINNAEA_TEST_PYTHON names no Python with anndata' : false;

const script = `
import sys, json, warnings
warnings.simplefilter("ignore")
import anndata
a = anndata.read_zarr(sys.argv[1])
text = lambda rows: [["NaN" if v != v else repr(float(v)) for v in row] for row in rows]
print(json.dumps({
  "obs": list(a.obs_names), "var": list(a.var_names), "x": text(a.X), "type": str(a.X.dtype),
  "layers": {k: text(v) for k, v in a.layers.items()},
  "obsColumns": {k: [str(v) for v in a.obs[k]] for k in a.obs.columns},
  "varColumns": {k: [str(v) for v in a.var[k]] for k in a.var.columns},
}))`;

async function readByAnnData(open: Parameters<typeof writeMatrix>[0]['open']): Promise<Record<string, unknown>> {
  const store = await scratchStore();
  await writeMatrix({ store, prefix: 'm', open });
  const { stdout } = await promisify(execFile)(python!, ['-c', script, store.localPath('m')], { maxBuffer: 64 << 20 });
  return JSON.parse(stdout);
}

it('anndata opens a GCT 1.3 with equal feature names', { skip }, async () => {
  const text = [
    '#1.3',
    '3\t2\t1\t1',
    'id\tmass\tA\tB',
    'Cell Type\t\tB cell\tT cell',
    'g\t1.5\t0.5\tNA',
    'g\t\tInf\t-2',
    'h\t2\t0\t3',
    '',
  ].join('\n');
  assert.deepEqual(await readByAnnData(textSource(text)), {
    obs: ['A', 'B'],
    var: ['g', 'g', 'h'],
    x: [
      ['0.5', 'inf', '0.0'],
      ['NaN', '-2.0', '3.0'],
    ],
    type: 'float32',
    layers: {},
    obsColumns: { 'Cell Type': ['B cell', 'T cell'] },
    varColumns: { mass: ['1.5', 'nan', '2.0'] },
  });
});

it('anndata opens several measurements as layers', { skip }, async () => {
  const text = 'peak\tnote\tA:int\tA:p/q\nx\tfirst\t1\t0.123456789012\ny\tsecond\t2\t0.5\n';
  const read = await readByAnnData(textSource(text, { separator: ':', featureColumns: 2 }));
  assert.deepEqual(read.layers, { p_q: [['0.123456789012', '0.5']] });
  assert.deepEqual([read.x, read.type], [[['1.0', '2.0']], 'float32']);
  assert.deepEqual(read.varColumns, { note: ['first', 'second'] });
});

it('anndata reads every value of a matrix of many chunks and shards', { skip }, async () => {
  const runs = 300;
  const features = 4000;
  const at = (f: number, r: number) => (f * 7 + r * 13) % 9973;
  const table: Table = {
    runs: Array.from({ length: runs }, (_, r) => `r${r}`),
    features: Array.from({ length: features }, (_, f) => [`f${f}`]),
    values: [Array.from({ length: features }, (_, f) => Array.from({ length: runs }, (_, r) => at(f, r)))],
  };
  const { x } = await readByAnnData(tableSource(table, 100).open);
  const expected = table.runs.map((_, r) => table.features.map((_, f) => `${at(f, r)}.0`));
  assert.ok(JSON.stringify(x) === JSON.stringify(expected), 'the values differ');
});
