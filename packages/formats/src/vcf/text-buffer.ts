const START_CAPACITY = 1 << 18;

/** Text under construction, as bytes. */
export class TextBuffer {
  private bytes = Buffer.allocUnsafe(START_CAPACITY);
  length = 0;

  /** Makes sure that `count` more bytes fit. */
  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + count));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }

  byte(value: number): void {
    if (this.length >= this.bytes.length) this.reserve(1);
    this.bytes[this.length++] = value;
  }

  text(value: string): void {
    const { length } = value;
    this.reserve(length * 3);
    // Single characters and short names are the most frequent texts by far.
    if (length > 16) {
      this.length += this.bytes.write(value, this.length);
      return;
    }
    const start = this.length;
    for (let index = 0; index < length; index += 1) {
      const code = value.charCodeAt(index);
      if (code > 127) {
        this.length = start + this.bytes.write(value, start);
        return;
      }
      this.bytes[start + index] = code;
    }
    this.length = start + length;
  }

  integer(value: number): void {
    this.reserve(12);
    let rest = value;
    if (rest < 0) {
      this.bytes[this.length++] = 45;
      rest = -rest;
    }
    if (rest < 10) {
      this.bytes[this.length++] = 48 + rest;
      return;
    }
    let digits = 1;
    for (let limit = 10; rest >= limit; limit *= 10) digits += 1;
    this.length += digits;
    for (let at = this.length - 1; digits > 0; digits -= 1, at -= 1) {
      const tenth = Math.floor(rest / 10);
      this.bytes[at] = 48 + rest - tenth * 10;
      rest = tenth;
    }
  }

  /** A number as VCF spells it. */
  float(value: number): void {
    if (Number.isInteger(value) && Math.abs(value) < 1e9 && !Object.is(value, -0)) this.integer(value);
    else if (Number.isFinite(value)) this.text(Object.is(value, -0) ? '-0' : String(value));
    else if (Number.isNaN(value)) this.text('nan');
    else this.text(value > 0 ? 'inf' : '-inf');
  }

  /** Takes back what was added after `length`. */
  cut(length: number): void {
    this.length = length;
  }

  /** What was added, as bytes of their own; the buffer begins anew. */
  take(): Uint8Array {
    const taken = Uint8Array.prototype.slice.call(this.bytes, 0, this.length);
    this.length = 0;
    return taken;
  }
}
