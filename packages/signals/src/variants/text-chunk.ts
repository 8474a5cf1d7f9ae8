/** A chunk of texts, decoded one by one when asked: a query looks at few of the ten thousand. */
export class TextChunk {
  readonly byteLength: number;
  private readonly bytes: Buffer;
  private readonly starts: Uint32Array;

  /** `bytes` as the `vlen-utf8` codec lays them out. Throws when a length points past the end. */
  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const count = this.bytes.readUInt32LE(0);
    if (count > (bytes.length - 4) / 4) throw new Error(`A chunk of ${bytes.length} bytes cannot hold ${count} texts`);
    this.starts = new Uint32Array(count + 1);
    let at = 4;
    for (let i = 0; i < count; i++) {
      this.starts[i] = at;
      at += 4 + this.bytes.readUInt32LE(at);
    }
    if (at > bytes.length) throw new Error('A text runs past the end of its chunk');
    this.starts[count] = at;
    this.byteLength = bytes.length + this.starts.byteLength;
  }

  isEmpty(index: number): boolean {
    return this.starts[index + 1]! - this.starts[index]! <= 4;
  }

  text(index: number): string {
    return this.bytes.toString('utf8', this.starts[index]! + 4, this.starts[index + 1]!);
  }
}
