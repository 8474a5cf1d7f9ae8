import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';

export interface TarFile {
  name: string;
  content: () => AsyncIterable<string> | Iterable<string>;
}

const block = 512;

/** A tar archive, compressed. Tar wants the size of a file before its content, so one file at a time is held. */
export function tarGz(files: readonly TarFile[]): Readable {
  const gzip = createGzip();
  const source = Readable.from(tar(files));
  source.on('error', (error) => gzip.destroy(error));
  return source.pipe(gzip);
}

async function* tar(files: readonly TarFile[]): AsyncGenerator<Buffer> {
  for (const { name, content } of files) {
    const pieces: Buffer[] = [];
    for await (const piece of content()) pieces.push(Buffer.from(piece, 'utf8'));
    const bytes = Buffer.concat(pieces);
    yield header(name, bytes.length);
    yield bytes;
    const rest = bytes.length % block;
    if (rest > 0) yield Buffer.alloc(block - rest);
  }
  yield Buffer.alloc(2 * block);
}

/** A POSIX (ustar) header of a plain file. */
function header(name: string, size: number): Buffer {
  const bytes = Buffer.alloc(block);
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, '0')}\0`;
  bytes.write(name, 0, 100, 'utf8');
  bytes.write(octal(0o644, 8), 100, 'ascii');
  bytes.write(octal(0, 8), 108, 'ascii');
  bytes.write(octal(0, 8), 116, 'ascii');
  bytes.write(octal(size, 12), 124, 'ascii');
  bytes.write(octal(0, 12), 136, 'ascii');
  bytes.write(' '.repeat(8), 148, 'ascii');
  bytes.write('0', 156, 'ascii');
  bytes.write('ustar\x0000', 257, 'latin1');
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
  return bytes;
}
