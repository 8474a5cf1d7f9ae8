import assert from 'node:assert/strict';
import { CatalogueError } from '@linnaea/model';

/** A copy of a tree without its spans, for comparing. */
export function withoutSpans(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutSpans);
  if (node === null || typeof node !== 'object') return node;
  const entries = Object.entries(node).filter(([name]) => name !== 'at');
  return Object.fromEntries(entries.map(([name, value]) => [name, withoutSpans(value)]));
}

/** Asserts a `query-syntax` error at a 0-based position, with what it expected, and a message that says both. */
export function assertSyntaxError(parse: () => unknown, position: number, expected: RegExp): void {
  assert.throws(parse, (error: unknown) => {
    assert.ok(error instanceof CatalogueError, String(error));
    assert.equal(error.kind, 'invalid');
    assert.equal(error.code, 'query-syntax');
    assert.equal(error.details.position, position, error.message);
    assert.match(String(error.details.expected), expected);
    assert.ok(
      error.message.startsWith(`Expected ${error.details.expected} at character ${position + 1}`),
      error.message,
    );
    return true;
  });
}
