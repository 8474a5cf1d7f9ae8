/** A set of positions of features: those listed (ascending), or with `inverted` all others. */
export interface PositionSet {
  readonly inverted: boolean;
  readonly positions: Int32Array;
}

export const nowhere: PositionSet = { inverted: false, positions: new Int32Array(0) };
export const everywhere: PositionSet = { inverted: true, positions: new Int32Array(0) };

export function invert(set: PositionSet): PositionSet {
  return { inverted: !set.inverted, positions: set.positions };
}

export function intersect(a: PositionSet, b: PositionSet): PositionSet {
  if (a.inverted && b.inverted) return { inverted: true, positions: merge(a.positions, b.positions) };
  if (a.inverted) return intersect(b, a);
  return { inverted: false, positions: a.positions.filter((position) => contains(b, position)) };
}

export function unite(a: PositionSet, b: PositionSet): PositionSet {
  return invert(intersect(invert(a), invert(b)));
}

export function contains(set: PositionSet, position: number): boolean {
  const { positions } = set;
  const at = lowerBound(positions, position);
  return (positions[at] === position) !== set.inverted;
}

/** Members from `first` on, below `count`, ascending. */
export function* membersFrom(set: PositionSet, first: number, count: number): Generator<number> {
  let at = lowerBound(set.positions, first);
  if (!set.inverted) {
    for (; at < set.positions.length; at++) yield set.positions[at]!;
    return;
  }
  for (let position = first; position < count; position++) {
    if (set.positions[at] === position) at += 1;
    else yield position;
  }
}

export function isEmpty(set: PositionSet): boolean {
  return !set.inverted && set.positions.length === 0;
}

function lowerBound(sorted: Int32Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function merge(a: Int32Array, b: Int32Array): Int32Array {
  const merged = new Int32Array(a.length + b.length);
  let size = 0;
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const next = j >= b.length || (i < a.length && a[i]! <= b[j]!) ? a[i]! : b[j]!;
    if (a[i] === next) i += 1;
    if (b[j] === next) j += 1;
    merged[size++] = next;
  }
  return merged.slice(0, size);
}
