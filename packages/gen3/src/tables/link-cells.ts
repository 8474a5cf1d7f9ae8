import {
  type Attributes,
  type AttributeValue,
  type DataDictionary,
  type EntityFinding,
  entityFinding,
  joinAlternatives,
  type NodeKind,
  type NodeLink,
} from '@linnaea/model';
import { type Cell, needsLiteral } from './cells.ts';
import type { EntityFormat } from './entity-row.ts';

/** A column such as `cases.submitter_id`, `samples.id`, `projects.code`, `aliquots.submitter_id#2`. */
export interface LinkColumn {
  header: string;
  link: string;
  property: string;
  /** Targets of one number belong together; plain columns are number 1 and may hold several targets a cell. */
  number: number;
}

/** Takes a header apart; null when it is not a link's (has no dot). */
export function parseLinkHeader(header: string): LinkColumn | null {
  const dot = header.indexOf('.');
  if (dot < 1) return null;
  const rest = /^(.*?)(?:#(\d{1,4}))?$/s.exec(header.slice(dot + 1));
  return { header, link: header.slice(0, dot), property: rest?.[1] ?? '', number: Number(rest?.[2] ?? 1) };
}

/** The properties by which a link's targets may be named. */
function namingProperties(link: NodeLink | undefined, dictionary: DataDictionary): string[] {
  const target = link && dictionary.nodes.get(link.targetType);
  const keys = target ? target.uniqueKeys.flat() : ['submitter_id'];
  return [...new Set(['id', ...keys])].filter((name) => name !== 'project_id');
}

/** Complaints about link columns that no row can use; each row of the kind carries them. */
export function checkLinkColumns(
  columns: readonly LinkColumn[],
  node: NodeKind,
  dictionary: DataDictionary,
): EntityFinding[] {
  return columns.flatMap((column) => {
    const link = node.links.find(({ name }) => name === column.link);
    // An unknown link becomes an unknown property, which the schema refuses in the peers' words.
    if (!link) return [];
    const names = namingProperties(link, dictionary);
    if (names.includes(column.property) || column.property === 'project_id') return [];
    const message = `The column ${column.header} names no target: ${column.link} are named by ${joinAlternatives(names)}`;
    return [
      entityFinding('link-column-unknown', 'INVALID_LINK', [column.link], message, {
        suggestions: names.map((name) => `${column.link}.${name}`),
      }),
    ];
  });
}

/** The targets in one cell: one, several separated by a comma (or, in CSV, by `#`), or a JSON list of texts. */
export function splitTargets(cell: Cell, format: EntityFormat): string[] {
  const text = cell.literal ? cell.text : cell.text.trim();
  if (text === '') return [];
  if (text.startsWith('[')) {
    const written = parseTexts(text);
    if (written) return written;
  }
  if (cell.literal && !text.includes(',') && !text.includes('#')) return [text];
  const separator = format === 'csv' && text.includes('#') ? '#' : ',';
  return text.split(separator).map((part) => part.trim());
}

function parseTexts(text: string): string[] | null {
  try {
    const list: unknown = JSON.parse(text);
    if (!Array.isArray(list)) return null;
    return list.every((item) => typeof item === 'string') ? list : null;
  } catch {
    return null;
  }
}

/** The cell that names targets by one property, such that reading it gives the same names. '' stands for none. */
export function writeTargets(names: readonly string[], format: EntityFormat): Cell {
  const plain = names.join(',');
  if (plain === '') return { text: '', literal: false };
  const cell = { text: plain, literal: needsLiteral(plain) };
  const back = splitTargets(cell, format);
  const same = back.length === names.length && back.every((name, place) => name === names[place]);
  return same ? cell : { text: JSON.stringify(names), literal: false };
}

/** The names of a link's targets by naming property. */
type Targets = Map<string, string[]>;

/** Gathers the link cells of one row: columns of one link and number are put side by side, target by target. */
export class LinkGatherer {
  readonly #format: EntityFormat;
  readonly findings: EntityFinding[] = [];
  readonly #targets: Map<string, Map<number, Targets>> = new Map();
  readonly #cleared = new Set<string>();

  constructor(format: EntityFormat) {
    this.#format = format;
  }

  add(column: LinkColumn, cell: Cell): void {
    if (!cell.literal && cell.text.trim() === 'null') {
      this.#cleared.add(column.link);
      return;
    }
    const names = splitTargets(cell, this.#format);
    if (names.length === 0) return;
    const numbers = this.#targets.get(column.link) ?? new Map<number, Targets>();
    this.#targets.set(column.link, numbers);
    const group = numbers.get(column.number) ?? new Map<string, string[]>();
    numbers.set(column.number, group);
    group.set(column.property, names);
  }

  /** The links as members of the document: one target as an object, several as a list, a cleared link as null. */
  *members(): Generator<[string, AttributeValue]> {
    for (const link of this.#cleared) if (!this.#targets.has(link)) yield [link, null];
    for (const [link, numbers] of this.#targets) {
      const targets = [...numbers]
        .sort(([left], [right]) => left - right)
        .flatMap(([, group]) => this.#join(link, group));
      const [first] = targets;
      if (first) yield [link, targets.length === 1 ? first : targets];
    }
  }

  #join(link: string, group: Targets): Attributes[] {
    const length = Math.max(...[...group.values()].map((names) => names.length));
    if ([...group.values()].some((names) => names.length !== length)) {
      const names = [...group.keys()].map((property) => `${link}.${property}`);
      this.findings.push(
        entityFinding(
          'link-cells-differ',
          'INVALID_LINK',
          [link],
          `The cells ${names.join(' and ')} name different numbers of targets`,
        ),
      );
    }
    const targets = Array.from({ length }, (_, place) =>
      Object.fromEntries([...group].flatMap(([property, names]) => (names[place] ? [[property, names[place]]] : []))),
    );
    return targets.filter((target) => Object.keys(target).length > 0);
  }
}
