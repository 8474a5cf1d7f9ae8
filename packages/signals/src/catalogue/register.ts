import { type Queryable, sql, type Transaction } from '@linnaea/database';
import { CatalogueError } from '@linnaea/model';
import { readNumber } from '../matrix/columns.ts';
import { columnChunk } from '../matrix/layout.ts';
import type { MatrixReader } from '../matrix/read.ts';

/** A list of features that can be read more than once, some at a time. */
export interface FeatureSource {
  /** Equal digests are equal lists. */
  digest: string;
  count: number;
  columns: { name: string; type: 'string' | 'numeric' }[];
  /** Cells of a column, in order; NaN is a missing number. */
  cells(column: number): AsyncIterable<ArrayLike<string | number>>;
}

export interface NewSignal {
  groupId: number;
  layout: 'matrix' | 'variants';
  prefix: string;
  /** As `nextVersion` answered; without it the file starts outside of any chain. */
  version?: { chain: string; version: number };
  features?: FeatureSource;
  featureCount: number;
  /** Records of the runs, in the order of the store. */
  runIds: readonly number[];
  measurements?: readonly string[];
  dataClass?: string;
  separator?: string;
}

/** The features of a store of measurements. */
export function featuresOf(reader: MatrixReader): FeatureSource {
  const { featureDigest, featureCount, featureColumns } = reader.describe();
  return {
    digest: featureDigest,
    count: featureCount,
    columns: featureColumns,
    async *cells(column) {
      for (let start = 0; start < featureCount; start += columnChunk) {
        const length = Math.min(columnChunk, featureCount - start);
        yield reader.featureColumn(
          featureColumns[column]!.name,
          Int32Array.from({ length }, (_, i) => start + i),
        );
      }
    },
  };
}

/** Makes written measurements known, with their runs and features. Answers the signal's id. */
export async function registerSignal(tx: Transaction, signal: NewSignal): Promise<number> {
  const featureSetId = signal.features === undefined ? null : await registerFeatures(tx, signal.features);
  const row = await tx.first<{ id: number }>(sql`
    insert into signal (group_id, layout, prefix, chain, version, feature_set_id, feature_count, run_count, measurements, data_class, separator)
    values (${signal.groupId}, ${signal.layout}, ${signal.prefix}, ${signal.version?.chain ?? null}, ${signal.version?.version ?? 0},
      ${featureSetId}, ${signal.featureCount}, ${signal.runIds.length}, ${signal.measurements ?? []}::text[],
      ${signal.dataClass ?? null}, ${signal.separator ?? null})
    returning id`);
  const id = row!.id;
  const runs = signal.runIds.entries().map(([position, runId]) => [id, position, runId]);
  await tx.copyIn('signal_run', ['signal_id', 'position', 'run_id'], runs);
  return id;
}

/**
 * Prepares a new version of the file of `previousGroupId`: its chain, begun now if it had none, loses its active version.
 * Answers what `registerSignal` takes. Throws `signal-not-found` when that file has no measurements.
 */
export async function nextVersion(
  tx: Transaction,
  previousGroupId: number,
): Promise<{ chain: string; version: number }> {
  // The lock makes a second newcomer wait and then see the chain of the first.
  const previous = await tx.first<{ id: number; chain: string | null }>(
    sql`select id, chain from signal where group_id = ${previousGroupId} for update`,
  );
  if (previous === undefined) {
    throw new CatalogueError('not-found', 'signal-not-found', 'The file to be superseded has no measurements');
  }
  const chain = previous.chain ?? (await startChain(tx, previous.id));
  const locked = await tx.query<{ version: number }>(sql`select version from signal where chain = ${chain} for update`);
  await tx.run(sql`update signal set active = false where chain = ${chain} and active`);
  return { chain, version: Math.max(...locked.map(({ version }) => version)) + 1 };
}

async function startChain(tx: Transaction, signalId: number): Promise<string> {
  const row = await tx.first<{ chain: string }>(sql`
    update signal set chain = 'GSVC' || lpad(nextval('signal_chain_number')::text, 6, '0'), version = 1
    where id = ${signalId} returning chain`);
  return row!.chain;
}

/** Feature lists that no signal uses any more; answers how many went. */
export function deleteUnusedFeatures(db: Queryable): Promise<number> {
  return db.run(sql`delete from feature_set s where not exists (select 1 from signal where feature_set_id = s.id)`);
}

async function registerFeatures(tx: Transaction, features: FeatureSource): Promise<number> {
  const added = await tx.first<{ id: number }>(sql`
    insert into feature_set (digest, feature_count) values (${features.digest}, ${features.count})
    on conflict (digest) do nothing returning id`);
  if (added === undefined) {
    const known = await tx.first<{ id: number }>(sql`select id from feature_set where digest = ${features.digest}`);
    return known!.id;
  }
  const set = added.id;
  const columns = features.columns.entries().map(([ordinal, { name, type }]) => [set, ordinal, name, type]);
  await tx.copyIn('feature_column', ['feature_set_id', 'ordinal', 'name', 'type'], columns);
  await tx.copyIn('feature', ['feature_set_id', 'position', 'name'], nameRows(set, features));
  for (let ordinal = 1; ordinal < features.columns.length; ordinal++) {
    const rows = attributeRows(set, ordinal, features);
    await tx.copyIn('feature_attribute', ['feature_set_id', 'ordinal', 'position', 'text', 'number'], rows);
  }
  return set;
}

async function* nameRows(set: number, features: FeatureSource): AsyncGenerator<[number, number, string]> {
  let position = 0;
  for await (const cells of features.cells(0)) {
    for (let i = 0; i < cells.length; i++) yield [set, position++, String(cells[i])];
  }
}

type AttributeRow = [set: number, ordinal: number, position: number, text: string | null, number: number | null];

async function* attributeRows(set: number, ordinal: number, features: FeatureSource): AsyncGenerator<AttributeRow> {
  let position = 0;
  for await (const cells of features.cells(ordinal)) {
    for (let i = 0; i < cells.length; i++) yield [set, ordinal, position++, ...searchable(cells[i]!)];
  }
}

function searchable(cell: string | number): [text: string | null, number: number | null] {
  const number = typeof cell === 'number' ? cell : readNumber(cell);
  if (number === undefined) return [String(cell), null];
  return Number.isNaN(number) ? [null, null] : [String(cell), number];
}
