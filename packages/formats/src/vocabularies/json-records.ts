import { needMore, TextScanner } from './scanner.ts';

type Expected = 'value' | 'first value' | 'key' | 'first key' | 'colon' | 'comma' | 'end';

interface Container {
  array: boolean;
  /** Key under which the container stands, '' at the top or in an array. */
  key: string;
  /** Its elements are records. */
  records: boolean;
}

const space = /[ \t\n\r]*/y;
const scalar = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;
const structural = /["{}[\]]/g;
const deepest = 200;

/**
 * Walks through JSON of any size and hands over, one at a time, the elements of arrays that stand at the top or under
 * one of `keys`. Only one element is ever held; everything else is checked for its form and passed by.
 */
export class JsonRecords {
  readonly #scanner: TextScanner;
  readonly #keys: ReadonlySet<string>;
  readonly #take: (record: unknown, key: string, start: number) => void;
  readonly #stack: Container[] = [];
  #expected: Expected = 'value';
  #key = '';
  /** Where the search for the end of the record at hand goes on, relative to its start, and how deep it is there. */
  #resume = { offset: 0, depth: 0 };

  constructor(
    scanner: TextScanner,
    keys: ReadonlySet<string>,
    take: (record: unknown, key: string, start: number) => void,
  ) {
    this.#scanner = scanner;
    this.#keys = keys;
    this.#take = take;
  }

  get complete(): boolean {
    return this.#expected === 'end';
  }

  step(): typeof needMore | undefined {
    const scanner = this.#scanner;
    space.lastIndex = scanner.at;
    space.exec(scanner.text);
    scanner.at = space.lastIndex;
    const character = scanner.text[scanner.at];
    if (character === undefined) return scanner.final ? undefined : needMore;
    switch (this.#expected) {
      case 'value':
      case 'first value':
        if (character === ']' && this.#expected === 'first value') return this.#close(character);
        return this.#value(character);
      case 'key':
      case 'first key':
        if (character === '}' && this.#expected === 'first key') return this.#close(character);
        return this.#takeKey(character);
      case 'colon':
        if (character !== ':') return this.#wrong('A colon follows a key');
        scanner.at += 1;
        this.#expected = 'value';
        return undefined;
      case 'comma':
        return this.#comma(character);
      case 'end':
        return this.#wrong('Nothing follows the end of the JSON');
    }
  }

  #value(character: string): typeof needMore | undefined {
    const parent = this.#stack.at(-1);
    if (parent?.records && (character === '{' || character === '"')) return this.#record(parent.key, character);
    if (character === '{' || character === '[') {
      if (this.#stack.length >= deepest) return this.#wrong('The JSON is nested too deeply');
      const array = character === '[';
      const key = parent === undefined || parent.array ? '' : this.#key;
      const records = array && (parent === undefined || this.#keys.has(key));
      this.#stack.push({ array, key, records });
      this.#scanner.at += 1;
      this.#expected = array ? 'first value' : 'first key';
      return undefined;
    }
    const end = character === '"' ? this.#stringEnd(this.#scanner.at) : this.#scalarEnd();
    if (end === needMore) return needMore;
    if (end === -1) return this.#wrong('This is no JSON value');
    this.#scanner.at = end;
    return this.#done();
  }

  #takeKey(character: string): typeof needMore | undefined {
    if (character !== '"') return this.#wrong('A key in double quotes is due here');
    const end = this.#stringEnd(this.#scanner.at);
    if (end === needMore) return needMore;
    if (end === -1) return this.#wrong('A key is not closed');
    // keys that matter hold no escapes
    this.#key = this.#scanner.text.slice(this.#scanner.at + 1, end - 1);
    this.#scanner.at = end;
    this.#expected = 'colon';
    return undefined;
  }

  #comma(character: string): typeof needMore | undefined {
    if (character === '}' || character === ']') return this.#close(character);
    if (character !== ',') return this.#wrong('A comma or the end of the list is due here');
    this.#scanner.at += 1;
    this.#expected = this.#stack.at(-1)?.array ? 'value' : 'key';
    return undefined;
  }

  #close(character: string): undefined {
    const open = this.#stack.pop();
    if (open === undefined || open.array !== (character === ']')) return this.#wrong(`"${character}" closes nothing`);
    this.#scanner.at += 1;
    return this.#done();
  }

  #done(): undefined {
    this.#expected = this.#stack.length === 0 ? 'end' : 'comma';
  }

  #record(key: string, character: string): typeof needMore | undefined {
    const start = this.#scanner.at;
    const end = character === '"' ? this.#stringEnd(start) : this.#objectEnd(start);
    if (end === needMore) return needMore;
    if (end === -1) return this.#wrong('The object is not closed');
    try {
      this.#take(JSON.parse(this.#scanner.text.slice(start, end)), key, start);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      const fault = start + faultOf(this.#scanner.text.slice(start, end));
      this.#scanner.error('vocabulary-json', 'The object is not JSON', fault);
    }
    this.#scanner.at = end;
    return this.#done();
  }

  #objectEnd(start: number): number | typeof needMore {
    const { text } = this.#scanner;
    let { depth } = this.#resume;
    structural.lastIndex = start + this.#resume.offset;
    for (let found = structural.exec(text); found !== null; found = structural.exec(text)) {
      const sign = found[0];
      if (sign === '"') {
        const end = this.#stringEnd(found.index);
        if (end === -1) return -1;
        if (end === needMore) {
          this.#resume = { offset: found.index - start, depth };
          return needMore;
        }
        structural.lastIndex = end;
      } else depth += sign === '{' || sign === '[' ? 1 : -1;
      if (depth > 0) continue;
      this.#resume = { offset: 0, depth: 0 };
      return found.index + 1;
    }
    this.#resume = { offset: text.length - start, depth };
    return this.#scanner.final ? -1 : needMore;
  }

  /** Position behind the string that begins at `start`, -1 when the file ends before. */
  #stringEnd(start: number): number | typeof needMore {
    let from = start + 1;
    for (;;) {
      const quote = this.#scanner.find('"', from);
      if (quote === needMore || quote === -1) return quote;
      let slashes = 0;
      while (this.#scanner.text[quote - 1 - slashes] === '\\') slashes += 1;
      if (slashes % 2 === 0) return quote + 1;
      from = quote + 1;
    }
  }

  #scalarEnd(): number | typeof needMore {
    scalar.lastIndex = this.#scanner.at;
    const length = scalar.exec(this.#scanner.text)?.[0].length ?? 0;
    const end = this.#scanner.at + length;
    const atEnd = length === 0 ? this.#scanner.text.length - this.#scanner.at < 40 : end === this.#scanner.text.length;
    if (atEnd && !this.#scanner.final) return needMore;
    return length === 0 ? -1 : end;
  }

  #wrong(message: string): undefined {
    this.#scanner.fail('vocabulary-json', message);
  }
}

/** Where an object that JSON.parse refused goes wrong; 0 when its form is right (as with a bad escape in a text). */
function faultOf(text: string): number {
  const scanner = new TextScanner(() => {});
  scanner.push(text);
  scanner.final = true;
  const walker = new JsonRecords(scanner, new Set(), () => {});
  while (!scanner.stopped && scanner.at < text.length) walker.step();
  return scanner.stopped ? scanner.at : 0;
}
