const utf8 = new TextDecoder();

/** Texts as Zarr's `vlen-utf8`: their number, then each one's length in bytes and its bytes, all lengths uint32 little-endian. */
export function encodeVlenUtf8(texts: readonly string[]): Uint8Array {
  let length = 4 + 4 * texts.length;
  for (const text of texts) length += Buffer.byteLength(text);
  const out = Buffer.allocUnsafe(length);
  out.writeUInt32LE(texts.length, 0);
  let at = 4;
  for (const text of texts) {
    const written = out.write(text, at + 4);
    out.writeUInt32LE(written, at);
    at += 4 + written;
  }
  return out;
}

/** Undoes `encodeVlenUtf8`. Throws when a length points past the end. */
export function decodeVlenUtf8(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(0, true);
  if (count > (bytes.length - 4) / 4) throw new Error(`A chunk of ${bytes.length} bytes cannot hold ${count} texts`);
  const texts = new Array<string>(count);
  let at = 4;
  for (let i = 0; i < count; i++) {
    const end = at + 4 + view.getUint32(at, true);
    if (end > bytes.length) throw new Error('A text runs past the end of its chunk');
    texts[i] = utf8.decode(bytes.subarray(at + 4, end));
    at = end;
  }
  return texts;
}
