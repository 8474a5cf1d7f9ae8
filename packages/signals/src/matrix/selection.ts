/** Positions to read, in the order of the answer. Undefined means all. */
export type Positions = ArrayLike<number> | undefined;

/** What of one part (a stripe of features, a block of runs) is wanted: places inside it, and places in the answer. */
export interface Part {
  index: number;
  inside: Int32Array;
  target: Int32Array;
}

/** Sorts positions into parts of `size`; throws a RangeError for a position that does not exist. */
export function partition(positions: Positions, count: number, size: number): Part[] {
  const length = positions?.length ?? count;
  const order = positions === undefined ? undefined : sortedOrder(positions, count);
  const parts: Part[] = [];
  for (let start = 0; start < length; ) {
    const index = Math.floor(at(positions, order, start) / size);
    let end = start;
    while (end < length && at(positions, order, end) < (index + 1) * size) end += 1;
    const inside = new Int32Array(end - start);
    const target = new Int32Array(end - start);
    for (let i = start; i < end; i++) {
      inside[i - start] = at(positions, order, i) - index * size;
      target[i - start] = order?.[i] ?? i;
    }
    parts.push({ index, inside, target });
    start = end;
  }
  return parts;
}

function at(positions: Positions, order: Int32Array | undefined, i: number): number {
  return positions === undefined ? i : positions[order?.[i] ?? i]!;
}

/** Order of ascending positions; undefined when they ascend already. */
function sortedOrder(positions: ArrayLike<number>, count: number): Int32Array | undefined {
  let ascending = true;
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i]!;
    if (!Number.isInteger(position) || position < 0 || position >= count) {
      throw new RangeError(`Position ${position} is not among ${count}`);
    }
    if (i > 0 && position < positions[i - 1]!) ascending = false;
  }
  if (ascending) return undefined;
  return Int32Array.from({ length: positions.length }, (_, i) => i).sort((a, b) => positions[a]! - positions[b]!);
}
