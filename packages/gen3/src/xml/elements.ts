import { readXml, type XmlAttribute, type XmlHandler } from '@linnaea/formats';
import type { Finding } from '@linnaea/model';
import { decodeXml, findFault, placeOf } from './markup.ts';

/** One element of interest. */
export interface XmlElement {
  /** Without its prefix. */
  name: string;
  /** The nearest element of interest around it. */
  parent: XmlElement | undefined;
  /** The first text under each path of names below the element, as `sample_type` or `stage_event/pathologic_stage`. */
  values: Map<string, string>;
}

/** Nothing of interest lies deeper below an element. */
const deepestPath = 3;

/**
 * Collects the elements with these names, in the order in which they open, and the texts below them. Everything else is
 * forgotten as it passes. Throws nothing: `error` says why and where the document cannot be read. Document types are
 * refused, so that no entity is ever replaced by anything.
 */
export async function readElements(
  bytes: Uint8Array,
  names: ReadonlySet<string>,
): Promise<{ elements: XmlElement[]; error: string | null }> {
  const { text, encoding, fault = findFault(text) } = decodeXml(bytes);
  if (fault) return unreadable(fault.message, placeOf(text, fault.at));
  const collector = new Collector(names);
  const findings: Finding[] = [];
  const utf8 = encoding === 'utf-8' ? bytes : Buffer.from(text);
  if (await readXml(once(utf8), collector, (finding) => findings.push(finding))) {
    return { elements: collector.elements, error: null };
  }
  const found = findings.find((finding) => finding.severity === 'error');
  return unreadable(found?.message ?? 'It is not well-formed', { line: 1, column: 1, ...found?.location });
}

function unreadable(message: string, { line, column }: { line: number; column: number }) {
  return { elements: [], error: `Unable to parse xml: ${message} (line ${line}, column ${column})` };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

interface Open {
  /** The element of interest that this one is or lies in. */
  within: XmlElement | undefined;
  path: string;
  depth: number;
  text: string;
}

class Collector implements XmlHandler {
  readonly elements: XmlElement[] = [];
  readonly #names: ReadonlySet<string>;
  readonly #open: Open[] = [];

  constructor(names: ReadonlySet<string>) {
    this.#names = names;
  }

  open(prefixed: string, _attributes: readonly XmlAttribute[]): void {
    const name = prefixed.slice(prefixed.indexOf(':') + 1);
    const around = this.#open.at(-1);
    if (this.#names.has(name)) {
      const element: XmlElement = { name, parent: around?.within, values: new Map() };
      this.elements.push(element);
      this.#open.push({ within: element, path: '', depth: 0, text: '' });
      return;
    }
    const depth = (around?.depth ?? 0) + 1;
    // a path that is too deep is not even written down
    const path = depth > deepestPath || !around?.path ? name : `${around.path}/${name}`;
    this.#open.push({ within: around?.within, path, depth, text: '' });
  }

  text(piece: string): void {
    const open = this.#open.at(-1);
    if (open?.within && open.depth > 0 && open.depth <= deepestPath) open.text += piece;
  }

  close(): void {
    const closed = this.#open.pop();
    const text = closed?.text.trim() ?? '';
    if (closed?.within && text !== '' && !closed.within.values.has(closed.path))
      closed.within.values.set(closed.path, text);
  }
}
