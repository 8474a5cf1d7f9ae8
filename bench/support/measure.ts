import { once } from 'node:events';
import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
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
export async function timed(file: string, work: () => Promise<void>): Promise<Timing> {
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
export async function timeImport(kind: ImportKind, file: string, folder: string): Promise<Timing> {
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

/** The limit: the file copied by streams. */
export async function timeCopy(file: string): Promise<Timing> {
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
