import type { Finding } from '../finding.ts';
import type { AttributeValue } from '../kind.ts';
import { isSchemaObject, own, type SchemaObject } from './types.ts';

/** Bounds against a dictionary that explodes when it is resolved (YAML aliases of aliases, references of references). */
const maximumValues = 5_000_000;
const maximumDepth = 200;

interface Resolved {
  value: AttributeValue;
  /** Number of values it expands to when written out. */
  weight: number;
}

interface Place {
  file: string;
  path: string;
  depth: number;
}

class DictionaryTooLarge extends Error {}

/**
 * Resolves the references of dictionary files, once per target: equal references give the same object.
 *
 * Both dialects are read. Gen3: `$ref: "file.yaml#/path"` or `"#/path"`, also `$ref2` and so on beside it. GDC:
 * `$ref: [list]`, later targets override earlier ones. Siblings of a reference override what it brings.
 */
export class ReferenceResolver {
  readonly findings: Finding[] = [];
  readonly #files: ReadonlyMap<string, AttributeValue>;
  readonly #done = new Map<string, Resolved>();
  readonly #open = new Set<string>();
  #spent = 0;
  #root = '';

  /** `files` by name without its ending. */
  constructor(files: ReadonlyMap<string, AttributeValue>) {
    this.#files = files;
  }

  /** The content of a file with its references resolved; null (and a finding) when the file grows out of bounds. */
  resolveFile(file: string): AttributeValue {
    this.#spent = 0;
    this.#root = file;
    try {
      return this.#resolve(this.#files.get(file) ?? null, { file, path: '', depth: 0 }).value;
    } catch (error) {
      if (!(error instanceof DictionaryTooLarge)) throw error;
      this.#report(
        'dictionary-too-large',
        `The file is nested too deeply or expands to more than ${maximumValues} values.`,
        { file, path: '', depth: 0 },
      );
      return null;
    }
  }

  #resolve(value: AttributeValue, place: Place): Resolved {
    this.#spend(1);
    if (place.depth > maximumDepth) throw new DictionaryTooLarge();
    if (Array.isArray(value)) return this.#resolveList(value, place);
    if (!isSchemaObject(value)) return { value, weight: 1 };
    const local: [string, AttributeValue][] = [];
    const brought: SchemaObject[] = [];
    let weight = 1;
    for (const [key, member] of Object.entries(value)) {
      const inner = { file: place.file, path: `${place.path}/${key}`, depth: place.depth + 1 };
      // `$ref` as the name of a property would be an object, not a reference.
      if (key.startsWith('$ref') && (typeof member === 'string' || Array.isArray(member))) {
        for (const reference of Array.isArray(member) ? member : [member]) {
          const target = this.#follow(reference, inner);
          weight += target.weight;
          if (isSchemaObject(target.value)) brought.push(target.value);
        }
        continue;
      }
      const resolved = this.#resolve(member, inner);
      weight += resolved.weight;
      local.push([key, resolved.value]);
    }
    // Local members first for the order of keys (as the peers have it), and last for precedence.
    const entries =
      brought.length === 0 ? local : [...local, ...brought.flatMap((target) => Object.entries(target)), ...local];
    return { value: Object.fromEntries(new Map(entries)), weight };
  }

  #resolveList(list: AttributeValue[], place: Place): Resolved {
    let weight = 1;
    const items = list.map((item, index) => {
      const resolved = this.#resolve(item, {
        file: place.file,
        path: `${place.path}/${index}`,
        depth: place.depth + 1,
      });
      weight += resolved.weight;
      return resolved.value;
    });
    return { value: items, weight };
  }

  #follow(reference: AttributeValue, place: Place): Resolved {
    const nothing: Resolved = { value: {}, weight: 1 };
    if (typeof reference !== 'string') {
      this.#report('reference-malformed', 'A $ref must be text or a list of texts.', place);
      return nothing;
    }
    const hash = reference.indexOf('#');
    const name = fileKey(hash < 0 ? reference : reference.slice(0, hash)) || place.file;
    const pointer = hash < 0 ? '' : reference.slice(hash + 1).replace(/^\/+|\/+$/g, '');
    // The JSON Schema meta schema is the one outside address that dictionaries name; nothing is fetched for it.
    if (reference.startsWith('http://json-schema.org/') || reference.startsWith('https://json-schema.org/'))
      return nothing;
    const key = `${name}#${pointer}`;
    const done = this.#done.get(key);
    if (done) {
      this.#spend(done.weight);
      return done;
    }
    if (this.#open.has(key)) {
      this.#report('reference-cycle', `The reference ${reference} leads back to itself.`, place, reference);
      return nothing;
    }
    const target = this.#lookUp(name, pointer);
    if (target === undefined) {
      this.#report('reference-unknown', `The reference ${reference} points to nothing.`, place, reference);
      return nothing;
    }
    this.#open.add(key);
    const resolved = this.#resolve(target, { file: name, path: `/${pointer}`, depth: place.depth + 1 });
    this.#open.delete(key);
    this.#done.set(key, resolved);
    return resolved;
  }

  #lookUp(file: string, pointer: string): AttributeValue | undefined {
    let value = this.#files.get(file);
    if (pointer === '') return value;
    for (const part of pointer.split('/')) {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
      if (Array.isArray(value)) value = value[Number(key)];
      else if (isSchemaObject(value)) value = own(value, key);
      else return undefined;
    }
    return value;
  }

  #spend(weight: number): void {
    this.#spent += weight;
    if (this.#spent > maximumValues) throw new DictionaryTooLarge();
  }

  #report(code: string, message: string, place: Place, value?: string): void {
    this.findings.push({
      code,
      severity: this.#root.startsWith('_') ? 'warning' : 'error',
      message,
      location: { file: place.file, attribute: place.path },
      ...(value === undefined ? {} : { value }),
    });
  }
}

/** `case.yaml`, `case.yml`, `case.json` and `case` are one file. */
export function fileKey(name: string): string {
  return name.replace(/\.(ya?ml|json)$/i, '');
}
