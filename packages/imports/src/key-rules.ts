import type { FindingSink } from '@linnaea/formats';
import { type Attributes, type GroupedKind, linkingAttributes } from '@linnaea/model';

export interface KeyRules {
  /** Judges the keys of one record; `line` counts from 1 in the file. */
  check(attributes: Attributes, line: number): void;
  /** To be called with the number of records read. */
  finish(count: number): void;
}

/**
 * The identifiers that a table of a kind must have so that it can be linked: a column that is missing ends the import,
 * an empty or repeated sample id is a warning (real files have them), a repeated library or preparation id an error.
 */
export function keyRules(kind: GroupedKind, header: readonly string[], file: string, report: FindingSink): KeyRules {
  const key = linkingAttributes[kind] ?? 'Sample Source ID';
  const required = kind === 'sample' ? [key] : [key, 'Sample Source ID'];
  for (const name of required) {
    if (!header.includes(name)) {
      report({
        code: 'key-column-missing',
        severity: 'error',
        message: `The column "${name}" is missing.`,
        location: { file, line: 1, attribute: name },
      });
    }
  }
  if (kind === 'sample' && !header.includes('Sample Source')) {
    report({
      code: 'column-missing',
      severity: 'warning',
      message: 'The column "Sample Source" is missing.',
      location: { file, line: 1, attribute: 'Sample Source' },
    });
  }
  const column = header.indexOf(key) + 1;
  const severity = kind === 'sample' ? 'warning' : 'error';
  const seen = new Map<string, number>();
  const place = (line: number) => ({ file, line, column, attribute: key });
  return {
    check(attributes, line) {
      const value = attributes[key];
      if (value === undefined) {
        report({ code: 'key-empty', severity, message: `"${key}" is empty.`, location: place(line) });
        return;
      }
      const text = String(value);
      const earlier = seen.get(text);
      if (earlier === undefined) seen.set(text, line);
      else
        report({
          code: 'key-repeated',
          severity,
          message: `"${key}" has the value "${text.slice(0, 200)}" of line ${earlier} again.`,
          location: place(line),
          value: text.slice(0, 200),
        });
    },
    finish(count) {
      if (count === 0)
        report({
          code: 'no-rows',
          severity: 'error',
          message: 'The file has no rows below its header.',
          location: { file, line: 1 },
        });
    },
  };
}
