import type { VariantRows, VcfField, VcfHeader } from '@linnaea/formats';
import type { ObjectStore } from '@linnaea/objects';
import { createGroup, writeArray } from '../zarr/arrays.ts';
import { CallWriter } from './call-writer.ts';
import { type CountingStore, countingStore } from './counting-store.ts';
import { type StoredField, sampleColumns, type VariantLayout } from './layout.ts';
import { SiteWriter } from './site-writer.ts';

export interface VariantSource {
  header: VcfHeader;
  rows: AsyncIterable<VariantRows>;
}

export interface VariantSummary {
  variants: number;
  samples: number;
  /** Chromosomes that have variants. */
  contigs: string[];
  fields: { info: VcfField[]; format: VcfField[] };
  /** Bytes of the store. */
  bytes: number;
}

/**
 * Writes variants as VCF Zarr 0.5 in Zarr v3 below `prefix`, while they are read: `open` is called once. What is only
 * known at the end (widths, types, ploidy) is guessed narrow and widened, see `GrowingArray`. Memory is bounded by a
 * chunk of each field. When it fails nothing is left below the prefix.
 */
export async function writeVariants(options: {
  store: ObjectStore;
  prefix: string;
  open: () => Promise<VariantSource>;
}): Promise<VariantSummary> {
  const { store: objects, prefix } = options;
  const target = countingStore(objects, prefix);
  try {
    return await write(target, await options.open());
  } catch (error) {
    // A write that is still under way must not come after the deletion.
    await target.settle().catch(() => {});
    await objects.deleteAll(`${prefix}/`);
    throw error;
  }
}

async function write(store: CountingStore, { header, rows }: VariantSource): Promise<VariantSummary> {
  const sites = new SiteWriter(store);
  let calls: CallWriter | undefined;
  for await (const block of rows) {
    if (block.samples > 0) {
      calls ??= new CallWriter(store, header, block);
      await calls.add(block);
    }
    await sites.add(block, header);
  }
  const { layout: site, axes } = await sites.finish(header);
  const call = await calls?.finish(site.variants, axes);
  const layout: VariantLayout = {
    layout: 1,
    version: header.version,
    meta: header.meta,
    samples: header.samples,
    contigs: header.contigs,
    filters: header.filters,
    ...site,
    callRows: calls?.rows ?? 1,
    fields: [...inOrder(site.fields, header.info), ...inOrder(call?.fields ?? [], header.format)],
    ...(call?.genotype === undefined ? {} : { genotype: call.genotype }),
  };
  await writeNames(store, layout);
  // The group comes last: until it is there, there are no variants.
  await store.settle();
  await createGroup(store, '/', groupAttributes(layout));
  await store.settle();
  return summarise(layout, store.bytes());
}

/** Fields in the order of the header, which is that of the keys in a record that is written out. */
function inOrder(fields: readonly StoredField[], definitions: ReadonlyMap<string, VcfField>): StoredField[] {
  const byId = new Map(fields.map((stored) => [stored.field.id, stored]));
  return [...definitions.keys()].flatMap((id) => byId.get(id) ?? []);
}

async function writeNames(store: CountingStore, layout: VariantLayout): Promise<void> {
  const names = async (name: string, dimension: string, texts: string[], chunk = 65_536): Promise<void> => {
    await writeArray(store, `/${name}`, { type: 'string', dimensions: [dimension], chunks: [chunk] }, texts);
  };
  // vcztools takes the chunk of this array for that of all arrays with samples.
  await names('sample_id', 'samples', layout.samples, sampleColumns);
  await names(
    'contig_id',
    'contigs',
    layout.contigs.map(({ id }) => id),
  );
  await names(
    'filter_id',
    'filters',
    layout.filters.map(({ id }) => id),
  );
  await names(
    'filter_description',
    'filters',
    layout.filters.map(({ description }) => description),
  );
  const lengths = layout.contigs.map(({ length }) => length ?? 0);
  if (lengths.length > 0 && lengths.every((length) => length > 0 && length < 2 ** 31)) {
    await writeArray(store, '/contig_length', { type: 'int32', dimensions: ['contigs'] }, Int32Array.from(lengths));
  }
  await writeArray(
    store,
    '/region_index',
    {
      type: 'int32',
      shape: [layout.regions.length, 6],
      dimensions: ['region_index_values', 'region_index_fields'],
    },
    Int32Array.from(layout.regions.flat()),
  );
}

/** Header lines that arrays do not hold go to `vcf_meta_information`, as VCF Zarr has it; ours are beside it. */
function groupAttributes(layout: VariantLayout): Record<string, unknown> {
  const inArrays = /^##(INFO|FORMAT|FILTER|contig)=/;
  const meta = layout.meta
    .filter((line) => !inArrays.test(line))
    .map((line) => {
      const equals = line.indexOf('=');
      return equals < 0 ? [line.slice(2), ''] : [line.slice(2, equals), line.slice(equals + 1)];
    });
  return { vcf_zarr_version: '0.5', source: 'linnaea', vcf_meta_information: meta, linnaea: layout };
}

function summarise(layout: VariantLayout, bytes: number): VariantSummary {
  const used = new Set(layout.regions.map((region) => region[1]));
  const fields = (of: 'info' | 'format') => layout.fields.filter((field) => field.of === of).map(({ field }) => field);
  return {
    variants: layout.variants,
    samples: layout.samples.length,
    contigs: layout.contigs.filter((_, code) => used.has(code)).map(({ id }) => id),
    fields: { info: fields('info'), format: fields('format') },
    bytes,
  };
}
