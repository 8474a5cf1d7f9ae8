import type { Attributes, AttributeValue, DataDictionary, NodeKind } from '@linnaea/model';
import { cellReader, quoteCell, writeCell } from './cells.ts';
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
  const writers = columns.map((column) => columnWriter(column, node, format));
  const names = columns.map((column) => column.name);
  return {
    columns: names,
    header: `${names.join(delimiter)}\n`,
    row: (entity) => `${writers.map((write) => quoteCell(write(entity), delimiter)).join(delimiter)}\n`,
  };
}

function columnWriter(column: Column, node: NodeKind, format: 'tsv' | 'csv') {
  if (column.kind === 'link') {
    const byId = column.part === 'id';
    return (entity: ExportEntity) =>
      writeTargets(
        (member(entity.links, column.link.name) ?? []).map((target) => (byId ? target.id : (target.key ?? ''))),
        format,
      );
  }
  if (column.name === 'type') return () => ({ text: node.type, literal: false });
  if (column.name === 'id') return (entity: ExportEntity) => ({ text: entity.id, literal: false });
  const read = cellReader(column.property);
  return (entity: ExportEntity) => writeCell(member(entity.properties, column.name), read);
}

/** The table of an export, piece by piece, as the entities come. */
export async function* writeTable(
  entities: AsyncIterable<ExportEntity> | Iterable<ExportEntity>,
  writer: TableWriter,
): AsyncGenerator<string> {
  yield writer.header;
  for await (const entity of entities) yield writer.row(entity);
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
  { shape, withoutId = false }: JsonExportOptions,
): Attributes {
  const members: [string, AttributeValue][] = [];
  for (const column of exportColumns(node, dictionary, true)) {
    if (column.kind === 'link' || column.name === 'type') continue;
    const value = member(entity.properties, column.name) ?? null;
    if (value !== null || shape === 'ids') members.push([column.name, value]);
  }
  for (const link of node.links) {
    const targets = member(entity.links, link.name) ?? [];
    if (targets.length === 0 && shape === 'label') continue;
    const key = linkKey(link, dictionary);
    members.push([
      link.name,
      targets.map((target) => ({ ...(withoutId ? {} : { node_id: target.id }), [key]: target.key })),
    ]);
  }
  if (!withoutId) members.push(['id', entity.id]);
  return Object.fromEntries([...members, ['type', node.type]]);
}

/** JSON of an export, piece by piece: `{ "data": [ … ]}` for a whole kind, a bare list for chosen entities. */
export async function* writeJson(
  documents: AsyncIterable<Attributes> | Iterable<Attributes>,
  shape: JsonExportOptions['shape'],
): AsyncGenerator<string> {
  yield shape === 'label' ? '{ "data": [' : '[';
  let first = true;
  for await (const document of documents) {
    yield `${first ? '' : ', '}${JSON.stringify(document)}`;
    first = false;
  }
  yield shape === 'label' ? ']}' : ']';
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
