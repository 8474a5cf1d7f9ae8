/**
 * Evaluates a formula of `x` with + - * / ^ and parentheses, such as `x * 10 ^ -9` or `(x + 459.67) * 5 / 9`, as
 * `factor * x + offset`. Undefined when it is not such a formula or not linear.
 */
export function parseUnitFormula(formula: string): { factor: number; offset: number } | undefined {
  const tokens = formula.length > 500 ? null : formula.match(/\d+\.?\d*(?:[eE][+-]?\d+)?|[x()+\-*/^]|\S/g);
  if (tokens === null) return undefined;
  const parser = new FormulaParser(tokens);
  const value = parser.sum();
  if (value === undefined || !parser.finished || value.factor === 0) return undefined;
  return Number.isFinite(value.factor) && Number.isFinite(value.offset) ? value : undefined;
}

/** `factor * x + offset`. */
interface Linear {
  factor: number;
  offset: number;
}

class FormulaParser {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  get finished(): boolean {
    return this.#at === this.#tokens.length;
  }

  sum(): Linear | undefined {
    let left = this.#product();
    while (left !== undefined && (this.#next('+') || this.#next('-'))) {
      const sign = this.#tokens[this.#at - 1] === '-' ? -1 : 1;
      const right = this.#product();
      if (right === undefined) return undefined;
      left = { factor: left.factor + sign * right.factor, offset: left.offset + sign * right.offset };
    }
    return left;
  }

  #product(): Linear | undefined {
    let left = this.#power();
    while (left !== undefined && (this.#next('*') || this.#next('/'))) {
      const divides = this.#tokens[this.#at - 1] === '/';
      const right = this.#power();
      if (right === undefined) return undefined;
      left = divides ? divide(left, right) : multiply(left, right);
    }
    return left;
  }

  #power(): Linear | undefined {
    const base = this.#atom();
    if (base === undefined || !this.#next('^')) return base;
    const exponent = this.#power();
    if (exponent === undefined || base.factor !== 0 || exponent.factor !== 0) return undefined;
    return { factor: 0, offset: base.offset ** exponent.offset };
  }

  #atom(): Linear | undefined {
    if (this.#next('-')) {
      const value = this.#power();
      return value && { factor: -value.factor, offset: -value.offset };
    }
    if (this.#next('(')) {
      const value = this.sum();
      return this.#next(')') ? value : undefined;
    }
    if (this.#next('x')) return { factor: 1, offset: 0 };
    const number = Number(this.#tokens[this.#at]);
    if (Number.isNaN(number)) return undefined;
    this.#at += 1;
    return { factor: 0, offset: number };
  }

  #next(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at += 1;
    return true;
  }
}

function multiply(a: Linear, b: Linear): Linear | undefined {
  if (a.factor !== 0 && b.factor !== 0) return undefined;
  const [linear, constant] = a.factor === 0 ? [b, a.offset] : [a, b.offset];
  return { factor: linear.factor * constant, offset: linear.offset * constant };
}

function divide(a: Linear, b: Linear): Linear | undefined {
  if (b.factor !== 0 || b.offset === 0) return undefined;
  return { factor: a.factor / b.offset, offset: a.offset / b.offset };
}
