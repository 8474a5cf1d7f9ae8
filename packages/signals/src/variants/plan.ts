import { chromosomeKey, isLeaf, type Region, type VariantCondition, type VariantQuery } from '@linnaea/query';
import { rowsOfIds } from './id-index.ts';
import { type VariantLayout, variantRows } from './layout.ts';

/** Where the variants of a query can be. Undefined parts do not narrow anything. */
export interface Plan {
  /** Chunks of variants, ascending. */
  chunks: number[] | undefined;
  /** Variants, ascending; all within the chunks. */
  rows: Set<number> | undefined;
}

interface PlanContext {
  layout: VariantLayout;
  load: (array: string, chunk: number) => Promise<Int32Array>;
  regionsOf: (feature: string) => readonly Region[];
}

const everywhere: Plan = { chunks: undefined, rows: undefined };

/** Finds by the indexes where variants can be that a query asks for. */
export async function planQuery(query: VariantQuery, context: PlanContext): Promise<Plan> {
  if (isLeaf<VariantCondition>(query)) return planLeaf(query, context);
  if (query.kind === 'not') return everywhere;
  let plan: Plan | undefined;
  for (const term of query.terms) {
    const next = await planQuery(term, context);
    if (plan === undefined) plan = next;
    else plan = query.kind === 'and' ? intersect(plan, next) : unite(plan, next);
  }
  return plan ?? everywhere;
}

async function planLeaf(leaf: VariantCondition, { layout, load, regionsOf }: PlanContext): Promise<Plan> {
  if (leaf.kind === 'region' && !leaf.negated) return chunksOf(layout, leaf.regions);
  if (leaf.kind === 'feature' && !leaf.negated) return chunksOf(layout, leaf.values.flatMap(regionsOf));
  if (leaf.kind !== 'id' || leaf.negated) return everywhere;
  const rows = (await rowsOfIds(leaf.values, layout.ids, load)).sort((a, b) => a - b);
  const chunks = [...new Set(rows.map((row) => Math.floor(row / variantRows)))];
  return { chunks, rows: new Set(rows) };
}

function chunksOf(layout: VariantLayout, regions: readonly Region[]): Plan {
  const names = layout.contigs.map(({ id }) => chromosomeKey(id));
  const chunks = new Set<number>();
  for (const region of regions) {
    const wanted = chromosomeKey(region.chrom);
    for (const [chunk, contig, start, end] of layout.regions) {
      if (names[contig!] !== wanted || end! < region.start || (region.end !== null && start! > region.end)) continue;
      chunks.add(chunk!);
    }
  }
  return { chunks: [...chunks].sort((a, b) => a - b), rows: undefined };
}

function intersect(a: Plan, b: Plan): Plan {
  if (a.chunks === undefined) return b;
  if (b.chunks === undefined) return a;
  const others = new Set(b.chunks);
  const chunks = a.chunks.filter((chunk) => others.has(chunk));
  if (a.rows === undefined || b.rows === undefined) return { chunks, rows: a.rows ?? b.rows };
  return { chunks, rows: new Set([...a.rows].filter((row) => b.rows?.has(row))) };
}

function unite(a: Plan, b: Plan): Plan {
  if (a.chunks === undefined || b.chunks === undefined) return everywhere;
  const chunks = [...new Set([...a.chunks, ...b.chunks])].sort((x, y) => x - y);
  const rows = a.rows === undefined || b.rows === undefined ? undefined : new Set([...a.rows, ...b.rows]);
  return { chunks, rows };
}

/** A test of contig and position that all variants of a query pass: cheap, and most variants of a chunk fail it. */
export function positionTest(
  query: VariantQuery,
  layout: VariantLayout,
): ((contig: number, position: number) => boolean) | undefined {
  const terms = query.kind === 'and' ? query.terms : [query];
  const leaf = terms.find((term) => term.kind === 'region' && !term.negated);
  if (leaf?.kind !== 'region') return undefined;
  const names = layout.contigs.map(({ id }) => chromosomeKey(id));
  const ranges = leaf.regions.map(({ chrom, start, end }) => ({
    chrom: chromosomeKey(chrom),
    start,
    end: end ?? Infinity,
  }));
  const ofContig = names.map((name) => ranges.filter(({ chrom }) => chrom === name));
  return (contig, position) => ofContig[contig]!.some(({ start, end }) => position >= start && position <= end);
}

/** The columns and INFO keys that the terms of a query look at. */
export function columnsOf(query: VariantQuery): { id: boolean; filter: boolean; info: Set<string> } {
  const needed = { id: false, filter: false, info: new Set<string>() };
  const visit = (tree: VariantQuery): void => {
    if (!isLeaf<VariantCondition>(tree)) {
      for (const term of tree.kind === 'not' ? [tree.term] : tree.terms) visit(term);
      return;
    }
    switch (tree.kind) {
      case 'id':
      case 'filter':
        needed[tree.kind] = true;
        return;
      case 'exists':
        needed.info.add(tree.key);
        return;
      case 'region':
      case 'feature':
        return;
      default:
        needed.info.add(tree.subject);
    }
  };
  visit(query);
  return needed;
}
