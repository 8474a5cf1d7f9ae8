import type { ByteSource } from '../blocks.ts';

const START_CAPACITY = 1 << 20;
/** A record of a million samples has tens of megabytes; what is longer than this is not a VCF line. */
const LONGEST_LINE = 1 << 28;
const NEWLINE = 10;
const RETURN = 13;

/**
 * Walks over the lines of a source without copying them. `advance` moves within what is loaded; when it answers false,
 * `fill` loads more. A line is `buffer[start..end)` and `buffer[end]` is always a newline, so scanners need no bound.
 */
export class LineReader {
  buffer = Buffer.allocUnsafe(START_CAPACITY);
  start = 0;
  end = 0;
  /** Counts from 1. */
  line = 0;
  /** The last line ended with the file, not with a newline. */
  unterminated = false;
  /** Called with the number of each line that was left out for its length. */
  onTooLong: (line: number) => void = () => {};

  private readonly iterator: AsyncIterator<Uint8Array>;
  private next = 0;
  private scanned = 0;
  private loaded = 0;
  private skipping = false;
  private ended = false;

  constructor(source: ByteSource) {
    this.iterator = source[Symbol.asyncIterator]();
  }

  /** Moves to the next line of what is loaded; false when there is none. */
  advance(): boolean {
    for (;;) {
      if (this.next >= this.loaded) return false;
      // The newline after the loaded bytes stops the search.
      this.buffer[this.loaded] = NEWLINE;
      const found = this.buffer.indexOf(NEWLINE, Math.max(this.scanned, this.next));
      this.scanned = Math.min(found, this.loaded);
      if (found >= this.loaded && !this.ended) return false;
      if (found >= this.loaded) this.unterminated = true;
      this.start = this.next;
      this.next = found + 1;
      this.line += 1;
      if (this.skipping) {
        this.skipping = false;
        this.onTooLong(this.line);
        continue;
      }
      this.end = found;
      if (found > this.start && this.buffer[found - 1] === RETURN) {
        this.end = found - 1;
        this.buffer[this.end] = NEWLINE;
      }
      return true;
    }
  }

  /** Loads more bytes; false at the end of the source, when `advance` has given the last line as well. */
  async fill(): Promise<boolean> {
    if (this.ended) return false;
    const { done, value } = await this.iterator.next();
    if (done) {
      this.ended = true;
      return this.next < this.loaded;
    }
    this.append(value);
    return true;
  }

  /** Lets the source free what it holds, when reading stops early. */
  async close(): Promise<void> {
    if (!this.ended) await this.iterator.return?.();
    this.ended = true;
  }

  private append(chunk: Uint8Array): void {
    if (this.loaded - this.next > LONGEST_LINE) {
      this.skipping = true;
      this.next = this.loaded;
    }
    if (this.next >= this.loaded) {
      this.next = 0;
      this.loaded = 0;
      this.scanned = 0;
    }
    if (this.loaded + chunk.length + 1 > this.buffer.length) this.makeRoom(chunk.length + 1);
    this.buffer.set(chunk, this.loaded);
    this.loaded += chunk.length;
  }

  private makeRoom(bytes: number): void {
    const kept = this.loaded - this.next;
    const from = this.buffer;
    // Doubling only when half is in use keeps the copying of long lines linear.
    if ((kept + bytes) * 2 > this.buffer.length) {
      this.buffer = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, (kept + bytes) * 2));
    }
    from.copy(this.buffer, 0, this.next, this.loaded);
    this.scanned -= this.next;
    this.loaded = kept;
    this.next = 0;
  }
}
