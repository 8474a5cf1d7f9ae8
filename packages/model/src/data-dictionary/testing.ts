/** Test support: random valid entities of any data dictionary. For tests only; nothing at run time imports it. */
import fc from 'fast-check';
import type { Attributes, AttributeValue } from '../kind.ts';
import { compileSchema } from './schema.ts';
import {
  type DataDictionary,
  isSchemaObject,
  type LinkMember,
  type NodeKind,
  type NodeLink,
  type NodeProperty,
  own,
  type PropertyKind,
  type SchemaObject,
} from './types.ts';

export interface GraphTarget {
  id: string;
  /** Submitter id of an entity, code of the project. */
  key: string;
}

export interface GraphEntity {
  node: NodeKind;
  /** A UUID; not part of the document. */
  id: string;
  /** What one would submit: type, submitter_id, properties, and links as `{submitter_id}` or `{code}` (a list of several). */
  document: Attributes;
  links: Record<string, GraphTarget[]>;
}

export interface GraphOptions {
  project?: GraphTarget;
  maximumEntities?: number;
}

const awkwardTexts = [
  'null',
  ' blanks ',
  'a\tb',
  'say "x"',
  'two\nlines',
  '\r',
  'a,b',
  'a#b',
  '[1]',
  '["a"]',
  '{}',
  "it's",
  '5',
  'True',
  '*',
  '😀',
  'é',
  '__proto__',
  '.',
  '#1',
  '\ufeffmark',
];

function textArbitrary(): fc.Arbitrary<string> {
  const storable = fc
    .string({ unit: 'grapheme', maxLength: 12 })
    .filter((text) => !text.includes('\0') && text.isWellFormed());
  return fc.oneof(storable, fc.constantFrom(...awkwardTexts));
}

/** The first value of a keyword in the schema or its branches. */
function findKeyword(schema: AttributeValue | undefined, keyword: string, depth = 0): AttributeValue | undefined {
  if (!isSchemaObject(schema) || depth > 4) return undefined;
  const here = own(schema, keyword);
  if (here !== undefined) return here;
  for (const branches of [own(schema, 'oneOf'), own(schema, 'anyOf')]) {
    if (!Array.isArray(branches)) continue;
    for (const branch of branches) {
      const found = findKeyword(branch, keyword, depth + 1);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function kindArbitrary(kind: PropertyKind, schema: SchemaObject): fc.Arbitrary<AttributeValue> {
  const bound = (keyword: string, fallback: number) => {
    const value = findKeyword(schema, keyword);
    return typeof value === 'number' ? value : fallback;
  };
  const pattern = findKeyword(schema, 'pattern');
  if (kind === 'integer')
    return fc.integer({ min: Math.ceil(bound('minimum', -1e6)), max: Math.floor(bound('maximum', 1e6)) });
  if (kind === 'number') {
    return fc
      .double({ min: bound('minimum', -1e300), max: bound('maximum', 1e300), noNaN: true, noDefaultInfinity: true })
      .map((value) => value + 0 || 0);
  }
  if (kind === 'boolean') return fc.boolean();
  if (kind === 'date')
    return fc
      .date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString());
  if (typeof pattern === 'string')
    return fc
      .stringMatching(new RegExp(pattern.replace(/\{,/g, '{0,')))
      .filter((text) => !text.includes('\0') && text.isWellFormed());
  return textArbitrary();
}

/** Values that a property's schema accepts; null when none could be made. */
export function arbitraryValue(property: NodeProperty): fc.Arbitrary<AttributeValue> | null {
  const rule = compileSchema(property.schema);
  const accepted = property.allowed.filter((value) => rule.accepts(value)).slice(0, 50);
  const arbitraries: fc.Arbitrary<AttributeValue>[] = accepted.length > 0 ? [fc.constantFrom(...accepted)] : [];
  for (const kind of property.accepts) {
    if (kind === 'enum' || kind === 'object' || kind === 'link') continue;
    // In a table, a number beside a text is a text again: no value that a table could not carry.
    if (kind !== 'string' && property.accepts.includes('string')) continue;
    const items = property.itemAccepts[0] ?? 'string';
    const itemSchema = findKeyword(property.schema, 'items');
    const inner = isSchemaObject(itemSchema) ? itemSchema : {};
    const allowedItems = own(inner, 'enum');
    const item = Array.isArray(allowedItems) ? fc.constantFrom(...allowedItems) : kindArbitrary(items, inner);
    const made = kind === 'array' ? fc.array(item, { maxLength: 4 }) : kindArbitrary(kind, property.schema);
    if (fc.sample(made, { numRuns: 20, seed: 1 }).some((value) => rule.accepts(value)))
      arbitraries.push(made.filter((value) => rule.accepts(value)));
  }
  return arbitraries.length === 0 ? null : fc.oneof(...arbitraries);
}

const assigned = new Set(['type', 'id', 'submitter_id', 'project_id']);

/** Properties (no links, no server's properties) of one kind; null when a required one cannot be made. */
export function arbitraryProperties(node: NodeKind): fc.Arbitrary<Attributes> | null {
  const model: Record<string, fc.Arbitrary<AttributeValue>> = {};
  const requiredKeys: string[] = [];
  for (const property of node.properties.values()) {
    if (assigned.has(property.name) || property.kind === 'link' || (property.system && !property.required)) continue;
    const values = arbitraryValue(property);
    if (values) model[property.name] = values;
    else if (property.required) return null;
    if (values && property.required) requiredKeys.push(property.name);
  }
  return fc.record(model, { requiredKeys });
}

/** Numbers from 0 to below `limit`, always the same for one seed. */
function chooser(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return limit <= 0 ? 0 : (state >>> 8) % limit;
  };
}

interface Draft {
  node: NodeKind;
  id: string;
  suffix: string;
  properties: Attributes;
  seed: number;
}

/** Builds the links of drafts in order; a draft whose required links find no target is left out. */
class GraphBuilder {
  readonly entities: GraphEntity[] = [];
  readonly #project: GraphTarget;
  readonly #taken = new Set<string>();

  constructor(project: GraphTarget) {
    this.#project = project;
  }

  add(draft: Draft): void {
    const pick = chooser(draft.seed);
    const links: Record<string, GraphTarget[]> = {};
    if (!draft.node.linkTree.every((member) => this.#choose(member, links, pick, false))) return;
    const key = `${draft.node.type}-${this.entities.length}${draft.suffix}`;
    const named = Object.entries(links).map(([name, targets]): [string, AttributeValue] => {
      const link = draft.node.links.find((candidate) => candidate.name === name);
      const property = link?.targetType === 'project' ? 'code' : 'submitter_id';
      const [first, ...others] = targets.map((target) => ({ [property]: target.key }));
      return [name, first && others.length > 0 ? [first, ...others] : (first ?? [])];
    });
    const document = Object.fromEntries([
      ['type', draft.node.type],
      ['submitter_id', key],
      ...Object.entries(draft.properties),
      ...named,
    ]);
    this.entities.push({ node: draft.node, id: draft.id, document, links });
    for (const [name, targets] of Object.entries(links))
      for (const target of targets) this.#taken.add(`${draft.node.type}/${name}/${target.id}`);
  }

  #choose(
    member: LinkMember,
    links: Record<string, GraphTarget[]>,
    pick: (limit: number) => number,
    must: boolean,
  ): boolean {
    if (member.kind === 'link') return this.#link(member.link, links, pick, must);
    const { exclusive, required, members } = member.group;
    const start = pick(members.length);
    let given = 0;
    for (const [place] of members.entries()) {
      const inner = members[(start + place) % members.length];
      if (!inner || (exclusive && given > 0)) break;
      const before = Object.keys(links).length;
      this.#choose(inner, links, pick, given === 0 && (required || must));
      if (Object.keys(links).length > before) given += 1;
    }
    return given > 0 || !(required || must);
  }

  #link(link: NodeLink, links: Record<string, GraphTarget[]>, pick: (limit: number) => number, must: boolean): boolean {
    if (!must && !link.required && pick(2) === 0) return true;
    const alone = link.multiplicity === 'one_to_one' || link.multiplicity === 'one_to_many';
    const targets = this.#targets(link, alone);
    if (targets.length === 0) return !link.required;
    const several = link.multiplicity === 'one_to_many' || link.multiplicity === 'many_to_many' ? 1 + pick(3) : 1;
    const start = pick(targets.length);
    links[link.name] = [...targets.slice(start), ...targets.slice(0, start)].slice(0, several);
    return true;
  }

  #targets(link: NodeLink, alone: boolean): GraphTarget[] {
    if (link.targetType === 'project') return [this.#project];
    return this.entities.flatMap(({ node, id, document }) => {
      if (node.type !== link.targetType) return [];
      // Whoever declares it, a target is given away once per backref.
      const free = !alone || ![...this.#taken].some((taken) => taken.endsWith(`/${link.name}/${id}`));
      return free ? [{ id, key: String(document.submitter_id) }] : [];
    });
  }
}

/** Parents before children, as far as the links allow it. */
function inOrder(nodes: readonly NodeKind[]): NodeKind[] {
  const known = new Map(nodes.map((node) => [node.type, node]));
  const done = new Set<NodeKind>();
  const visit = (node: NodeKind, path: ReadonlySet<NodeKind>) => {
    if (done.has(node) || path.has(node)) return;
    for (const link of node.links) {
      const parent = known.get(link.targetType);
      if (parent) visit(parent, new Set([...path, node]));
    }
    done.add(node);
  };
  for (const node of nodes) visit(node, new Set());
  return [...done];
}

/**
 * Random valid graphs of entities within one project: parents come before children, every document passes the
 * dictionary's checks, links keep multiplicities and groups. Kinds that cannot be made by chance are left out.
 */
export function arbitraryGraph(dictionary: DataDictionary, options: GraphOptions = {}): fc.Arbitrary<GraphEntity[]> {
  const project = options.project ?? { id: '00000000-0000-4000-8000-000000000001', key: 'TEST' };
  const kinds = [...dictionary.nodes.values()].filter(
    (node) => node.inProject && node.submittable && node.category !== 'internal' && node.keyProperty === 'submitter_id',
  );
  const made = inOrder(kinds).flatMap((node, rank) => {
    const properties = arbitraryProperties(node);
    return properties ? [{ node, rank, properties }] : [];
  });
  const suffix = fc.oneof(
    fc.constant(''),
    fc.constantFrom(...awkwardTexts).map((text) => `-${text}-`),
  );
  const drafts = made.map(({ node, rank, properties }) =>
    fc.record({
      node: fc.constant(node),
      rank: fc.constant(rank),
      id: fc.uuid(),
      suffix,
      properties,
      seed: fc.integer({ min: 0, max: 0x7fffffff }),
    }),
  );
  return fc
    .array(fc.oneof(...drafts), { minLength: 1, maxLength: options.maximumEntities ?? 30, size: 'max' })
    .map((chosen) => {
      const builder = new GraphBuilder(project);
      for (const draft of [...chosen].sort((left, right) => left.rank - right.rank)) builder.add(draft);
      return builder.entities;
    });
}
