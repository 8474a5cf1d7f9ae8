/**
 * Expression import: a generated GCT through the whole import job, against polars' read_csv of the same file and a copy of
 * it; and its parser alone. Arguments: features (60,000), runs (1,000).
 * LINNAEA_TEST_PYTHON names a Python with polars; without it the peer is left out.
 */
import { execFileSync } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readMatrix } from '@linnaea/formats';
import { print, randomNumbers, timeCopy, timed, timeImport, writeLines } from './support/measure.ts';

const features = Number(process.argv[2] ?? 60_000);
const runs = Number(process.argv[3] ?? 1_000);
const folder = mkdtempSync(join(tmpdir(), 'linnaea-bench-gct-'));
const file = join(folder, 'bench.gct');

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

function measurePolars(): { seconds: number; processor: number; peak: number } | undefined {
  const python = process.env.LINNAEA_TEST_PYTHON;
  if (python === undefined) return undefined;
  const found: { rows: number; seconds: number; processor: number; peak: number } = JSON.parse(
    execFileSync(python, ['-c', polars, file, String(runs)]).toString(),
  );
  if (found.rows !== features) throw new Error(`polars has read ${found.rows} rows`);
  return found;
}

try {
  await writeLines(file, gctLines());
  const megabytes = statSync(file).size / 1e6;
  // First, so that its memory is its own.
  const imported = await timeImport('expression', file, folder);
  const parsed = await timed(file, async () => {
    let count = 0;
    for await (const block of (
      await readMatrix(createReadStream(file, { highWaterMark: 1 << 20 }), { format: 'gct', report: () => {} })
    ).rows)
      count += block.count;
    if (count !== features) throw new Error(`${count} features were read`);
  });
  const copied = await timeCopy(file);
  const peer = measurePolars();
  print('GCT, size of the text', megabytes, 'MB');
  print('GCT, parser alone', parsed.megabytesPerSecond, 'MB/s of text', { name: 'target', value: 150 });
  print('GCT, parser alone, by processor time', megabytes / parsed.processorSeconds, 'MB/s of text', {
    name: 'target',
    value: 150,
  });
  print('GCT import', imported.megabytesPerSecond, 'MB/s of text', {
    name: 'copy of the file',
    value: copied.megabytesPerSecond,
  });
  print(
    'GCT import, processor time',
    imported.processorSeconds,
    's',
    peer && { name: 'polars read_csv', value: peer.processor },
  );
  if (peer)
    print('GCT import', imported.megabytesPerSecond, 'MB/s of text', {
      name: 'polars read_csv, nothing written',
      value: megabytes / peer.seconds,
    });
  print('GCT import, peak memory of the process', imported.peakMegabytes, 'MB', { name: 'limit', value: 400 });
  if (peer)
    print('GCT import, peak memory of the process', imported.peakMegabytes, 'MB', {
      name: 'polars read_csv',
      value: peer.peak,
    });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
