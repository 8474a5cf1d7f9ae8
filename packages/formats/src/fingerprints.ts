/**
 * A set that remembers only 64-bit fingerprints of byte strings: 16 to 32 bytes an entry whatever their length. Two
 * different strings count as the same once in some 10^7 sets of a million: good enough for a warning.
 */
export class FingerprintSet {
  #slots = new Uint32Array(2 * 1024);
  #size = 0;

  /** Adds `bytes` from `start` to `end`; false when they were there before. */
  add(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
    let high = 0x811c9dc5;
    let low = 0x9e3779b9;
    for (let at = start; at < end; at += 1) {
      high = Math.imul(high ^ bytes[at]!, 0x01000193);
      low = Math.imul((low << 5) ^ (low >>> 27) ^ bytes[at]!, 0x85ebca6b);
    }
    // Zero in both halves marks a free slot.
    if (!this.#insert(this.#slots, (high ^ (high >>> 15)) >>> 0, (low ^ (low >>> 13)) >>> 0 || 1)) return false;
    this.#size += 1;
    if (this.#size * 4 > this.#slots.length) this.#grow();
    return true;
  }

  #insert(slots: Uint32Array, high: number, low: number): boolean {
    const mask = slots.length / 2 - 1;
    for (let slot = (high ^ Math.imul(low, 0x9e3779b1)) & mask; ; slot = (slot + 1) & mask) {
      if (slots[2 * slot] === high && slots[2 * slot + 1] === low) return false;
      if (slots[2 * slot + 1] !== 0) continue;
      slots[2 * slot] = high;
      slots[2 * slot + 1] = low;
      return true;
    }
  }

  #grow(): void {
    const larger = new Uint32Array(this.#slots.length * 2);
    for (let at = 0; at < this.#slots.length; at += 2) {
      if (this.#slots[at + 1] !== 0) this.#insert(larger, this.#slots[at]!, this.#slots[at + 1]!);
    }
    this.#slots = larger;
  }
}
