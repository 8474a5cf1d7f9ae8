const prime1 = 0x9e3779b1;
const prime2 = 0x85ebca77;
const prime3 = 0xc2b2ae3d;
const prime4 = 0x27d4eb2f;
const prime5 = 0x165667b1;

const rotate = (value: number, bits: number) => (value << bits) | (value >>> (32 - bits));
const round = (lane: number, word: number) => Math.imul(rotate(lane + Math.imul(word, prime2), 13), prime1);
const word = (bytes: Uint8Array, at: number) =>
  bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);

/** The 32-bit xxHash (seed 0) that LZ4 frames carry, fed piece by piece. */
export class Xxh32 {
  readonly #lanes = new Int32Array([prime1 + prime2, prime2, 0, -prime1]);
  readonly #pending = new Uint8Array(16);
  #pendingLength = 0;
  #total = 0;

  update(bytes: Uint8Array): this {
    this.#total += bytes.length;
    let at = 0;
    if (this.#pendingLength > 0) {
      at = Math.min(16 - this.#pendingLength, bytes.length);
      this.#pending.set(bytes.subarray(0, at), this.#pendingLength);
      this.#pendingLength += at;
      if (this.#pendingLength < 16) return this;
      this.#stripe(this.#pending, 0);
      this.#pendingLength = 0;
    }
    for (; at + 16 <= bytes.length; at += 16) this.#stripe(bytes, at);
    this.#pending.set(bytes.subarray(at));
    this.#pendingLength = bytes.length - at;
    return this;
  }

  /** The hash of everything so far, 0 to 2^32 - 1. */
  digest(): number {
    const lanes = this.#lanes;
    const mixed = rotate(lanes[0]!, 1) + rotate(lanes[1]!, 7) + rotate(lanes[2]!, 12) + rotate(lanes[3]!, 18);
    let hash = this.#total >= 16 ? mixed : prime5;
    hash = (hash + this.#total) | 0;
    let at = 0;
    for (; at + 4 <= this.#pendingLength; at += 4) {
      hash = Math.imul(rotate(hash + Math.imul(word(this.#pending, at), prime3), 17), prime4);
    }
    for (; at < this.#pendingLength; at += 1) {
      hash = Math.imul(rotate(hash + Math.imul(this.#pending[at]!, prime5), 11), prime1);
    }
    hash = Math.imul(hash ^ (hash >>> 15), prime2);
    hash = Math.imul(hash ^ (hash >>> 13), prime3);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  #stripe(bytes: Uint8Array, at: number): void {
    const lanes = this.#lanes;
    lanes[0] = round(lanes[0]!, word(bytes, at));
    lanes[1] = round(lanes[1]!, word(bytes, at + 4));
    lanes[2] = round(lanes[2]!, word(bytes, at + 8));
    lanes[3] = round(lanes[3]!, word(bytes, at + 12));
  }
}
