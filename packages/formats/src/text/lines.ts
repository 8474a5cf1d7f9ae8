import { CatalogueError } from '@linnaea/model';
import type { ByteSource } from '../blocks.ts';
import { decodeBytes, toUtf8Bytes } from './encoding.ts';

const lineFeed = 10;
const carriageReturn = 13;

/** Pieces of this size keep work per block high, and memory low where a source hands over huge chunks. */
const blockBytes = 128 * 1024;
const longestLine = 256 * 1024 * 1024;

/**
 * Blocks of whole lines (UTF-8 without a byte-order mark, unless the file is Windows-1252). Line ends are LF, CRLF or a
 * bare CR, also mixed; a CRLF is never cut in two, and the last line always has an end. A block is valid only until
 * the next one is asked for. A line of more than 256 MiB is a CatalogueError `line-too-long`.
 */
export async function* lineBlocks(source: ByteSource): AsyncGenerator<Uint8Array> {
  let buffer = new Uint8Array(2 * blockBytes);
  let used = 0;
  let searched = 0;
  for await (const chunk of toUtf8Bytes(source)) {
    for (let at = 0; at < chunk.length; at += blockBytes) {
      const piece = chunk.subarray(at, at + blockBytes);
      if (used + piece.length + 1 > buffer.length) buffer = grown(buffer, used, used + piece.length + 1);
      buffer.set(piece, used);
      used += piece.length;
      if (used < blockBytes) continue;
      const cut = afterLastLineEnd(buffer, searched, used);
      searched = Math.max(0, used - 1);
      if (cut === 0) continue;
      yield buffer.subarray(0, cut);
      buffer.copyWithin(0, cut, used);
      used -= cut;
      searched = Math.max(0, used - 1);
    }
  }
  if (used === 0) return;
  if (buffer[used - 1] !== lineFeed && buffer[used - 1] !== carriageReturn) buffer[used++] = lineFeed;
  yield buffer.subarray(0, used);
}

function grown(buffer: Uint8Array, used: number, needed: number): Uint8Array<ArrayBuffer> {
  if (needed > longestLine) {
    const message = 'The file holds a line of more than 256 MiB: is it text?';
    throw new CatalogueError('invalid', 'line-too-long', message);
  }
  const larger = new Uint8Array(Math.max(needed, 2 * buffer.length));
  larger.set(buffer.subarray(0, used));
  return larger;
}

/** Position behind the last line end that is complete (a CR at the very end may still turn out to be a CRLF), or 0. */
function afterLastLineEnd(buffer: Uint8Array, from: number, to: number): number {
  for (let at = to - 1; at >= from; at -= 1) {
    if (buffer[at] === lineFeed || (buffer[at] === carriageReturn && at < to - 1)) return at + 1;
  }
  return 0;
}

export interface TextLine {
  /** Counts from 1. */
  line: number;
  /** Without its end. */
  text: string;
  /** False where the bytes were no UTF-8 and have been read as Windows-1252. */
  utf8: boolean;
}

/** Goes through lines as text while there is text to read, and lets a parser take over at any line start. */
export class LineCursor {
  /** Whole lines; see `lineBlocks`. */
  block: Buffer = Buffer.alloc(0);
  /** Start of the next line within `block`. */
  position = 0;
  /** Number of the next line. */
  line = 1;
  readonly #blocks: AsyncGenerator<Uint8Array>;

  constructor(source: ByteSource) {
    this.#blocks = lineBlocks(source);
  }

  /** Makes sure that a line is at hand; false at the end. */
  async fill(): Promise<boolean> {
    while (this.position >= this.block.length) {
      const { done, value } = await this.#blocks.next();
      if (done) return false;
      this.block = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      this.position = 0;
    }
    return true;
  }

  async nextLine(): Promise<TextLine | undefined> {
    if (!(await this.fill())) return undefined;
    const end = lineEnd(this.block, this.position);
    const decoded = decodeBytes(this.block.subarray(this.position, end));
    this.position = afterLineEnd(this.block, end);
    this.line += 1;
    return { line: this.line - 1, ...decoded };
  }

  async close(): Promise<void> {
    await this.#blocks.return(undefined);
  }
}

/** Position of the LF or CR that ends the line at `from`; the block must have one. */
export function lineEnd(block: Uint8Array, from: number): number {
  let end = from;
  while (block[end] !== lineFeed && block[end] !== carriageReturn) end += 1;
  return end;
}

/** Position behind the LF, CR or CRLF at `at`. */
export function afterLineEnd(block: Uint8Array, at: number): number {
  return block[at] === carriageReturn && block[at + 1] === lineFeed ? at + 2 : at + 1;
}

/** The lines of a text, decoded one by one. */
export async function* readLines(source: ByteSource): AsyncGenerator<TextLine> {
  const cursor = new LineCursor(source);
  try {
    for (let line = await cursor.nextLine(); line; line = await cursor.nextLine()) yield line;
  } finally {
    await cursor.close();
  }
}
