import { setImmediate as letOthersIn } from 'node:timers/promises';
import type { Attributes, AttributeValue, DataDictionary, NodeKind } from '@linnaea/model';
import { type CellReader, cellReader, quoteCell, writeCell } from './cells.ts';
import { type Column, exportColumns, linkKey, templateColumns } from './columns.ts';
import { writeTargets } from './link-cells.ts';
import { setMember } from './members.ts';

/** A target of a link: its id and its name (submitter id, project code, program name). */
export interface ExportTarget {
  id: string;
  key: string | null;
}

/** An entity as stored, ready to be written. `properties` holds `project_id` and `submitter_id` too. */
export interface ExportEntity {
  id: string;
  properties: Readonly<Attributes>;
  links: Readonly<Record<string, readonly ExportTarget[]>>;
}

export interface TableWriter {
  columns: readonly string[];
  /** The first line, with its line end. */
  header: string;
  row(entity: ExportEntity): string;
}

export interface ExportOptions {
  /** Leave out the ids of the entities and of their targets. */
  withoutId?: boolean;
}

function member<Value>(object: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Writes the entities of one kind as a table, such that submitting the table again changes nothing. */
export function exportTable(
  node: NodeKind,
  dictionary: DataDictionary,
  format: 'tsv' | 'csv',
  { withoutId = false }: ExportOptions = {},
): TableWriter {
  const delimiter = format === 'tsv' ? '\t' : ',';
  const columns = exportColumns(node, dictionary, withoutId);
  const blank = columns.map((column) => (column.name === 'type' ? quoteCell(plainCell(node.type), delimiter) : ''));
  const { places, links, idPlace } = layout(columns);
  const readers = columns.map((column) => cellReader(column.kind === 'property' ? column.property : undefined));
  const names = columns.map((column) => column.name);
  return {
    columns: names,
    header: `${names.join(delimiter)}\n`,
    row: ({ id, properties, links: targets }) => {
      const cells = blank.slice();
      // an entity has a value for few of a kind's columns
      for (const name in properties) {
        const place = places.get(name);
        if (place !== undefined) cells[place] = writeValue(properties[name], readers[place], delimiter);
      }
      if (idPlace >= 0) cells[idPlace] = isPlain(id) ? id : quoteCell(plainCell(id), delimiter);
      for (const { place, name, byId } of links) {
        const found = member(targets, name);
        if (found) cells[place] = writeNames(found, byId, format, delimiter);
      }
      return `${cells.join(delimiter)}\n`;
    },
  };
}

/** Where in a row what goes: properties by name, the id (-1: nowhere), the cells of links. */
function layout(columns: readonly Column[]) {
  const places = new Map<string, number>();
  const links: { place: number; name: string; byId: boolean }[] = [];
  for (const [place, column] of columns.entries()) {
    if (column.kind === 'link') links.push({ place, name: column.link.name, byId: column.part === 'id' });
    else if (column.name !== 'type' && column.name !== 'id') places.set(column.name, place);
  }
  const idPlace = columns.findIndex((column) => column.kind === 'property' && column.name === 'id');
  return { places, links, idPlace };
}

function plainCell(text: string) {
  return { text, literal: false };
}

const quote = 0x22;
const comma = 0x2c;
const space = 0x20;
const beyondAscii = 0x7f;

/**
 * Whether a cell holds neither what a delimited table must quote nor what reads differently without quotes, as most do.
 * Told by a look at each character, for a regular expression costs more than the rest of the cell.
 */
function isPlain(text: string): boolean {
  const last = text.length - 1;
  for (let at = 0; at <= last; at += 1) {
    const character = text.charCodeAt(at);
    if (character < space || character === quote || character === comma) return false;
    if ((character === space || character >= beyondAscii) && (at === 0 || at === last)) return false;
  }
  return last >= 0 && text !== 'null';
}

const anyReader = cellReader(undefined);

function writeValue(value: AttributeValue | undefined, read: CellReader = anyReader, delimiter: string): string {
  if (typeof value === 'string' && isPlain(value)) return value;
  if (typeof value === 'number') return String(value);
  return quoteCell(writeCell(value, read), delimiter);
}

function writeNames(targets: readonly ExportTarget[], byId: boolean, format: 'tsv' | 'csv', delimiter: string): string {
  const [first] = targets;
  if (targets.length === 1 && first) {
    const name = byId ? first.id : (first.key ?? '');
    // a name with these would read as several, or as a list
    if (isPlain(name) && !name.includes('#') && !name.includes('[')) return name;
  }
  const names = targets.map((target) => (byId ? target.id : (target.key ?? '')));
  return quoteCell(writeTargets(names, format), delimiter);
}

/** Entities a page at a time: awaiting each one would cost more than writing it. */
type Pages<Entity> = AsyncIterable<readonly Entity[]> | Iterable<readonly Entity[]>;

/**
 * Characters collected before a piece is handed on: a piece for every entity would be mostly overhead. After each, what
 * has arrived is taken in: the next page comes while this one is written, and other requests do not wait.
 */
const pieceLength = 65_536;

/** The table of an export, piece by piece, as the entities come. */
export async function* writeTable(pages: Pages<ExportEntity>, writer: TableWriter): AsyncGenerator<string> {
  let piece = writer.header;
  for await (const page of pages) {
    for (const entity of page) {
      piece += writer.row(entity);
      if (piece.length < pieceLength) continue;
      yield piece;
      piece = '';
      await letOthersIn();
    }
  }
  if (piece !== '') yield piece;
}

export interface JsonExportOptions extends ExportOptions {
  /** `label`: the shape of an export of a whole kind, nulls left out. `ids`: of chosen entities, nulls kept. */
  shape: 'label' | 'ids';
}

/** One entity as JSON exports show it. */
export function exportJson(
  entity: ExportEntity,
  node: NodeKind,
  dictionary: DataDictionary,
  options: JsonExportOptions,
): Attributes {
  return membersOf(node, dictionary, options)(entity);
}

/** Writes entities of one kind as JSON texts. */
export function jsonWriter(
  node: NodeKind,
  dictionary: DataDictionary,
  options: JsonExportOptions,
): (entity: ExportEntity) => string {
  const show = membersOf(node, dictionary, options);
  return (entity) => JSON.stringify(show(entity));
}

/** Properties in the order of the dictionary, links, id and type. */
function membersOf(
  node: NodeKind,
  dictionary: DataDictionary,
  { shape, withoutId = false }: JsonExportOptions,
): (entity: ExportEntity) => Attributes {
  // the cells of links are of no use here: a link is one member
  const names = [...layout(exportColumns(node, dictionary, true)).places.keys()];
  // what every object inherits must be asked for, and set, with care; all else without, for there are dozens
  const inherited = names.filter((name) => name in {});
  const others = names.filter((name) => !(name in {}));
  const links = node.links.map((link) => ({ name: link.name, key: linkKey(link, dictionary) }));
  return ({ id, properties, links: targets }) => {
    const members: Attributes = {};
    for (const name of others) {
      const value = properties[name] ?? null;
      if (value !== null || shape === 'ids') members[name] = value;
    }
    for (const name of inherited) {
      const value = member(properties, name) ?? null;
      if (value !== null || shape === 'ids') setMember(members, name, value);
    }
    for (const { name, key } of links) {
      const found = member(targets, name) ?? [];
      if (found.length === 0 && shape === 'label') continue;
      setMember(
        members,
        name,
        found.map((target) => showTarget(target, key, withoutId)),
      );
    }
    if (!withoutId) members.id = id;
    members.type = node.type;
    return members;
  };
}

function showTarget({ id, key }: ExportTarget, name: string, withoutId: boolean): Attributes {
  return withoutId ? { [name]: key } : { node_id: id, [name]: key };
}

/** JSON of an export, piece by piece: `{ "data": [ … ]}` for a whole kind, a bare list for chosen entities. */
export async function* writeJson<Entity>(
  pages: Pages<Entity>,
  shape: JsonExportOptions['shape'],
  write: (entity: Entity) => string,
): AsyncGenerator<string> {
  let piece = shape === 'label' ? '{ "data": [' : '[';
  let separator = '';
  for await (const page of pages) {
    for (const entity of page) {
      piece += separator + write(entity);
      separator = ', ';
      if (piece.length < pieceLength) continue;
      yield piece;
      piece = '';
      await letOthersIn();
    }
  }
  yield piece + (shape === 'label' ? ']}' : ']');
}

/** The empty form of a kind as a table: the header, required names marked `*`, and one row that holds the type. */
export function templateTable(node: NodeKind, dictionary: DataDictionary, format: 'tsv' | 'csv'): string {
  const delimiter = format === 'tsv' ? '\t' : ',';
  const columns = templateColumns(node, dictionary);
  const header = columns.map((column) => (column.required ? `*${column.name}` : column.name)).join(delimiter);
  return `${header}\r\n${node.type}${delimiter.repeat(columns.length - 1)}\r\n`;
}

/** The empty form of a kind as JSON: every name null but the type's; links as an object with the name of a target. */
export function templateJson(node: NodeKind, dictionary: DataDictionary): Attributes {
  return Object.fromEntries(
    templateColumns(node, dictionary).map((column): [string, AttributeValue] => {
      const name = column.kind === 'link' ? column.link.name : column.name;
      const value = column.kind === 'link' ? { [column.part]: null } : name === 'type' ? node.type : null;
      return [column.required ? `*${name}` : name, value];
    }),
  );
}
