import { FieldError } from './conditions.ts';

/** What one request may ask for; more is refused before the database is asked. */
export const limits = {
  /** Characters of a document. */
  length: 500_000,
  tokens: 60_000,
  /** Lists within lists. */
  depth: 20,
  /** Fields after fragments are spread, and lists or counts among them. */
  fields: 10_000,
  lists: 1_000,
  /** Milliseconds that the database may take. */
  time: 60_000,
} as const;

/** Counts what a request asks for. */
export class Budget {
  #fields = 0;
  #lists = 0;

  field(): void {
    this.#fields += 1;
    if (this.#fields > limits.fields) throw new TooMuch(`The query asks for more than ${limits.fields} fields`);
  }

  list(depth: number): void {
    this.#lists += 1;
    if (this.#lists > limits.lists) throw new TooMuch(`The query asks for more than ${limits.lists} lists and counts`);
    if (depth > limits.depth) throw new TooMuch(`The query is nested deeper than ${limits.depth} lists`);
  }
}

/** Refuses the whole request. */
export class TooMuch extends FieldError {}
