import { TextDecoder } from 'node:util';
import { type EntityFormat, type TextChunks, UnreadableDocument } from './entity-row.ts';

/** A document's bytes: all at once, or as they arrive. Text is taken as it is. */
export type DocumentSource = string | Uint8Array | AsyncIterable<Uint8Array>;

/** Pieces of this size keep the readers streaming when a whole document is handed over at once. */
const pieceLength = 65_536;

/**
 * The text of a document: UTF-8, or UTF-16 when it begins with that mark (as "Unicode text" of spreadsheets does).
 * A byte order mark is taken off. Bytes that are no text end in `UnreadableDocument`.
 */
export async function* readText(source: DocumentSource, format: EntityFormat): TextChunks {
  if (typeof source === 'string') {
    yield* pieces(source.startsWith('\ufeff') ? source.slice(1) : source);
    return;
  }
  const bytes = source instanceof Uint8Array ? slices(source) : source;
  let decoder: TextDecoder | null = null;
  let head: Uint8Array = new Uint8Array();
  try {
    for await (const chunk of bytes) {
      if (decoder) {
        yield decoder.decode(chunk, { stream: true });
        continue;
      }
      // The first two bytes tell the encoding, and may arrive apart.
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
      if (head.length < 2) continue;
      decoder = new TextDecoder(encodingOf(head), { fatal: true });
      yield decoder.decode(head, { stream: true });
    }
    decoder ??= new TextDecoder('utf-8', { fatal: true });
    yield head.length === 1 ? decoder.decode(head) : decoder.decode();
  } catch (error) {
    if (!isDecodingError(error)) throw error;
    throw new UnreadableDocument(`Unable to parse ${format === 'json' ? 'json' : 'document'}: it is not UTF-8 text`);
  }
}

function isDecodingError(error: unknown): boolean {
  return error instanceof TypeError && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA';
}

function encodingOf(head: Uint8Array): string {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  return head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : 'utf-8';
}

function* pieces(text: string): Generator<string> {
  for (let start = 0; start < text.length; start += pieceLength) yield text.slice(start, start + pieceLength);
}

async function* slices(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += pieceLength) yield bytes.subarray(start, start + pieceLength);
}
