import { CatalogueError } from '@linnaea/model';

/** What one query parameter may be. */
export type ParameterRule = { description?: string; required?: boolean } & (
  | { type: 'text'; allowed?: readonly string[] }
  | { type: 'integer'; minimum?: number; maximum?: number; fallback?: number }
  | { type: 'decimal' }
  | { type: 'flag'; fallback?: boolean }
  /** Repeated. */
  | { type: 'list'; allowed?: readonly string[] }
  /** Joined with commas in one. */
  | { type: 'joined' }
);
export type ParameterRules = Readonly<Record<string, ParameterRule>>;

type Value = string | number | boolean | readonly string[];

/** The query parameters of one request, checked against their rules. */
export class QueryValues {
  readonly #values: ReadonlyMap<string, Value>;

  constructor(values: ReadonlyMap<string, Value>) {
    this.#values = values;
  }

  text(name: string): string | undefined {
    const value = this.#values.get(name);
    return typeof value === 'string' ? value : undefined;
  }

  number(name: string): number | undefined {
    const value = this.#values.get(name);
    return typeof value === 'number' ? value : undefined;
  }

  flag(name: string): boolean {
    return this.#values.get(name) === true;
  }

  list(name: string): readonly string[] {
    const value = this.#values.get(name);
    return Array.isArray(value) ? value : [];
  }
}

/**
 * Reads a parsed query string (one text, or several for a repeated name). Throws `invalid` for a name without a rule,
 * for a value that breaks its rule, and for a required one that is missing.
 */
export function readQuery(rules: ParameterRules, query: Readonly<Record<string, unknown>>): QueryValues {
  const values = new Map<string, Value>();
  for (const [name, given] of Object.entries(query)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) {
      const known = Object.keys(rules);
      const hint = known.length === 0 ? 'This operation has none.' : `Known are ${known.join(', ')}.`;
      throw invalid(`Unknown query parameter "${name.slice(0, 100)}". ${hint}`);
    }
    const texts = (Array.isArray(given) ? given : [given]).map(String);
    const value = readValue(name, rule, texts);
    if (value !== undefined) values.set(name, value);
  }
  for (const [name, rule] of Object.entries(rules)) {
    if (values.has(name)) continue;
    if (rule.required) throw invalid(`The query parameter "${name}" is missing.`);
    if ('fallback' in rule && rule.fallback !== undefined) values.set(name, rule.fallback);
  }
  return new QueryValues(values);
}

function readValue(name: string, rule: ParameterRule, texts: readonly string[]): Value | undefined {
  if (rule.type === 'list') {
    for (const text of texts) checkAllowed(name, text, rule.allowed);
    return texts;
  }
  if (rule.type === 'joined')
    return texts
      .flatMap((text) => text.split(','))
      .map((text) => text.trim())
      .filter((text) => text !== '');
  const [text = '', ...more] = texts;
  if (more.length > 0) throw invalid(`The query parameter "${name}" was given more than once.`);
  if (text === '') return undefined;
  switch (rule.type) {
    case 'text':
      checkAllowed(name, text, rule.allowed);
      return text;
    case 'flag':
      if (text === 'true' || text === 'false') return text === 'true';
      throw invalid(`The query parameter "${name}" must be true or false.`);
    case 'decimal': {
      const number = Number(text);
      if (Number.isFinite(number)) return number;
      throw invalid(`The query parameter "${name}" must be a number.`);
    }
    case 'integer':
      return readInteger(name, text, rule);
  }
}

function readInteger(name: string, text: string, rule: { minimum?: number; maximum?: number }): number {
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = rule;
  const number = Number(text);
  if (!/^[+-]?\d{1,16}$/.test(text) || number < minimum || number > maximum) {
    const upper = maximum === Number.MAX_SAFE_INTEGER ? ' on' : ` to ${maximum}`;
    throw invalid(`The query parameter "${name}" must be a whole number from ${minimum}${upper}.`);
  }
  return number;
}

function checkAllowed(name: string, text: string, allowed: readonly string[] | undefined): void {
  if (allowed === undefined || allowed.includes(text)) return;
  throw invalid(`The query parameter "${name}" must be one of ${allowed.join(', ')}.`);
}

function invalid(message: string): CatalogueError {
  return new CatalogueError('invalid', 'query-parameter', message);
}
