import { CatalogueError, type Principal } from '@linnaea/model';
import { isLeaf, type VariantCondition, type VariantQuery } from '@linnaea/query';
import { type Genotype, openVariants, type VariantReader, type VariantRecord } from '@linnaea/signals';
import { candidatesOf } from './candidates.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { OmicsDeps } from './deps.ts';
import type { CursorPage, PageRequest } from './expression-data.ts';
import type { RunSelection, SelectedRun, SelectedSignal } from './select-runs.ts';

/** A variant in a run. */
export interface VariantRow {
  signal: SelectedSignal;
  run: SelectedRun;
  /** The line of the file; `genotypes` of several runs are not in it. */
  variant: Omit<VariantRecord, 'genotypes'>;
  /** Values of the run by FORMAT key, `GT` as text. */
  genotype: Genotype;
}

/** Variants looked through for one page before what is there is answered. */
const pageVariants = 5_000_000;
const end = 2 ** 40;

/** Rows (a variant in a run) that satisfy a query, by signal, variant and run. Absent query: all rows. */
export async function variantData(
  deps: OmicsDeps,
  principal: Principal,
  selection: Omit<RunSelection, 'kind' | 'fromSignal'>,
  query: VariantQuery | undefined,
  page: PageRequest,
): Promise<CursorPage<VariantRow>> {
  requireNoFeature(query);
  const [fromSignal = 0, variant = 0, run = -1] = page.cursor === undefined ? [] : decodeCursor('v', page.cursor, 3);
  const candidates = await candidatesOf(deps.database, principal, { ...selection, kind: 'variant', fromSignal });
  const rows: VariantRow[] = [];
  let next = [fromSignal, variant, run];
  let exhausted = true;
  let budget = pageVariants;
  for await (const signal of candidates.signals()) {
    const reader = await openVariants({ store: deps.objects, prefix: signal.prefix });
    const after = signal.id === fromSignal ? { variant, run } : { variant: 0, run: -1 };
    const more = await addRows(reader, signal, query, after, rows, page.limit);
    if (more !== undefined) {
      exhausted = false;
      next = [signal.id, ...more];
      break;
    }
    budget -= signal.featureCount;
    next = [signal.id, end, -1];
    if (budget <= 0 && signal.id !== candidates.ids.at(-1) && (rows.length > 0 || !page.neverEmpty)) {
      exhausted = false;
      break;
    }
  }
  return { items: rows, exhausted, ...(exhausted && rows.length === 0 ? {} : { cursor: encodeCursor('v', next) }) };
}

/** Adds rows after a place until there are `limit`; answers the place to go on from, undefined at the signal's end. */
async function addRows(
  reader: VariantReader,
  signal: SelectedSignal,
  query: VariantQuery | undefined,
  after: { variant: number; run: number },
  rows: VariantRow[],
  limit: number,
): Promise<[variant: number, run: number] | undefined> {
  const samples = signal.runs.map(({ position }) => position);
  const selection = query === undefined ? {} : { query };
  let from: number | undefined = after.variant;
  let first = samples.findIndex((position) => position > after.run);
  if (first < 0) {
    from += 1;
    first = 0;
  }
  while (from !== undefined) {
    // the first row of the next variant tells that there is a next page
    const wanted = Math.ceil((limit - rows.length + first) / samples.length) + 1;
    const answer = await reader.query(selection, {
      samples,
      after: from,
      limit: Math.min(wanted, mostAtOnce(samples.length)),
    });
    for (const { genotypes, ...variant } of answer.rows) {
      const start: number = variant.variant === after.variant ? first : 0;
      for (let place = start; place < samples.length; place++) {
        if (rows.length === limit) return [variant.variant, place === 0 ? -1 : samples[place - 1]!];
        rows.push({ signal, run: signal.runs[place]!, variant, genotype: genotypes[place] ?? {} });
      }
    }
    from = answer.next;
  }
  return undefined;
}

/** Genotypes read at once. */
const mostGenotypes = 100_000;
function mostAtOnce(samples: number): number {
  return Math.max(1, Math.floor(mostGenotypes / samples));
}

/** Throws `invalid` for a query that names genes: where they lie is not known without a reference genome. */
export function requireNoFeature(query: VariantQuery | undefined): void {
  if (query === undefined || !namesFeature(query)) return;
  throw new CatalogueError(
    'invalid',
    'reference-genome-missing',
    'Variants can be searched by gene only with a reference genome, and there is none; name a region, for example region = chr1:1000-2000.',
  );
}

function namesFeature(tree: VariantQuery): boolean {
  if (isLeaf<VariantCondition>(tree)) return tree.kind === 'feature';
  return tree.kind === 'not' ? namesFeature(tree.term) : tree.terms.some(namesFeature);
}
