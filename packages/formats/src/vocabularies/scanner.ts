import type { Finding, FindingLocation } from '@linnaea/model';
import type { ByteSource, FindingSink } from '../blocks.ts';
import { toUtf8Bytes } from '../text/encoding.ts';

/** No single token (a literal, a tag, a JSON object) may be longer; a file that asks for more is not a vocabulary. */
const longestToken = 8 * 1024 * 1024;

/** Thrown by tokenisers when the text at hand ends in the middle of a token. Never leaves `scan`. */
export const needMore: unique symbol = Symbol('need more text');

/** The text of a file passing by: what is before `at` is done with and forgotten. */
export class TextScanner {
  text = '';
  at = 0;
  /** No more text will come. */
  final = false;
  /** Set by a tokeniser that can make nothing of the rest. */
  stopped = false;
  readonly #sink: FindingSink;
  #line = 1;
  #lineStart = 0;
  #counted = 0;

  constructor(sink: FindingSink) {
    this.#sink = sink;
  }

  push(piece: string): void {
    this.#countTo(this.at);
    this.text = this.text.slice(this.at) + piece;
    this.#lineStart -= this.at;
    this.#counted -= this.at;
    this.at = 0;
    if (this.text.length > longestToken + piece.length) {
      this.fail('vocabulary-token-long', `A single item has more than ${longestToken} characters`, 0);
    }
  }

  /** Position of a text, or `needMore` while it may still come; -1 at the end of the file. */
  find(text: string, from: number): number | typeof needMore {
    const found = this.text.indexOf(text, from);
    return found === -1 && !this.final ? needMore : found;
  }

  /** Line and column of a position at or behind everything asked for earlier. */
  place(at: number): FindingLocation {
    this.#countTo(at);
    return { line: this.#line, column: Math.max(1, at - this.#lineStart + 1) };
  }

  warn(code: string, message: string, at = this.at, value?: unknown): void {
    this.#report({ code, severity: 'warning', message, ...(value === undefined ? {} : { value }) }, at);
  }

  error(code: string, message: string, at = this.at, value?: unknown): void {
    this.#report({ code, severity: 'error', message, ...(value === undefined ? {} : { value }) }, at);
  }

  /** An error after which nothing can be read. */
  fail(code: string, message: string, at = this.at): void {
    this.error(code, message, at);
    this.stopped = true;
  }

  #report(finding: Finding, at: number): void {
    this.#sink({ ...finding, location: this.place(at) });
  }

  #countTo(at: number): void {
    for (;;) {
      const end = this.text.indexOf('\n', this.#counted);
      if (end === -1 || end >= at) break;
      this.#line += 1;
      this.#counted = end + 1;
      this.#lineStart = this.#counted;
    }
    this.#counted = Math.max(this.#counted, Math.min(at, this.text.length));
  }
}

/**
 * Drives a tokeniser over a file: `step` takes one token from the scanner, or answers `needMore` without having moved.
 * Yields whenever the text at hand is used up, so that what was found so far can be passed on.
 */
export async function* scan(
  source: ByteSource,
  scanner: TextScanner,
  step: () => typeof needMore | undefined,
): AsyncGenerator<undefined> {
  const decoder = new TextDecoder('utf-8');
  let told = false;
  for await (const bytes of toUtf8Bytes(source)) {
    const piece = decoder.decode(bytes, { stream: true });
    if (!told && piece.includes('\ufffd')) {
      told = true;
      scanner.warn('vocabulary-encoding', 'The file holds bytes that are not UTF-8, or the sign for such bytes');
    }
    scanner.push(piece);
    while (!scanner.stopped && scanner.at < scanner.text.length && step() !== needMore);
    yield undefined;
    if (scanner.stopped) return;
  }
  scanner.push(decoder.decode());
  scanner.final = true;
  while (!scanner.stopped && scanner.at < scanner.text.length) {
    const before = scanner.at;
    // with all text at hand a tokeniser must move on; one that does not would never end
    if (step() === needMore || scanner.at === before) {
      if (!scanner.stopped) scanner.fail('vocabulary-truncated', 'The file ends in the middle of something');
    }
  }
  yield undefined;
}
