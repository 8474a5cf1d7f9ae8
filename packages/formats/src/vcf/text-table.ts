const LONGEST_SHARED = 64;
const START_SLOTS = 64;

/**
 * Texts by number, taken from bytes: equal short texts get one number and are decoded once, so that a column of
 * genotype texts does not become a string per genotype. Place 0 is the missing value `.`.
 */
export class TextTable {
  readonly texts: string[] = ['.'];
  /** Whether some text was not valid UTF-8. */
  damaged = false;
  private slots = new Int32Array(START_SLOTS);
  private hashes: number[] = [0];
  private starts: number[] = [0];
  private ends: number[] = [1];
  private pool = Buffer.from('.'.padEnd(256));
  private poolSize = 1;

  /** Number of the text `buffer[start..end)`. */
  add(buffer: Buffer, start: number, end: number): number {
    const length = end - start;
    if (length === 1 && buffer[start] === 46) return 0;
    if (length > LONGEST_SHARED) return this.append(decode(buffer, start, end, this), 0, 0, 0);
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ (buffer[at] ?? 0), 0x01000193);
    const mask = this.slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (let code = this.slots[slot] ?? 0; code !== 0; code = this.slots[slot] ?? 0) {
      if (this.hashes[code] === hash && this.equals(code, buffer, start, length)) return code;
      slot = (slot + 1) & mask;
    }
    const from = this.keep(buffer, start, end);
    const code = this.append(decode(buffer, start, end, this), hash, from, from + length);
    this.slots[slot] = code;
    if (code * 2 > this.slots.length) this.rehash();
    return code;
  }

  private equals(code: number, buffer: Buffer, start: number, length: number): boolean {
    const from = this.starts[code] ?? 0;
    if ((this.ends[code] ?? 0) - from !== length) return false;
    for (let at = 0; at < length; at += 1) if (this.pool[from + at] !== buffer[start + at]) return false;
    return true;
  }

  private append(text: string, hash: number, start: number, end: number): number {
    this.texts.push(text);
    this.hashes.push(hash);
    this.starts.push(start);
    this.ends.push(end);
    return this.texts.length - 1;
  }

  private keep(buffer: Buffer, start: number, end: number): number {
    const from = this.poolSize;
    if (from + end - start > this.pool.length) {
      const larger = Buffer.allocUnsafe(this.pool.length * 2 + end - start);
      this.pool.copy(larger, 0, 0, from);
      this.pool = larger;
    }
    buffer.copy(this.pool, from, start, end);
    this.poolSize = from + end - start;
    return from;
  }

  private rehash(): void {
    this.slots = new Int32Array(this.slots.length * 4);
    const mask = this.slots.length - 1;
    for (let code = 1; code < this.texts.length; code += 1) {
      if (this.ends[code] === 0) continue;
      const hash = this.hashes[code] ?? 0;
      let slot = (hash ^ (hash >>> 15)) & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = code;
    }
  }
}

function decode(buffer: Buffer, start: number, end: number, table: TextTable): string {
  const text = buffer.toString('utf8', start, end);
  if (text.includes('\ufffd')) table.damaged = true;
  return text;
}
