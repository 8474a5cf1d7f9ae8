/** Which numbers an array holds. */
export type NumberType = 'float32' | 'float64';

/** How an array of measurements is cut, in (runs, features). A shard is one object; its inner chunks are decoded singly. */
export interface ChunkShape {
  runs: number;
  features: number;
  /** Inner chunks along the features in one shard; along the runs a shard holds all of them. */
  stripes: number;
}

export interface FeatureColumn {
  name: string;
  type: 'string' | 'numeric';
  /** Name of the array in the group `var`. */
  node: string;
}

export interface Measurement {
  name: string;
  type: NumberType;
  /** The numbers are the shortest decimals of the stored float32, else the stored values themselves. */
  decimal: boolean;
  /** Path of the array in the store. */
  path: string;
  chunks: ChunkShape;
}

/** What is in a store of measurements; kept in the attributes of its root, so that one small read opens it. */
export interface MatrixDescription {
  layout: 1;
  runCount: number;
  featureCount: number;
  /** The first is `X` to AnnData, the others are its layers. */
  measurements: Measurement[];
  /** The first identifies the feature. */
  featureColumns: FeatureColumn[];
  runAttributes: { name: string; node: string }[];
  /** SHA-256 (hex) of the feature columns' names and cells: equal digests are equal feature lists. */
  featureDigest: string;
}

/** Name of the attribute that holds the description. */
export const descriptionAttribute = 'linnaea';
/** Features in one stored piece of a column of names or attributes. */
export const columnChunk = 16_384;

const chunkBytes = 20_480;
const largestRunBlock = 384;
const largestStripe = 8 << 20;
const shardBytes = 4 << 20;

/**
 * Chooses chunks of about 20 kB of at most 384 runs: a feature then costs few chunks and a run does not cost the whole
 * matrix. See the README for the figures. Very many runs get thinner stripes, because a stripe is filled in memory.
 */
export function chooseChunks(runs: number, type: NumberType): ChunkShape {
  const size = type === 'float32' ? 4 : 8;
  const perChunk = chunkBytes / size;
  let block = balanced(runs, largestRunBlock);
  let features = Math.max(1, Math.round(perChunk / block));
  const fitting = Math.max(1, Math.floor(largestStripe / (size * Math.max(1, runs))));
  if (features > fitting) {
    features = fitting;
    block = balanced(runs, Math.max(largestRunBlock, Math.round(perChunk / features)));
  }
  const stripe = features * roundUp(Math.max(1, runs), block) * size;
  return { runs: block, features, stripes: Math.max(1, Math.round(shardBytes / stripe)) };
}

/** Number of inner chunks along the runs. */
export function runBlocks(runCount: number, chunks: ChunkShape): number {
  return Math.max(1, Math.ceil(runCount / chunks.runs));
}

/** Equal parts of at most `limit`, so that the last one is not mostly empty. */
function balanced(count: number, limit: number): number {
  const parts = Math.max(1, Math.ceil(count / limit));
  return Math.max(1, Math.ceil(count / parts));
}

function roundUp(count: number, step: number): number {
  return Math.ceil(count / step) * step;
}

/**
 * Names of arrays for names from a file. Those are data: what could leave the folder, collide or be refused by a file
 * system is replaced. Equal results get a number.
 */
export function nodeNames(names: readonly string[]): string[] {
  const used = new Set<string>(['zarr.json', '_index']);
  return names.map((name) => {
    const base =
      name
        .replace(/[^\p{L}\p{N} _.+()%=,@#-]/gu, '_')
        .replace(/^[ ._]+|[ .]+$/g, '')
        .slice(0, 60) || 'unnamed';
    let node = base;
    for (let n = 2; used.has(node.toLowerCase()); n++) node = `${base} (${n})`;
    used.add(node.toLowerCase());
    return node;
  });
}
