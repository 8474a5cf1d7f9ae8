import { isAscii, isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import type { ByteSource } from '../blocks.ts';

type Utf16 = 'utf-16le' | 'utf-16be';

const windows1252 = new TextDecoder('windows-1252');

/**
 * Text of bytes that should be UTF-8. Bytes that are not are read as Windows-1252 (a superset of printable Latin-1), which never fails.
 * Decoding line by line makes the choice independent of how the file was cut into chunks.
 */
export function decodeBytes(bytes: Uint8Array): { text: string; utf8: boolean } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isAscii(buffer)) return { text: buffer.toString('latin1'), utf8: true };
  if (isUtf8(buffer)) return { text: buffer.toString('utf8'), utf8: true };
  return { text: windows1252.decode(bytes), utf8: false };
}

/** Removes a byte-order mark and turns UTF-16 into UTF-8; other bytes pass as they are. */
export async function* toUtf8Bytes(source: ByteSource): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array(0);
  let decoder: TextDecoder | undefined;
  for await (const chunk of source) {
    let bytes = chunk;
    if (head) {
      bytes = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
      if (bytes.length < 4) {
        // A copy: whoever sends the bytes may use their buffer again.
        head = bytes.slice();
        continue;
      }
      head = undefined;
      decoder = decoderFor(bytes);
      bytes = withoutMark(bytes);
    }
    yield decoder ? encode(decoder.decode(bytes, { stream: true })) : bytes;
  }
  if (head) {
    decoder = decoderFor(head);
    const rest = withoutMark(head);
    yield decoder ? encode(decoder.decode(rest)) : rest;
  } else if (decoder) yield encode(decoder.decode());
}

function decoderFor(bytes: Uint8Array): TextDecoder | undefined {
  const encoding = utf16Of(bytes);
  return encoding && new TextDecoder(encoding);
}

/** UTF-16 by its mark, or by the zero bytes between the first two characters of plain text. */
function utf16Of(bytes: Uint8Array): Utf16 | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  if (a && b === 0 && c && d === 0) return 'utf-16le';
  if (a === 0 && b && c === 0 && d) return 'utf-16be';
  return undefined;
}

function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

const encoder = new TextEncoder();
const encode = (text: string) => encoder.encode(text);
