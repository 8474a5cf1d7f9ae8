import * as zarr from 'zarrita';
import { encodeBlosc } from './blosc.ts';
import { type CodecMetadata, numberCodecs, registerCodecs, textCodecs, zstd } from './codecs.ts';
import type { ZarrStore } from './store.ts';
import { encodeVlenUtf8 } from './vlen-utf8.ts';

/** Element types that this catalogue stores. */
export type ElementType = 'int8' | 'uint8' | 'int16' | 'int32' | 'float32' | 'float64' | 'bool' | 'string';
export type ElementArray = Int8Array | Uint8Array | Int16Array | Int32Array | Float32Array | Float64Array | string[];

export interface ArrayOptions {
  shape: number[];
  /** Shape of a chunk; by default the whole array, at most 65,536 elements along the first axis. */
  chunks?: number[];
  type: ElementType;
  dimensions: string[];
  /** Value of elements that no chunk holds; 0, false, '' or NaN by default. */
  fill?: number | boolean | string;
  attributes?: Record<string, unknown>;
}

/** An array under construction; its chunks may be written in any order. */
export interface ArrayWriter {
  readonly shape: number[];
  readonly chunks: number[];
  /**
   * Writes the chunk at `position` (in chunks along each axis). `data` is the whole chunk in C order; at the far edges
   * it may be given clipped to the array's shape.
   */
  writeChunk(position: number[], data: ElementArray): Promise<void>;
}

const typeSizes: Record<ElementType, number> = {
  int8: 1,
  uint8: 1,
  bool: 1,
  int16: 2,
  int32: 4,
  float32: 4,
  float64: 8,
  string: 0,
};
const constructors = {
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int16: Int16Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
};
const defaultChunkRows = 65_536;

/** Creates a group. `path` starts with a slash; the root is `/`. */
export async function createGroup(
  store: ZarrStore,
  path: string,
  attributes: Record<string, unknown> = {},
): Promise<void> {
  await writeMetadata(store, path, { zarr_format: 3, node_type: 'group', attributes });
}

/** Replaces a node's attributes, e.g. when counts are known only at the end. */
export async function setAttributes(
  store: ZarrStore,
  path: string,
  attributes: Record<string, unknown>,
): Promise<void> {
  const metadata = await readMetadata(store, path);
  await writeMetadata(store, path, { ...metadata, attributes });
}

/** Writes an array's metadata and answers where its chunks go. */
export async function createArray(store: ZarrStore, path: string, options: ArrayOptions): Promise<ArrayWriter> {
  const { shape, type } = options;
  const chunks =
    options.chunks ??
    shape.map((length, axis) => Math.max(1, axis === 0 ? Math.min(length, defaultChunkRows) : length));
  const codecs = type === 'string' ? textCodecs : numberCodecs(typeSizes[type]);
  await writeArrayMetadata(store, path, { ...options, chunks, codecs });
  return {
    shape,
    chunks,
    async writeChunk(position, data) {
      const full = padChunk(data, position, options, chunks);
      await store.set(nodeKey(path, ['c', ...position].join('/')), encodeChunk(full, type));
    },
  };
}

/** Writes array metadata alone, for layouts (sharding) whose chunks the caller encodes. */
export async function writeArrayMetadata(
  store: ZarrStore,
  path: string,
  options: ArrayOptions & { chunks: number[]; codecs: CodecMetadata[] },
): Promise<void> {
  const fill = fillOf(options);
  await writeMetadata(store, path, {
    zarr_format: 3,
    node_type: 'array',
    shape: options.shape,
    data_type: options.type,
    chunk_grid: { name: 'regular', configuration: { chunk_shape: options.chunks } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    codecs: options.codecs,
    fill_value: Number.isNaN(fill) ? 'NaN' : fill,
    dimension_names: options.dimensions,
    attributes: options.attributes ?? {},
  });
}

/** Creates an array and writes all of its elements, given in C order. One-dimensional arrays are cut into chunks. */
export async function writeArray(
  store: ZarrStore,
  path: string,
  options: Omit<ArrayOptions, 'shape'> & { shape?: number[] },
  data: ElementArray,
): Promise<void> {
  const shape = options.shape ?? [data.length];
  const rows = Math.max(1, Math.min(shape[0] ?? 1, options.chunks?.[0] ?? defaultChunkRows));
  const chunks = [rows, ...shape.slice(1).map((length) => Math.max(1, length))];
  const writer = await createArray(store, path, { ...options, shape, chunks });
  const rowLength = shape.slice(1).reduce((a, b) => a * b, 1);
  const chunkLength = rows * rowLength;
  for (let i = 0; i * chunkLength < data.length; i++) {
    await writer.writeChunk([i, ...shape.slice(1).map(() => 0)], data.slice(i * chunkLength, (i + 1) * chunkLength));
  }
}

/** Opens an array; read it with `zarr.get` or `readArray`. Throws zarrita's NotFoundError when there is none. */
export async function openArray(store: ZarrStore, path: string): Promise<zarr.Array<zarr.DataType, ZarrStore>> {
  registerCodecs();
  return zarr.open.v3(zarr.root(store).resolve(path), { kind: 'array' });
}

/** Attributes of the group or array at `path`. */
export async function readAttributes(store: ZarrStore, path: string): Promise<Record<string, unknown>> {
  const { attributes } = await readMetadata(store, path);
  return typeof attributes === 'object' && attributes !== null ? { ...attributes } : {};
}

/** All elements of an array in C order. */
export async function readArray(store: ZarrStore, path: string): Promise<ElementArray> {
  const array = await openArray(store, path);
  if (array.shape.includes(0)) return array.dtype === 'string' ? [] : new Float64Array(0);
  const { data } = await zarr.get(
    array,
    array.shape.map(() => null),
  );
  if (data instanceof zarr.BoolArray) return Uint8Array.from(data, Number);
  // The element types that we write are exactly these.
  return data as ElementArray;
}

/** Texts of a one-dimensional array. */
export async function readTexts(store: ZarrStore, path: string): Promise<string[]> {
  const data = await readArray(store, path);
  if (!Array.isArray(data)) throw new Error(`${path} holds no texts`);
  return data;
}

/** Key of an object that belongs to the node at `path`. */
export function nodeKey(path: string, name: string): `/${string}` {
  return path === '/' ? `/${name}` : `/${path.replace(/^\//, '')}/${name}`;
}

/** Parsed `zarr.json` of a node. Throws when there is none. */
export async function readMetadata(store: ZarrStore, path: string): Promise<Record<string, unknown>> {
  const bytes = await store.get(nodeKey(path, 'zarr.json'));
  if (bytes === undefined) throw new Error(`No Zarr node at ${path}`);
  const parsed: unknown = JSON.parse(new TextDecoder().decode(bytes));
  if (typeof parsed !== 'object' || parsed === null)
    throw new Error(`The Zarr node at ${path} is not described by an object`);
  return { ...parsed };
}

async function writeMetadata(store: ZarrStore, path: string, metadata: unknown): Promise<void> {
  await store.set(nodeKey(path, 'zarr.json'), new TextEncoder().encode(JSON.stringify(metadata)));
}

function fillOf(options: { type: ElementType; fill?: number | boolean | string }): number | boolean | string {
  if (options.fill !== undefined) return options.fill;
  if (options.type === 'string') return '';
  if (options.type === 'bool') return false;
  return options.type.startsWith('float') ? Number.NaN : 0;
}

function encodeChunk(data: ElementArray, type: ElementType): Uint8Array {
  if (Array.isArray(data)) return zstd(encodeVlenUtf8(data));
  return encodeBlosc(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), typeSizes[type]);
}

/** A chunk is stored whole even where it sticks out of the array. */
function padChunk(data: ElementArray, position: number[], options: ArrayOptions, chunks: number[]): ElementArray {
  const length = chunks.reduce((a, b) => a * b, 1);
  if (data.length === length) return data;
  const inside = chunks.map((size, axis) => Math.min(size, options.shape[axis]! - position[axis]! * size));
  if (data.length !== inside.reduce((a, b) => a * b, 1)) {
    throw new Error(`A chunk of ${chunks.join(' x ')} was given ${data.length} elements`);
  }
  const fill = fillOf(options);
  const full =
    options.type === 'string'
      ? new Array<string>(length).fill(String(fill))
      : new constructors[options.type](length).fill(Number(fill));
  copyRows(data, full, inside, chunks, 0, 0, 0);
  return full;
}

function copyRows(
  from: ElementArray,
  to: ElementArray,
  inside: number[],
  chunks: number[],
  axis: number,
  source: number,
  target: number,
): void {
  if (axis === inside.length - 1) {
    for (let i = 0; i < inside[axis]!; i++) to[target + i] = from[source + i]!;
    return;
  }
  const sourceStep = inside.slice(axis + 1).reduce((a, b) => a * b, 1);
  const targetStep = chunks.slice(axis + 1).reduce((a, b) => a * b, 1);
  for (let i = 0; i < inside[axis]!; i++) {
    copyRows(from, to, inside, chunks, axis + 1, source + i * sourceStep, target + i * targetStep);
  }
}
