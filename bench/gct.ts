/**
 * Expression import: a generated GCT through the whole import job, against polars' read_csv of the same file and a copy of
 * it; and its parser alone. Arguments: features (60,000), runs (1,000).
 * LINNAEA_TEST_PYTHON names a Python with polars; without it the peer is left out.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { readMatrix } from '@linnaea/formats';
import { inFolder, measureImport, print, randomNumbers, writeLines } from './support/measure.ts';

const features = Number(process.argv[2] ?? 60_000);
const runs = Number(process.argv[3] ?? 1_000);

/** Rows differ in their names; their numbers come again after some thousands, further apart than any compression sees. */
function* gctLines(): Generator<string> {
  const next = randomNumbers();
  const cell = () => (next() < 0.35 ? '0' : String(Number((10 ** (next() * 4)).toPrecision(4))));
  const bodies = Array.from({ length: Math.min(features, 3_000) }, () => Array.from({ length: runs }, cell).join('\t'));
  yield `#1.2\n${features}\t${runs}\n`;
  yield `${['Name', 'Description', ...Array.from({ length: runs }, (_, run) => `S${run}`)].join('\t')}\n`;
  for (let row = 0; row < features; row += 1) yield `ENSG${row}\tgene ${row}\t${bodies[row % bodies.length]}\n`;
}

const polars = `
import json, resource, sys, time
import polars as pl
path, runs = sys.argv[1], int(sys.argv[2])
start = time.perf_counter(); used = time.process_time()
frame = pl.read_csv(path, separator="\\t", skip_rows=2, schema_overrides={f"S{i}": pl.Float32 for i in range(runs)})
print(json.dumps({"rows": frame.height, "seconds": time.perf_counter() - start, "processor": time.process_time() - used,
  "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000}))`;

function measurePolars(file: string): { seconds: number; processor: number; peak: number } | undefined {
  const python = process.env.LINNAEA_TEST_PYTHON;
  if (python === undefined) return undefined;
  const found: { rows: number; seconds: number; processor: number; peak: number } = JSON.parse(
    execFileSync(python, ['-c', polars, file, String(runs)]).toString(),
  );
  if (found.rows !== features) throw new Error(`polars has read ${found.rows} rows`);
  return found;
}

await inFolder('gct', async (folder) => {
  const file = join(folder, 'bench.gct');
  await writeLines(file, gctLines());
  const { imported, megabytes } = await measureImport(
    { label: 'GCT', kind: 'expression', file, folder, rows: features, target: 150 },
    async (bytes) => (await readMatrix(bytes, { format: 'gct', report: () => {} })).rows,
  );
  const peer = measurePolars(file);
  const name = 'polars read_csv';
  print('GCT import, processor time', imported.processorSeconds, 's', peer && { name, value: peer.processor });
  if (!peer) return;
  const speed = { name: `${name}, nothing written`, value: megabytes / peer.seconds };
  print('GCT import', imported.megabytesPerSecond, 'MB/s of text', speed);
  print('GCT import, peak memory of the process', imported.peakMegabytes, 'MB', { name, value: peer.peak });
});
