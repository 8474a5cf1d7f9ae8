import { createHash } from 'node:crypto';
import { nodeKey, writeArray, writeArrayMetadata } from '../zarr/arrays.ts';
import { textCodecs, zstd } from '../zarr/codecs.ts';
import type { ZarrStore } from '../zarr/store.ts';
import { encodeVlenUtf8 } from '../zarr/vlen-utf8.ts';
import { columnChunk, type FeatureColumn, nodeNames } from './layout.ts';

const missingTexts = new Set(['', 'nan', 'null', 'n/a', 'na', 'filtered']);
const numberPattern = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** Reads a cell of a feature column as a number: NaN when it is missing, undefined when it is a text. */
export function readNumber(cell: string): number | undefined {
  const text = cell.trim();
  if (missingTexts.has(text.toLowerCase())) return Number.NaN;
  if (numberPattern.test(text)) return Number(text);
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(text);
  return infinite === null ? undefined : infinite[1] === '-' ? -Infinity : Infinity;
}

/** Writes texts of unknown number to a one-dimensional array, a chunk at a time. */
class TextColumn {
  count = 0;
  /** The texts as numbers, as long as all of them are missing or numbers, and some are. */
  numbers: Float64Array[] | undefined = [];
  hasNumber = false;
  readonly #store: ZarrStore;
  readonly #path: string;
  #texts: string[] = [];
  #chunk = 1;

  constructor(store: ZarrStore, path: string) {
    this.#store = store;
    this.#path = path;
  }

  async add(texts: readonly string[], count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      if (this.#texts.push(texts[i] ?? '') === columnChunk) await this.#flush();
    }
  }

  /** Ends the array. With `asNumbers` it becomes one of float64 if all cells allow it. */
  async finish(dimension: string, asNumbers: boolean): Promise<'string' | 'numeric'> {
    if (this.#texts.length > 0) await this.#flush();
    const type = this.hasNumber && this.numbers !== undefined ? 'numeric' : 'string';
    if (type === 'numeric' && asNumbers) await this.#rewrite(this.numbers ?? [], dimension);
    else await this.#describe(dimension);
    return type;
  }

  async #flush(): Promise<void> {
    const position = Math.floor(this.count / columnChunk);
    this.count += this.#texts.length;
    this.#readNumbers();
    // A short column is one chunk of its own length; of a long one, the last chunk is stored whole like the others.
    if (position === 0) this.#chunk = this.#texts.length;
    while (this.#texts.length < this.#chunk) this.#texts.push('');
    await this.#store.set(nodeKey(this.#path, `c/${position}`), zstd(encodeVlenUtf8(this.#texts)));
    this.#texts = [];
  }

  #readNumbers(): void {
    if (this.numbers === undefined) return;
    const numbers = new Float64Array(this.#texts.length);
    for (let i = 0; i < numbers.length; i++) {
      const number = readNumber(this.#texts[i]!);
      if (number === undefined) {
        this.numbers = undefined;
        return;
      }
      this.hasNumber ||= !Number.isNaN(number);
      numbers[i] = number;
    }
    this.numbers.push(numbers);
  }

  async #describe(dimension: string): Promise<void> {
    await writeArrayMetadata(this.#store, this.#path, {
      type: 'string',
      shape: [this.count],
      chunks: [this.#chunk],
      dimensions: [dimension],
      codecs: textCodecs,
      attributes: textAttributes,
    });
  }

  /** The chunks have the same length, so that every text chunk is overwritten. */
  async #rewrite(parts: Float64Array[], dimension: string): Promise<void> {
    const all = new Float64Array(this.count);
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    const options = { type: 'float64', attributes: arrayAttributes } as const;
    await writeArray(this.#store, this.#path, { ...options, dimensions: [dimension], chunks: [this.#chunk] }, all);
  }
}

export const arrayAttributes = { 'encoding-type': 'array', 'encoding-version': '0.2.0' };
export const textAttributes = { 'encoding-type': 'string-array', 'encoding-version': '0.2.0' };

/** The table of features (`var` to AnnData), written while the rows go by. */
export class FeatureTable {
  readonly #names: readonly string[];
  readonly #nodes: string[];
  readonly #columns: TextColumn[];
  readonly #digest = createHash('sha256');

  constructor(store: ZarrStore, names: readonly string[]) {
    this.#names = names;
    this.#nodes = ['_index', ...nodeNames(names.slice(1))];
    this.#columns = this.#nodes.map((node) => new TextColumn(store, `/var/${node}`));
    this.#digest.update(`${JSON.stringify(names)}\n`);
  }

  get count(): number {
    return this.#columns[0]!.count;
  }

  async add(features: readonly string[][], count: number): Promise<void> {
    for (let i = 0; i < count; i++)
      this.#digest.update(`${JSON.stringify(features.map((column) => column[i] ?? ''))}\n`);
    for (const [i, column] of this.#columns.entries()) await column.add(features[i] ?? [], count);
  }

  /** Ends the columns. The first stays text, whatever it holds: it is AnnData's index. */
  async finish(): Promise<{ columns: FeatureColumn[]; digest: string }> {
    const columns: FeatureColumn[] = [];
    for (const [i, column] of this.#columns.entries()) {
      const type = await column.finish('var', i > 0);
      columns.push({ name: this.#names[i] ?? '', type, node: this.#nodes[i]! });
    }
    return { columns, digest: this.#digest.digest('hex') };
  }
}

/** Writes a whole column of texts. */
export async function writeTextColumn(
  store: ZarrStore,
  path: string,
  dimension: string,
  texts: readonly string[],
): Promise<void> {
  const column = new TextColumn(store, path);
  await column.add(texts, texts.length);
  await column.finish(dimension, false);
}
