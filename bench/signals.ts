/**
 * Figures of the store of measurements, one JSON line each, against zarr-python and TileDB on the same matrix and against reading raw
 * float32 numbers, which is the limit. Usage: node bench/signals.ts [file.gct]
 * Without a file, 60,000 features of 1,000 runs come from the generator of test data beside the repository.
 * LINNAEA_TEST_PYTHON names a Python with zarr 3 and perhaps tiledb; without them the peers are left out.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readMatrix } from '@linnaea/formats';
import { localStore } from '@linnaea/objects';
import { type MatrixReader, openMatrix, scan, streamText, writeMatrix } from '@linnaea/signals';

interface Figure {
  name: string;
  value: number;
  unit: string;
}

/** The same features and runs for everyone. */
interface Picks {
  feature: number[];
  run: number[];
  blocks: { features: number[]; runs: number[] }[];
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'linnaea-bench-signals-'));
async function main(): Promise<void> {
  const file = process.argv[2] ?? generate();
  const store = localStore(path.join(folder, 'store'));
  const own = [await measureParse(file), ...(await measureWrite(file, store))];
  const reader = await openMatrix({ store, prefix: 'm' });
  const { featureCount, runCount } = reader.describe();
  own.push(await measureSize(store, featureCount * runCount * 4));
  const raw = path.join(folder, 'raw.f32');
  await writeRaw(reader, raw);
  const picks = pick(featureCount, runCount);
  const limits = await measureRaw(raw, picks, featureCount, runCount);
  own.push(...(await measureReads(reader, picks)), ...(await measureScans(reader)));
  const peers = measurePeer(raw, picks, featureCount, runCount);
  for (const figure of own) {
    report(figure, 'raw float32 pread', limits.get(figure.name));
    for (const [peer, figures] of peers) report(figure, peer, figures.get(figure.name));
    const isAlone = !limits.has(figure.name) && ![...peers.values()].some((figures) => figures.has(figure.name));
    if (isAlone) report(figure, null, undefined);
  }
}

function report(figure: Figure, peer: string | null, peerValue: number | undefined): void {
  if (peer !== null && peerValue === undefined) return;
  const ratio = peerValue === undefined ? null : round(figure.value / peerValue);
  console.log(
    JSON.stringify({
      ...figure,
      value: round(figure.value),
      peer,
      peer_value: peerValue === undefined ? null : round(peerValue),
      ratio,
    }),
  );
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

function generate(): string {
  const tool = fileURLToPath(new URL('../../shared/tools/generate-data.py', import.meta.url));
  if (!existsSync(tool)) throw new Error('Name a GCT file: the generator of test data is not beside the repository');
  execFileSync('python3', [tool, 'gct', '--out', folder, '--samples', '1000', '--features', '60000']);
  return path.join(folder, 'expression.gct');
}

function source(file: string) {
  return readMatrix(createReadStream(file, { highWaterMark: 1 << 20 }), { format: 'auto', report: () => {} });
}

async function measureParse(file: string): Promise<Figure> {
  const start = performance.now();
  let features = 0;
  for await (const block of (await source(file)).rows) features += block.count;
  if (features === 0) throw new Error(`There are no measurements in ${file}`);
  return { name: 'parse only', value: megabytes(statSync(file).size) / seconds(start), unit: 'MB/s of text' };
}

async function measureWrite(file: string, store: ReturnType<typeof localStore>): Promise<Figure[]> {
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 20);
  const start = performance.now();
  const used = process.cpuUsage();
  await writeMatrix({ store, prefix: 'm', open: () => source(file) });
  const took = seconds(start);
  const { user, system } = process.cpuUsage(used);
  clearInterval(timer);
  const size = megabytes(statSync(file).size);
  return [
    { name: 'write', value: size / took, unit: 'MB/s of text' },
    { name: 'write, processor time', value: (user + system) / 1e6, unit: 's' },
    { name: 'write, memory', value: megabytes(peak), unit: 'MB' },
  ];
}

async function measureSize(store: ReturnType<typeof localStore>, raw: number): Promise<Figure> {
  let size = 0;
  for await (const object of store.list('m')) size += object.size;
  return { name: 'size', value: size / raw, unit: 'of raw float32' };
}

async function writeRaw(reader: MatrixReader, file: string): Promise<void> {
  const out = createWriteStream(file);
  const { featureCount } = reader.describe();
  for (let start = 0; start < featureCount; start += 1000) {
    const length = Math.min(1000, featureCount - start);
    const { values } = await reader.read({ features: Array.from({ length }, (_, i) => start + i) });
    if (!out.write(new Uint8Array(new Float32Array(values).buffer))) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
}

function pick(featureCount: number, runCount: number): Picks {
  let state = 12345;
  const next = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const some = (count: number, below: number) => {
    const chosen = new Set<number>();
    while (chosen.size < Math.min(count, below)) chosen.add(next(below));
    return [...chosen].sort((a, b) => a - b);
  };
  return {
    feature: Array.from({ length: 200 }, () => next(featureCount)),
    run: Array.from({ length: 7 }, () => next(runCount)),
    blocks: Array.from({ length: 15 }, () => ({ features: some(100, featureCount), runs: some(100, runCount) })),
  };
}

async function measureReads(reader: MatrixReader, picks: Picks): Promise<Figure[]> {
  return [
    {
      name: 'one feature, all runs',
      value: await median(picks.feature, (feature) => reader.read({ features: [feature] })),
      unit: 'ms',
    },
    { name: '100 features, 100 runs', value: await median(picks.blocks, (block) => reader.read(block)), unit: 'ms' },
    {
      name: 'one run, all features',
      value: await median(picks.run, (run) => reader.read({ runs: [run] })),
      unit: 'ms',
    },
  ];
}

async function measureScans(reader: MatrixReader): Promise<Figure[]> {
  let start = performance.now();
  let hits = 0;
  for await (const { count } of scan(reader, { matches: (value) => value >= 200, low: 200 })) hits += count;
  const scanned = { name: `scan for value >= 200, ${hits} hits`, value: seconds(start), unit: 's' };
  start = performance.now();
  let bytes = 0;
  for await (const part of streamText(reader, { roundDigits: 4 })) bytes += part.length;
  return [scanned, { name: 'stream as CSV', value: megabytes(bytes) / seconds(start), unit: 'MB/s of text' }];
}

async function measureRaw(
  file: string,
  picks: Picks,
  featureCount: number,
  runCount: number,
): Promise<Map<string, number>> {
  const handle = await open(file);
  try {
    const row = (feature: number) => readFloats(handle, feature * runCount, runCount);
    return new Map([
      ['one feature, all runs', await median(picks.feature, row)],
      [
        '100 features, 100 runs',
        await median(picks.blocks, async ({ features, runs }) => {
          const rows = await Promise.all(features.map(row));
          return rows.map((values) => runs.map((run) => values[run]));
        }),
      ],
      [
        'one run, all features',
        await median(picks.run, async (run) => {
          const values = new Float32Array(featureCount);
          for (let start = 0; start < featureCount; start += 2000) {
            const count = Math.min(2000, featureCount - start);
            const rows = await readFloats(handle, start * runCount, count * runCount);
            for (let i = 0; i < count; i++) values[start + i] = rows[i * runCount + run]!;
          }
          return values;
        }),
      ],
    ]);
  } finally {
    await handle.close();
  }
}

async function readFloats(handle: FileHandle, start: number, count: number): Promise<Float32Array> {
  const floats = new Float32Array(count);
  await handle.read(new Uint8Array(floats.buffer), 0, count * 4, start * 4);
  return floats;
}

/** zarr-python in its process: time to write from memory (no text), size and the same reads. Chunks of 256 features. */
const peerScript = `
import json, sys, time, os, statistics
import numpy as np, zarr
raw, target, picks, features, runs = sys.argv[1], sys.argv[2], json.load(open(sys.argv[3])), int(sys.argv[4]), int(sys.argv[5])
data = np.fromfile(raw, dtype="<f4").reshape(features, runs)
z = zarr.create_array(target, shape=(features, runs), chunks=(256, runs), dtype="f4")
z[:] = data
def median(items, f):
    f(items[0]); times = []
    for item in items:
        start = time.perf_counter(); f(item); times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)
size = sum(os.path.getsize(os.path.join(d, n)) for d, _, names in os.walk(target) for n in names)
answers = {"zarr-python": {
  "size": size / (features * runs * 4),
  "one feature, all runs": median(picks["feature"], lambda f: z[f, :]),
  "100 features, 100 runs": median(picks["blocks"], lambda b: z.oindex[b["features"], b["runs"]]),
  "one run, all features": median(picks["run"], lambda r: z[:, r]),
}}
try:
    import tiledb
except ImportError:
    tiledb = None
if tiledb is not None:
    place = target + ".tiledb"
    domain = tiledb.Domain(tiledb.Dim(name="f", domain=(0, features - 1), tile=256, dtype=np.int32),
                           tiledb.Dim(name="r", domain=(0, runs - 1), tile=min(250, runs), dtype=np.int32))
    schema = tiledb.ArraySchema(domain=domain, attrs=[tiledb.Attr(name="x", dtype=np.float32, filters=[tiledb.ZstdFilter()])])
    tiledb.Array.create(place, schema)
    with tiledb.open(place, "w") as t:
        t[:] = data
    t = tiledb.open(place)
    kept = sum(os.path.getsize(os.path.join(d, n)) for d, _, names in os.walk(place) for n in names)
    answers["TileDB"] = {
      "size": kept / (features * runs * 4),
      "one feature, all runs": median(picks["feature"], lambda f: t[f, :]["x"]),
      "100 features, 100 runs": median(picks["blocks"], lambda b: t.multi_index[b["features"], b["runs"]]["x"]),
      "one run, all features": median(picks["run"], lambda r: t[:, r]["x"]),
    }
print(json.dumps(answers))`;

function measurePeer(
  raw: string,
  picks: Picks,
  featureCount: number,
  runCount: number,
): Map<string, Map<string, number>> {
  const python = process.env.LINNAEA_TEST_PYTHON;
  if (python === undefined) return new Map();
  const picksFile = path.join(folder, 'picks.json');
  writeFileSync(picksFile, JSON.stringify(picks));
  const target = path.join(folder, 'peer.zarr');
  const out = execFileSync(python, ['-c', peerScript, raw, target, picksFile, String(featureCount), String(runCount)]);
  const answers: Record<string, Record<string, number>> = JSON.parse(out.toString());
  return new Map(Object.entries(answers).map(([peer, figures]) => [peer, new Map(Object.entries(figures))]));
}

async function median<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<number> {
  await work(items[0]!);
  const times: number[] = [];
  for (const item of items) {
    const start = performance.now();
    await work(item);
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[times.length >> 1]!;
}

function seconds(start: number): number {
  return (performance.now() - start) / 1000;
}

function megabytes(bytes: number): number {
  return bytes / 1e6;
}

try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
