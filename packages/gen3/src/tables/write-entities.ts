import type { Attributes, AttributeValue, DataDictionary, NodeKind } from '@linnaea/model';
import { type CellReader, cellReader, quoteCell, writeCell } from './cells.ts';
import { type Column, exportColumns, linkKey, templateColumns } from './columns.ts';
import { writeTargets } from './link-cells.ts';

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
      for (const name of Object.keys(properties)) {
        const place = places.get(name);
        if (place !== undefined) cells[place] = writeValue(properties[name], readers[place], delimiter);
      }
      if (idPlace >= 0) cells[idPlace] = quoteCell(plainCell(id), delimiter);
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

// Most cells hold neither what a delimited table must quote nor what reads differently without quotes.
const awkwardText = /["\n\r\t,]|^\s|\s$|^(?:null)?$/;
const awkwardName = /["\n\r\t,#[]|^\s|\s$|^(?:null)?$/;
const anyReader = cellReader(undefined);

function writeValue(value: AttributeValue | undefined, read: CellReader = anyReader, delimiter: string): string {
  if (typeof value === 'string' && !awkwardText.test(value)) return value;
  if (typeof value === 'number') return String(value);
  return quoteCell(writeCell(value, read), delimiter);
}

function writeNames(targets: readonly ExportTarget[], byId: boolean, format: 'tsv' | 'csv', delimiter: string): string {
  const [first] = targets;
  if (targets.length === 1 && first) {
    const name = byId ? first.id : (first.key ?? '');
    if (!awkwardName.test(name)) return name;
  }
  const names = targets.map((target) => (byId ? target.id : (target.key ?? '')));
  return quoteCell(writeTargets(names, format), delimiter);
}

/** Entities a page at a time: awaiting each one would cost more than writing it. */
type Pages<Entity> = AsyncIterable<readonly Entity[]> | Iterable<readonly Entity[]>;

/** Characters collected before a piece is handed on: a piece for every entity would be mostly overhead. */
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
  return JSON.parse(jsonWriter(node, dictionary, options)(entity));
}

/** Writes entities of one kind as JSON texts. */
export function jsonWriter(
  node: NodeKind,
  dictionary: DataDictionary,
  { shape, withoutId = false }: JsonExportOptions,
): (entity: ExportEntity) => string {
  // the cells of links are of no use here: a link is one member
  const { places } = layout(exportColumns(node, dictionary, true));
  const heads = [...places.keys()].map((name) => `${JSON.stringify(name)}:`);
  const slots = new Map([...places.keys()].map((name, slot) => [name, slot]));
  const blank = heads.map((head) => (shape === 'ids' ? `${head}null,` : ''));
  const links = node.links.map((link) => ({
    name: link.name,
    head: `${JSON.stringify(link.name)}:`,
    keyHead: `${JSON.stringify(linkKey(link, dictionary))}:`,
  }));
  const tail = `"type":${JSON.stringify(node.type)}}`;
  return ({ id, properties, links: targets }) => {
    const members = blank.slice();
    for (const name of Object.keys(properties)) {
      const slot = slots.get(name);
      const value = properties[name] ?? null;
      if (slot !== undefined && value !== null) members[slot] = `${heads[slot]}${JSON.stringify(value)},`;
    }
    let text = `{${members.join('')}`;
    for (const { name, head, keyHead } of links) {
      const found = member(targets, name) ?? [];
      if (found.length === 0 && shape === 'label') continue;
      text += `${head}[${found.map((target) => targetJson(target, keyHead, withoutId)).join(',')}],`;
    }
    return `${text}${withoutId ? '' : `"id":${JSON.stringify(id)},`}${tail}`;
  };
}

function targetJson({ id, key }: ExportTarget, keyHead: string, withoutId: boolean): string {
  return `{${withoutId ? '' : `"node_id":${JSON.stringify(id)},`}${keyHead}${JSON.stringify(key)}}`;
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
