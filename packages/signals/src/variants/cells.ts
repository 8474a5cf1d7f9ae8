import {
  type FlagColumn,
  type FloatColumn,
  floatWords,
  type IntegerColumn,
  isMissingFloat,
  MISSING_INTEGER,
  type StringColumn,
  setMissingFloat,
  type VcfType,
} from '@linnaea/formats';
import { decimalOf } from '../matrix/decimal.ts';
import type { ElementArray, ElementType } from '../zarr/arrays.ts';
import type { TextChunk } from './text-chunk.ts';

export type Cells = IntegerColumn | FloatColumn | StringColumn | FlagColumn;

/** How the values of a field are stored. */
export interface Shape {
  stored: ElementType;
  width: number;
  joined: boolean;
}

/** `count` cells of a column from cell `start` on, which become the cells from `target` on of a chunk. */
export interface CellRun {
  cells: Cells;
  start: number;
  count: number;
  target: number;
}

const missing = -1;
const fill = -2;
/** Words of VCF Zarr's float sentinels. */
const missing32 = 0x7f800001;
const fill32 = 0x7f800002;
const high64 = 0x7ff00000;
const exactInFloat32 = 2 ** 24;

/** What a column needs at least. */
export function shapeOf(cells: Cells): Shape {
  if (cells.type === 'Flag') return { stored: 'bool', width: 1, joined: false };
  let width = 1;
  const { offsets } = cells;
  for (let cell = 1; cell < offsets.length; cell++) {
    const count = offsets[cell]! - offsets[cell - 1]!;
    if (count > width) width = count;
  }
  return { stored: storedTypeOf(cells), width, joined: false };
}

function storedTypeOf(cells: Exclude<Cells, FlagColumn>): ElementType {
  if (cells.type === 'String') return 'string';
  if (cells.type === 'Float') return cells.float32 ? 'float32' : 'float64';
  let low = 0;
  let high = 0;
  let clash = false;
  for (const value of cells.values) {
    if (value === MISSING_INTEGER) continue;
    if (value < low) low = value;
    if (value > high) high = value;
    if (value === missing || value === fill) clash = true;
  }
  // The numbers -1 and -2 mean "missing" and "none" in the integers of VCF Zarr; as floats they are themselves.
  if (clash) return Math.max(-low, high) <= exactInFloat32 ? 'float32' : 'float64';
  if (low >= -128 && high <= 127) return 'int8';
  return low >= -32768 && high <= 32767 ? 'int16' : 'int32';
}

const ranks: readonly ElementType[] = ['bool', 'int8', 'int16', 'int32', 'float32', 'float64', 'string'];

/** The narrowest type that holds everything of both. */
export function widerType(a: ElementType, b: ElementType): ElementType {
  const wider = ranks[Math.max(ranks.indexOf(a), ranks.indexOf(b))] ?? 'string';
  // Integers of more than 24 bits do not fit float32.
  const mixed = wider === 'float32' && (a === 'int32' || b === 'int32');
  return mixed ? 'float64' : wider;
}

/** Values of cells that hold nothing. */
export function emptyChunk(shape: Shape, cells: number): ElementArray {
  const length = cells * shape.width;
  switch (shape.stored) {
    case 'bool':
      return new Uint8Array(length);
    case 'int8':
      return new Int8Array(length).fill(fill);
    case 'int16':
      return new Int16Array(length).fill(fill);
    case 'int32':
      return new Int32Array(length).fill(fill);
    case 'float32':
      return new Float32Array(new Uint32Array(length).fill(fill32).buffer);
    case 'float64':
      return new Float64Array(new BigUint64Array(length).fill(0x7ff0000000000002n).buffer);
    default:
      return new Array<string>(length).fill('');
  }
}

/** Writes runs of cells into a chunk made by `emptyChunk`. */
export function pack(runs: readonly CellRun[], shape: Shape, chunk: ElementArray): void {
  for (const run of runs) {
    const { cells, start, count, target } = run;
    if (cells.type === 'Flag') {
      for (let i = 0; i < count; i++) chunk[target + i] = cells.values[start + i]!;
    } else if (Array.isArray(chunk)) {
      packTexts(run, shape, chunk);
    } else if (cells.type === 'Integer') {
      packIntegers(cells, run, shape.width, chunk);
    } else if (cells.type === 'Float') {
      packFloats(cells, run, shape.width, chunk);
    }
  }
}

function packIntegers(cells: IntegerColumn, run: CellRun, width: number, chunk: Exclude<ElementArray, string[]>): void {
  const words = new Uint32Array(chunk.buffer, 0, Math.floor(chunk.byteLength / 4));
  const isFloat = chunk instanceof Float32Array || chunk instanceof Float64Array;
  const { offsets, values } = cells;
  for (let i = 0; i < run.count; i++) {
    const end = offsets[run.start + i + 1]!;
    let at = (run.target + i) * width;
    for (let from = offsets[run.start + i]!; from < end; from++, at++) {
      const value = values[from]!;
      if (value !== MISSING_INTEGER) chunk[at] = value;
      else if (isFloat) setMissing(words, at, chunk);
      else chunk[at] = missing;
    }
  }
}

function packFloats(cells: FloatColumn, run: CellRun, width: number, chunk: Exclude<ElementArray, string[]>): void {
  const words = new Uint32Array(chunk.buffer, 0, Math.floor(chunk.byteLength / 4));
  const sourceWords = floatWords(cells.values);
  const { offsets, values } = cells;
  for (let i = 0; i < run.count; i++) {
    const end = offsets[run.start + i + 1]!;
    let at = (run.target + i) * width;
    for (let from = offsets[run.start + i]!; from < end; from++, at++) {
      if (isMissingFloat(sourceWords, from)) setMissing(words, at, chunk);
      else chunk[at] = values[from]!;
    }
  }
}

function setMissing(words: Uint32Array, at: number, chunk: ElementArray): void {
  if (chunk instanceof Float64Array) {
    words[at * 2] = 1;
    words[at * 2 + 1] = high64;
  } else {
    words[at] = missing32;
  }
}

function packTexts(run: CellRun, shape: Shape, chunk: string[]): void {
  const { cells } = run;
  if (cells.type === 'Flag') return;
  const text = textsOf(cells);
  for (let i = 0; i < run.count; i++) {
    const start = cells.offsets[run.start + i]!;
    const end = cells.offsets[run.start + i + 1]!;
    const at = (run.target + i) * shape.width;
    if (shape.joined) {
      const values: string[] = [];
      for (let from = start; from < end; from++) values.push(text(from));
      chunk[at] = values.join(',');
    } else {
      for (let from = start; from < end; from++) chunk[at + from - start] = text(from);
    }
  }
}

/** Gives value `index` of a column as text. */
function textsOf(cells: Exclude<Cells, FlagColumn>): (index: number) => string {
  if (cells.type === 'String') return (index) => cells.table[cells.values[index]!]!;
  if (cells.type === 'Integer') {
    return (index) => (cells.values[index] === MISSING_INTEGER ? '.' : String(cells.values[index]));
  }
  const words = floatWords(cells.values);
  return (index) => (isMissingFloat(words, index) ? '.' : String(cells.values[index]));
}

/** The number of values of a cell, and whether value `at` of a chunk is one (not filled up). */
export function isFill(chunk: ElementArray | TextChunk, words: Uint32Array, at: number): boolean {
  if (chunk instanceof Float32Array) return words[at] === fill32;
  if (chunk instanceof Float64Array) return words[at * 2] === 2 && words[at * 2 + 1] === high64;
  if (chunk instanceof Uint8Array) return chunk[at] === 0;
  if (Array.isArray(chunk)) return chunk[at] === '';
  if ('isEmpty' in chunk) return chunk.isEmpty(at);
  return chunk[at] === fill;
}

/** Value `at` of a chunk: null when missing. Must not be asked of filled places. */
export function valueAt(chunk: ElementArray | TextChunk, words: Uint32Array, at: number): number | string | null {
  if (chunk instanceof Float32Array) return words[at] === missing32 ? null : decimalOf(chunk[at]!);
  if (chunk instanceof Float64Array) return words[at * 2] === 1 && words[at * 2 + 1] === high64 ? null : chunk[at]!;
  if (Array.isArray(chunk)) return chunk[at] === '.' ? null : chunk[at]!;
  if ('isEmpty' in chunk) {
    const text = chunk.text(at);
    return text === '.' ? null : text;
  }
  return chunk[at] === missing ? null : chunk[at]!;
}

/** The 32-bit words of a chunk of floats, for telling NaNs apart. */
export function wordsOf(chunk: ElementArray | TextChunk): Uint32Array {
  if (chunk instanceof Float32Array || chunk instanceof Float64Array) {
    return new Uint32Array(chunk.buffer, chunk.byteOffset, chunk.byteLength / 4);
  }
  return new Uint32Array(0);
}

/** Collects cells, taken from chunks, into a column of a field's type. */
export class CellCollector {
  private readonly type: VcfType;
  private readonly offsets: number[] = [0];
  private readonly values: number[] = [];
  private readonly missing: number[] = [];
  private readonly table: string[] = ['.'];
  private readonly codes = new Map<string, number>();

  constructor(type: VcfType) {
    this.type = type;
  }

  /** Adds cell `cell` of a chunk, or an empty one when there is no chunk. */
  add(chunk: ElementArray | TextChunk | undefined, words: Uint32Array, shape: Shape, cell: number): void {
    if (chunk !== undefined && shape.joined) {
      const start = cell * shape.width;
      if (!isFill(chunk, words, start))
        for (const text of String(valueAt(chunk, words, start) ?? '.').split(','))
          this.push(text === '.' ? null : text);
    } else if (chunk !== undefined) {
      const start = cell * shape.width;
      for (let at = start; at < start + shape.width && !isFill(chunk, words, at); at++)
        this.push(valueAt(chunk, words, at));
    }
    this.offsets.push(this.values.length);
  }

  private push(value: number | string | null): void {
    if (this.type === 'String' || this.type === 'Character') {
      this.values.push(value === null ? 0 : this.code(String(value)));
    } else if (this.type === 'Flag') {
      this.values.push(1);
    } else if (value === null) {
      this.missing.push(this.values.length);
      this.values.push(MISSING_INTEGER);
    } else {
      this.values.push(Number(value));
    }
  }

  private code(text: string): number {
    const known = this.codes.get(text);
    if (known !== undefined) return known;
    const code = this.table.push(text) - 1;
    this.codes.set(text, code);
    return code;
  }

  column(): Cells {
    const offsets = Uint32Array.from(this.offsets);
    if (this.type === 'Integer') return { type: 'Integer', offsets, values: Int32Array.from(this.values) };
    if (this.type === 'Float') {
      const values = Float64Array.from(this.values);
      const words = floatWords(values);
      for (const index of this.missing) setMissingFloat(words, index);
      return { type: 'Float', offsets, values, float32: false };
    }
    if (this.type === 'Flag') {
      return {
        type: 'Flag',
        values: Uint8Array.from({ length: offsets.length - 1 }, (_, i) => Number(offsets[i + 1]! > offsets[i]!)),
      };
    }
    return { type: 'String', offsets, values: Int32Array.from(this.values), table: this.table };
  }
}
