/** What a recorded answer leaves open: ids and numbers bound at first sight, times, and the order of lists. */
export type Bindings = Map<string, string>;

const placeholder = /<(uuid:\d+|tx:\d+|ts)>/g;

/** The text with every placeholder that is bound replaced. */
export function substitute(text: string, bindings: Bindings): string {
  return text.replace(placeholder, (whole, name: string) => bindings.get(name) ?? whole);
}

/** Why the answer is not what was recorded; null when it is. Binds placeholders as it goes. */
export function mismatch(expected: unknown, actual: unknown, bindings: Bindings, path = ''): string | null {
  if (typeof expected === 'string') return textMismatch(expected, actual, bindings, path);
  if (Array.isArray(expected)) return listMismatch(expected, actual, bindings, path);
  if (isObject(expected)) {
    if (!isObject(actual)) return `${path}: not an object: ${show(actual)}`;
    for (const [name, value] of Object.entries(expected)) {
      if (!Object.hasOwn(actual, name)) return `${path}.${name}: missing`;
      const reason = mismatch(value, actual[name], bindings, `${path}.${name}`);
      if (reason !== null) return reason;
    }
    return null;
  }
  return expected === actual ? null : `${path}: expected ${show(expected)}, got ${show(actual)}`;
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 200);
}

function textMismatch(expected: string, actual: unknown, bindings: Bindings, path: string): string | null {
  const wrong = `${path}: expected ${show(substitute(expected, bindings))}, got ${show(actual)}`;
  const names: string[] = [];
  let pattern = '';
  let last = 0;
  for (const match of expected.matchAll(placeholder)) {
    pattern += literal(expected.slice(last, match.index));
    last = match.index + match[0].length;
    const name = match[1] ?? '';
    const bound = bindings.get(name);
    if (name === 'ts') pattern += '[0-9T:+.\\- Z]+?';
    else if (bound !== undefined) pattern += literal(bound);
    else {
      names.push(name);
      pattern += name.startsWith('tx') ? '(\\d+)' : '([0-9a-f-]{36})';
    }
  }
  if (last === 0) return expected === actual ? null : wrong;
  const text = typeof actual === 'number' ? String(actual) : actual;
  if (typeof text !== 'string') return wrong;
  const found = new RegExp(`^${pattern}${literal(expected.slice(last))}$`, 's').exec(text);
  if (!found) return wrong;
  for (const [place, name] of names.entries()) bindings.set(name, found[place + 1] ?? '');
  return null;
}

function listMismatch(expected: unknown[], actual: unknown, bindings: Bindings, path: string): string | null {
  if (!Array.isArray(actual)) return `${path}: not a list: ${show(actual)}`;
  if (actual.length !== expected.length)
    return `${path}: ${expected.length} items expected, got ${actual.length}: ${show(actual)}`;
  const before = new Map(bindings);
  const restore = (state: Bindings) => {
    bindings.clear();
    for (const [name, value] of state) bindings.set(name, value);
  };
  let reason: string | null = null;
  for (const [place, item] of expected.entries()) {
    reason ??= mismatch(item, actual[place], bindings, `${path}[${place}]`);
  }
  if (reason === null) return null;
  restore(before);
  const left = [...actual];
  for (const item of expected) {
    const place = left.findIndex((candidate) => {
      const state = new Map(bindings);
      if (mismatch(item, candidate, bindings) === null) return true;
      restore(state);
      return false;
    });
    if (place < 0) return reason;
    left.splice(place, 1);
  }
  return null;
}
