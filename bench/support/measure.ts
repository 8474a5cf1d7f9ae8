import { once } from 'node:events';
import { createReadStream, createWriteStream, mkdtempSync, type ReadStream, rmSync, statSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import type { ImportKind } from '@linnaea/imports';
import { createImportBench } from '@linnaea/imports/testing';

export interface Peer {
  name: string;
  value: number;
}

/** Prints one figure as a line of JSON, with what it is compared with. */
export function print(name: string, value: number, unit: string, peer?: Peer): void {
  const round = (number: number) => Number(number.toPrecision(4));
  const compared = peer
    ? { peer: peer.name, peer_value: round(peer.value), ratio: Number((value / peer.value).toFixed(2)) }
    : { peer: null, peer_value: null, ratio: null };
  console.log(JSON.stringify({ name, value: round(value), unit, ...compared }));
}

/** Writes lines to a file, as fast as the disk takes them. */
export async function writeLines(file: string, lines: Iterable<string>): Promise<void> {
  const out = createWriteStream(file, { highWaterMark: 1 << 20 });
  let text = '';
  for (const line of lines) {
    text += line;
    if (text.length < 1 << 20) continue;
    if (!out.write(text)) await once(out, 'drain');
    text = '';
  }
  out.end(text);
  await once(out, 'close');
}

export interface Timing {
  /** Of the file's text. */
  megabytesPerSecond: number;
  seconds: number;
  processorSeconds: number;
  /** Largest resident size of this process meanwhile, in MB. */
  peakMegabytes: number;
}

/** Times a piece of work on a file. */
async function timed(file: string, work: () => Promise<void>): Promise<Timing> {
  let peak = process.memoryUsage.rss();
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 20);
  const used = process.cpuUsage();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  clearInterval(timer);
  const { user, system } = process.cpuUsage(used);
  return {
    seconds,
    megabytesPerSecond: statSync(file).size / 1e6 / seconds,
    processorSeconds: (user + system) / 1e6,
    peakMegabytes: peak / 1e6,
  };
}

/** Times the whole import job of a local file: kept as it came, read, judged, written, made visible. */
async function timeImport(kind: ImportKind, file: string, folder: string): Promise<Timing> {
  const bench = await createImportBench();
  try {
    bench.deps.links.localDirectories = [folder];
    return await timed(file, async () => {
      const job = await bench.run({ kind, data: { link: pathToFileURL(file).href } });
      if (job.state !== 'completed') throw new Error(JSON.stringify(job.errors));
    });
  } finally {
    await bench.close();
  }
}

export interface MeasuredImport {
  imported: Timing;
  parsed: Timing;
  copied: Timing;
  /** Size of the file's text, in MB. */
  megabytes: number;
}

/**
 * Times the import of a generated file, its parser alone (`read` answers the blocks of rows) and a copy, and prints what
 * is compared with nothing but limits. `rows` is how many are expected, `target` the parser's MB/s.
 */
export async function measureImport(
  {
    label,
    kind,
    file,
    folder,
    rows,
    target,
  }: Record<'label' | 'file' | 'folder', string> & Record<'rows' | 'target', number> & { kind: ImportKind },
  read: (bytes: ReadStream) => Promise<AsyncIterable<{ count: number }>>,
): Promise<MeasuredImport> {
  const megabytes = statSync(file).size / 1e6;
  // First, so that its memory is its own.
  const imported = await timeImport(kind, file, folder);
  const parsed = await timed(file, async () => {
    let count = 0;
    for await (const block of await read(createReadStream(file, { highWaterMark: 1 << 20 }))) count += block.count;
    if (count !== rows) throw new Error(`${count} rows were read`);
  });
  const copied = await timeCopy(file);
  const goal = { name: 'target', value: target };
  print(`${label}, size of the text`, megabytes, 'MB');
  print(`${label}, parser alone`, parsed.megabytesPerSecond, 'MB/s of text', goal);
  print(`${label}, parser alone, by processor time`, megabytes / parsed.processorSeconds, 'MB/s of text', goal);
  const copy = { name: 'copy of the file', value: copied.megabytesPerSecond };
  print(`${label} import`, imported.megabytesPerSecond, 'MB/s of text', copy);
  const limit = { name: 'limit', value: 400 };
  print(`${label} import, peak memory of the process`, imported.peakMegabytes, 'MB', limit);
  return { imported, parsed, copied, megabytes };
}

/** Works in a folder of its own, which goes at the end. */
export async function inFolder(name: string, work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), `linnaea-bench-${name}-`));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The limit: the file copied by streams. */
async function timeCopy(file: string): Promise<Timing> {
  const target = `${file}.copy`;
  const timing = await timed(file, () =>
    pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), createWriteStream(target)),
  );
  await unlink(target);
  return timing;
}

/** Numbers from 0 to 1, always the same ones. */
export function randomNumbers(): () => number {
  let state = 12345;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state / 2 ** 32;
  };
}
