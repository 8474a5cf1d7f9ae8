import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { registry } from 'zarrita';
import { decodeBlosc, encodeBlosc } from './blosc.ts';
import { decodeVlenUtf8, encodeVlenUtf8 } from './vlen-utf8.ts';

/** A codec as it stands in an array's metadata. */
export interface CodecMetadata {
  name: string;
  configuration: Record<string, unknown>;
}

const little: CodecMetadata = { name: 'bytes', configuration: { endian: 'little' } };

/** Numbers of `typeSize` bytes, compressed by Blosc with shuffle and zstd. */
export function numberCodecs(typeSize: number): CodecMetadata[] {
  const shuffle = typeSize > 1 ? 'shuffle' : 'noshuffle';
  return [
    little,
    { name: 'blosc', configuration: { typesize: typeSize, cname: 'zstd', clevel: 1, shuffle, blocksize: 0 } },
  ];
}

/** Texts of any length. */
export const textCodecs: CodecMetadata[] = [
  { name: 'vlen-utf8', configuration: {} },
  { name: 'zstd', configuration: { level: 1, checksum: false } },
];

/** Compresses bytes into one zstd frame. */
export function zstd(bytes: Uint8Array, level = 1): Uint8Array {
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: level } });
}

class BloscCodec {
  readonly kind = 'bytes_to_bytes';
  readonly typeSize: number;
  readonly level: number;

  constructor(configuration: { typesize?: number; clevel?: number }) {
    this.typeSize = configuration.typesize ?? 4;
    this.level = Math.max(1, configuration.clevel ?? 1);
  }

  encode(bytes: Uint8Array): Uint8Array {
    return encodeBlosc(bytes, this.typeSize, this.level);
  }

  async decode(bytes: Uint8Array): Promise<Uint8Array> {
    return aligned(await decodeBlosc(bytes));
  }
}

class ZstdCodec {
  readonly kind = 'bytes_to_bytes';
  readonly level: number;

  constructor(configuration: { level?: number }) {
    this.level = configuration.level ?? 1;
  }

  encode(bytes: Uint8Array): Uint8Array {
    return zstd(bytes, this.level);
  }

  decode(bytes: Uint8Array): Uint8Array {
    return aligned(zstdDecompressSync(bytes));
  }
}

/** zarrita's own can only decode, and only bytes that start their buffer. */
class VlenUtf8Codec {
  readonly kind = 'array_to_bytes';
  readonly shape: number[];

  constructor(shape: number[]) {
    this.shape = shape;
  }

  encode(chunk: { data: string[] }): Uint8Array {
    return encodeVlenUtf8(chunk.data);
  }

  decode(bytes: Uint8Array): { data: string[]; shape: number[]; stride: number[] } {
    const stride = this.shape.map((_, axis) => this.shape.slice(axis + 1).reduce((a, b) => a * b, 1));
    return { data: decodeVlenUtf8(bytes), shape: this.shape, stride };
  }
}

/** Typed arrays need their start on a multiple of the element's size; pooled buffers do not promise that. */
function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
}

type Entry = Parameters<typeof registry.set>[1] extends () => Promise<infer T> ? T : never;

let registered = false;

/** Gives zarrita our codecs, once. Every function of this folder that touches an array calls it. */
export function registerCodecs(): void {
  if (registered) return;
  registered = true;
  const register = (name: string, make: (configuration: Record<string, never>, shape: number[]) => unknown) => {
    // zarrita types codecs by numcodecs' narrower interface; its pipeline calls exactly `kind`, `encode` and `decode`.
    const entry = {
      fromConfig: (configuration: Record<string, never>, meta: { shape: number[] }) => make(configuration, meta.shape),
    };
    registry.set(name, async () => entry as unknown as Entry);
  };
  register('blosc', (configuration) => new BloscCodec(configuration));
  register('zstd', (configuration) => new ZstdCodec(configuration));
  register('vlen-utf8', (_, shape) => new VlenUtf8Codec(shape));
}
