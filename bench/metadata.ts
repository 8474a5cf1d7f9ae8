// Metadata import: samples through the whole import job (fetch, read, judge, write, index) against a raw COPY of the
// same rows as JSON into a table without indexes. Arguments: number of samples (100,000), attributes (25).
import { sql } from '@linnaea/database';
import { createImportBench } from '@linnaea/imports/testing';

const samples = Number(process.argv[2] ?? 100_000);
const attributes = Number(process.argv[3] ?? 25);
const bench = await createImportBench();

const tissues = ['liver', 'lung', 'heart', 'kidney', 'brain', 'skin'];
const header = [
  'Sample Source',
  'Sample Source ID',
  'Sex',
  'Age',
  'Tissue',
  'Organism',
  ...Array.from({ length: attributes - 6 }, (_, i) => `Attribute ${i + 1}`),
];
const lines = Array.from({ length: samples }, (_, row) => [
  'Bench',
  `S${row}`,
  row % 3 ? 'male' : 'F',
  String(20 + (row % 60)),
  tissues[row % 6]!,
  'Homo sapiens',
  ...Array.from({ length: attributes - 6 }, (_, i) => `value ${(row * (i + 3)) % 1000}`),
]);
const text = [header, ...lines].map((cells) => cells.join('\t')).join('\n');

let peak = 0;
const watch = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 50);
const link = bench.serve('samples.tsv', text);
const started = performance.now();
const job = await bench.run({ kind: 'sample', metadata: { link } });
const seconds = (performance.now() - started) / 1000;
clearInterval(watch);
if (job.state !== 'completed') throw new Error(JSON.stringify(job.errors));

await bench.database.run(sql`create table raw_copy (attributes jsonb)`);
const copyStarted = performance.now();
await bench.database.transaction((tx) =>
  tx.copyIn(
    'raw_copy',
    ['attributes'],
    lines.values().map((cells) => [Object.fromEntries(cells.map((cell, i) => [header[i]!, cell]))]),
  ),
);
const copySeconds = (performance.now() - copyStarted) / 1000;

const print = (name: string, value: number, unit: string, peer: string, peerValue: number) =>
  console.log(
    JSON.stringify({
      name,
      value: Math.round(value),
      unit,
      peer,
      peer_value: Math.round(peerValue),
      ratio: Number((value / peerValue).toFixed(2)),
    }),
  );
print('metadata import', samples / seconds, 'records/s', 'raw COPY of the same rows', samples / copySeconds);
print('metadata import, peak memory with the text itself', peak / 2 ** 20, 'MB', 'limit', 500);
await bench.close();
