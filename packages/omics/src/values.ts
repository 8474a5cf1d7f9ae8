import { type ExpressionCondition, type ExpressionQuery, isLeaf, type Literal, type Ordering } from '@linnaea/query';

/** A tree of conditions on measurements only, or what it comes to. */
export type ValueTree = ExpressionQuery | boolean;

/** Tests the measurements of one row, given by place in the signal's list of measurements; missing is NaN. */
export type ValuesTest = (values: ArrayLike<number>) => boolean;

/** Replaces the conditions on features by what they come to, and leaves those on measurements. */
export function residual(tree: ExpressionQuery, holds: (leaf: ExpressionCondition) => boolean): ValueTree {
  if (isLeaf<ExpressionCondition>(tree)) return tree.subject.kind === 'feature' ? holds(tree) : tree;
  if (tree.kind === 'not') {
    const term = residual(tree.term, holds);
    return typeof term === 'boolean' ? !term : { ...tree, term };
  }
  const decisive = tree.kind === 'or';
  const terms: ExpressionQuery[] = [];
  for (const each of tree.terms) {
    const term = residual(each, holds);
    if (term === decisive) return decisive;
    if (typeof term !== 'boolean') terms.push(term);
  }
  const [only] = terms;
  if (only === undefined) return !decisive;
  return terms.length === 1 ? only : { ...tree, terms };
}

/** Places of the measurements that a tree looks at; those that the signal lacks are left out. */
export function measurementsOf(tree: ExpressionQuery, measurements: readonly string[]): number[] {
  const places = new Set<number>();
  const visit = (node: ExpressionQuery): void => {
    if (isLeaf<ExpressionCondition>(node)) places.add(placeOf(node, measurements));
    else if (node.kind === 'not') visit(node.term);
    else node.terms.forEach(visit);
  };
  visit(tree);
  places.delete(-1);
  return [...places].sort((a, b) => a - b);
}

export function compileTest(tree: ExpressionQuery, measurements: readonly string[]): ValuesTest {
  if (isLeaf<ExpressionCondition>(tree)) {
    const place = placeOf(tree, measurements);
    const test = compileLeaf(tree);
    return place < 0 ? () => test(Number.NaN) : (values) => test(values[place]!);
  }
  if (tree.kind === 'not') {
    const test = compileTest(tree.term, measurements);
    return (values) => !test(values);
  }
  const tests = tree.terms.map((term) => compileTest(term, measurements));
  return tree.kind === 'and'
    ? (values) => tests.every((test) => test(values))
    : (values) => tests.some((test) => test(values));
}

/** Without a name, the first measurement is meant. */
function placeOf(leaf: ExpressionCondition, measurements: readonly string[]): number {
  const { name } = leaf.subject;
  return name === null ? Math.min(0, measurements.length - 1) : measurements.indexOf(name);
}

function compileLeaf(leaf: ExpressionCondition): (value: number) => boolean {
  switch (leaf.kind) {
    case 'equals': {
      const numbers = numbersOf(leaf.values);
      const admitsMissing = leaf.values.some(({ kind }) => kind === 'null');
      const { negated } = leaf;
      return (value) => (Number.isNaN(value) ? admitsMissing : numbers.includes(value)) !== negated;
    }
    case 'compare':
      return ordering(leaf.operator, leaf.number);
    case 'range': {
      const above = ordering(leaf.low.inclusive ? '>=' : '>', leaf.low.number);
      const below = ordering(leaf.high.inclusive ? '<=' : '<', leaf.high.number);
      return (value) => above(value) && below(value);
    }
    case 'contains': {
      const wanted = leaf.text.toLowerCase();
      return (value) => !Number.isNaN(value) && String(value).toLowerCase().includes(wanted);
    }
  }
}

/** A missing value stands in no order to any number, as NaN does. */
function ordering(operator: Ordering, number: number): (value: number) => boolean {
  switch (operator) {
    case '<':
      return (value) => value < number;
    case '<=':
      return (value) => value <= number;
    case '>':
      return (value) => value > number;
    case '>=':
      return (value) => value >= number;
  }
}

function numbersOf(values: readonly Literal[]): number[] {
  return values.flatMap((value) => (value.kind === 'text' && value.number !== null ? [value.number] : []));
}

export interface Bounds {
  low: number;
  high: number;
}

/** Between which values all that a tree over ONE measurement admits must lie; undefined when nothing is known. */
export function boundsOf(tree: ExpressionQuery): Bounds | undefined {
  if (isLeaf<ExpressionCondition>(tree)) return leafBounds(tree);
  if (tree.kind === 'not') return undefined;
  const bounds = tree.terms.map(boundsOf);
  if (tree.kind === 'or') {
    const known = bounds.filter((each) => each !== undefined);
    if (known.length < bounds.length) return undefined;
    return { low: Math.min(...known.map(({ low }) => low)), high: Math.max(...known.map(({ high }) => high)) };
  }
  const known = bounds.filter((each) => each !== undefined);
  if (known.length === 0) return undefined;
  return { low: Math.max(...known.map(({ low }) => low)), high: Math.min(...known.map(({ high }) => high)) };
}

function leafBounds(leaf: ExpressionCondition): Bounds | undefined {
  switch (leaf.kind) {
    case 'equals': {
      if (leaf.negated || leaf.values.some(({ kind }) => kind === 'null')) return undefined;
      const numbers = numbersOf(leaf.values);
      return { low: Math.min(...numbers), high: Math.max(...numbers) };
    }
    case 'compare':
      return leaf.operator.startsWith('<')
        ? { low: Number.NEGATIVE_INFINITY, high: leaf.number }
        : { low: leaf.number, high: Number.POSITIVE_INFINITY };
    case 'range':
      return { low: leaf.low.number, high: leaf.high.number };
    case 'contains':
      return undefined;
  }
}
