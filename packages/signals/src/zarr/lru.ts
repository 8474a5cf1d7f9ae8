/** Keeps what was used last while the weights add up to at most `capacity`. A single heavier item is not kept. */
export class Lru<T> {
  readonly #items = new Map<string, T>();
  readonly #capacity: number;
  readonly #weigh: (item: T) => number;
  #weight = 0;

  constructor(capacity: number, weigh: (item: T) => number = () => 1) {
    this.#capacity = capacity;
    this.#weigh = weigh;
  }

  get(key: string): T | undefined {
    const item = this.#items.get(key);
    if (item === undefined) return undefined;
    this.#items.delete(key);
    this.#items.set(key, item);
    return item;
  }

  set(key: string, item: T): void {
    this.delete(key);
    const weight = this.#weigh(item);
    if (weight > this.#capacity) return;
    this.#items.set(key, item);
    this.#weight += weight;
    for (const oldest of this.#items.keys()) {
      if (this.#weight <= this.#capacity) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const item = this.#items.get(key);
    if (item === undefined) return;
    this.#items.delete(key);
    this.#weight -= this.#weigh(item);
  }
}
