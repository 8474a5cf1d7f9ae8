import type { MatrixHeader, MatrixRows } from '@linnaea/formats';
import type { ObjectStore } from '@linnaea/objects';
import { createGroup } from '../zarr/arrays.ts';
import { type ZarrStore, zarrStore } from '../zarr/store.ts';
import { FeatureTable, writeTextColumn } from './columns.ts';
import { Encoder } from './encoder.ts';
import { descriptionAttribute, type MatrixDescription, type Measurement, nodeNames } from './layout.ts';
import { ShardedArrayWriter } from './sharded-array.ts';

/** A table of measurements that can be read from its start more than once. */
export interface MatrixSource {
  header: MatrixHeader;
  rows: AsyncIterable<MatrixRows>;
}

/**
 * Writes a table of measurements as an AnnData store below `prefix`, in one pass over the rows and bounded memory.
 * A measurement is float32 unless some number of it would lose digits; when that shows late, what was written goes and
 * the table is read again by another call of `open`. Fails as the source or the object store fails; what was written by
 * then stays below `prefix`, which nothing refers to yet.
 */
export async function writeMatrix(options: {
  store: ObjectStore;
  prefix: string;
  open: () => Promise<MatrixSource>;
}): Promise<MatrixDescription> {
  const wide = new Set<number>();
  for (;;) {
    const encoder = new Encoder();
    try {
      const written = await writeOnce(zarrStore(options.store, options.prefix), await options.open(), wide, encoder);
      if (written !== undefined) return written;
    } finally {
      await encoder.close();
    }
    await options.store.deleteAll(`${options.prefix}/`);
  }
}

/** Answers undefined when a measurement turned out to need float64; it is then among `wide`. */
async function writeOnce(
  store: ZarrStore,
  source: MatrixSource,
  wide: Set<number>,
  encoder: Encoder,
): Promise<MatrixDescription | undefined> {
  const { header } = source;
  const features = new FeatureTable(store, header.featureColumns);
  const arrays = new Arrays(store, header, wide, encoder);
  try {
    if (!(await writeRows(source.rows, features, arrays))) return undefined;
    const { columns, digest } = await features.finish();
    const description: MatrixDescription = {
      layout: 1,
      runCount: header.runs.length,
      featureCount: features.count,
      measurements: await arrays.finish(features.count),
      featureColumns: columns,
      runAttributes: await writeRuns(store, header),
      featureDigest: digest,
    };
    await writeGroups(store, description);
    return description;
  } finally {
    await arrays.settle();
  }
}

/** Answers false as soon as a number does not fit. */
async function writeRows(rows: AsyncIterable<MatrixRows>, features: FeatureTable, arrays: Arrays): Promise<boolean> {
  for await (const block of rows) {
    if (!arrays.accept(block.float32)) return false;
    await features.add(block.features, block.count);
    if (!(await arrays.add(block))) return false;
  }
  return arrays.flush();
}

/** The arrays of all measurements; they begin with the first row, when their type is known as far as it can be. */
class Arrays {
  readonly #start: () => ShardedArrayWriter[];
  readonly #names: readonly string[];
  readonly #wide: Set<number>;
  #writers: ShardedArrayWriter[] | undefined;

  constructor(store: ZarrStore, header: MatrixHeader, wide: Set<number>, encoder: Encoder) {
    const paths = ['/X', ...nodeNames(header.measurements.slice(1)).map((node) => `/layers/${node}`)];
    const typeOf = (i: number) => (wide.has(i) ? 'float64' : 'float32');
    this.#start = () =>
      paths.map((path, i) => new ShardedArrayWriter(store, path, typeOf(i), header.runs.length, encoder));
    this.#names = header.measurements;
    this.#wide = wide;
  }

  /** Takes notice of what the reader of the file says of the next rows; false when it comes too late. */
  accept(float32: readonly boolean[]): boolean {
    const lossy = float32.flatMap((fits, i) => (fits || this.#wide.has(i) ? [] : [i]));
    for (const i of lossy) this.#wide.add(i);
    return lossy.length === 0 || this.#writers === undefined;
  }

  async add(block: MatrixRows): Promise<boolean> {
    this.#writers ??= this.#start();
    for (const [i, writer] of this.#writers.entries()) await writer.add(block.values[i]!, block.count);
    return this.#areLossless();
  }

  async flush(): Promise<boolean> {
    this.#writers ??= this.#start();
    for (const writer of this.#writers) await writer.flush();
    return this.#areLossless();
  }

  async finish(featureCount: number): Promise<Measurement[]> {
    const measurements: Measurement[] = [];
    for (const [i, writer] of (this.#writers ?? []).entries()) {
      measurements.push(await writer.finish(featureCount, this.#names[i] ?? 'value'));
    }
    return measurements;
  }

  /** Waits for what is being written: it must not appear after the store has been emptied for another try. */
  async settle(): Promise<void> {
    for (const writer of this.#writers ?? []) await writer.settle();
  }

  #areLossless(): boolean {
    const lossy = (this.#writers ?? []).flatMap((writer, i) => (writer.lossy ? [i] : []));
    for (const i of lossy) this.#wide.add(i);
    return lossy.length === 0;
  }
}

async function writeRuns(store: ZarrStore, header: MatrixHeader): Promise<MatrixDescription['runAttributes']> {
  await writeTextColumn(store, '/obs/_index', 'obs', header.runs);
  const names = [...header.runAttributes.keys()];
  const nodes = nodeNames(names);
  const attributes = names.map((name, i) => ({ name, node: nodes[i]! }));
  for (const { name, node } of attributes) {
    await writeTextColumn(store, `/obs/${node}`, 'obs', header.runAttributes.get(name) ?? []);
  }
  return attributes;
}

/** The groups come last: a store without its root is one whose writing failed. */
async function writeGroups(store: ZarrStore, description: MatrixDescription): Promise<void> {
  const frame = (columns: { node: string }[]) => ({
    'encoding-type': 'dataframe',
    'encoding-version': '0.2.0',
    _index: '_index',
    'column-order': columns.map(({ node }) => node),
  });
  const dictionary = { 'encoding-type': 'dict', 'encoding-version': '0.1.0' };
  await Promise.all([
    createGroup(store, '/obs', frame(description.runAttributes)),
    createGroup(store, '/var', frame(description.featureColumns.slice(1))),
    ...['layers', 'obsm', 'varm', 'obsp', 'varp', 'uns'].map((name) => createGroup(store, `/${name}`, dictionary)),
  ]);
  await createGroup(store, '/', {
    'encoding-type': 'anndata',
    'encoding-version': '0.1.0',
    [descriptionAttribute]: description,
  });
}
