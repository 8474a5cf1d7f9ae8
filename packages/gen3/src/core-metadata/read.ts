import {
  type GraphRoot,
  type GraphRow,
  isUuid,
  type NodeCondition,
  type NodeField,
  rowFields,
  runGraph,
} from '@linnaea/catalog';
import type { AttributeValue, DataDictionary, NodeKind, Principal } from '@linnaea/model';
import type { Gen3Deps } from '../deps.ts';
import { limits } from '../graphql/limits.ts';
import { isFileKind } from '../tables/columns.ts';

const collectionLink = 'core_metadata_collections';
const collectionFields = [
  'title',
  'description',
  'creator',
  'contributor',
  'coverage',
  'language',
  'publisher',
  'rights',
  'source',
  'subject',
] as const;

/** What is known of a data file, in the order in which it is shown; null where nothing is told. */
export type CoreMetadata = Record<string, AttributeValue>;

/**
 * What a file node and the first of its collections tell of a file, as far as the principal may read them. The fields of
 * collections are left out where there is none. Undefined when there is no such file for the principal.
 */
export async function readCoreMetadata(
  deps: Gen3Deps,
  principal: Principal,
  objectId: string,
): Promise<CoreMetadata | undefined> {
  const roots = rootsFor(deps.dictionary.current(), objectId);
  const answers = await runGraph(deps.database, principal, roots, { timeout: limits.time });
  const [row] = answers.flatMap((rows) => (isRows(rows) ? rows : []));
  if (row === undefined) return undefined;
  const [collections, ...told] = rowFields(row);
  const [collection] = isRows(collections) ? collections : [];
  return Object.fromEntries([
    ...(collection ? collectionFields.map((name, place) => [name, shown(rowFields(collection)[place])] as const) : []),
    ...fileFields.map(({ name }, place) => [name, shown(told[place])] as const),
    ['object_id', objectId],
  ]);
}

const fileFields: readonly { name: string; field: NodeField }[] = [
  { name: 'type', field: { kind: 'column', column: 'kind' } },
  { name: 'file_name', field: { kind: 'property', name: 'file_name' } },
  { name: 'data_format', field: { kind: 'property', name: 'data_format' } },
  { name: 'file_size', field: { kind: 'property', name: 'file_size' } },
  { name: 'project_id', field: { kind: 'column', column: 'project_id' } },
  { name: 'updated_datetime', field: { kind: 'column', column: 'updated_datetime' } },
  { name: 'md5sum', field: { kind: 'property', name: 'md5sum' } },
];

/** Files are named by their `object_id`; where their kind has no place for it, by the id of their node. */
function rootsFor(dictionary: DataDictionary, objectId: string): GraphRoot[] {
  const kinds = [...dictionary.nodes.values()].filter((kind) => kind.inProject && isFileKind(kind));
  const own = kinds.filter((kind) => kind.properties.has('object_id'));
  const shared = kinds.filter((kind) => !kind.properties.has('object_id'));
  const collections = listOfCollections(kinds);
  return [
    ...rootOf(own, collections, { kind: 'property', name: 'object_id', values: [objectId], compare: 'value' }),
    ...(isUuid(objectId) ? rootOf(shared, collections, { kind: 'ids', ids: [objectId] }) : []),
  ];
}

function rootOf(kinds: readonly NodeKind[], collections: NodeField, where: NodeCondition): GraphRoot[] {
  if (kinds.length === 0) return [];
  const fields = [collections, ...fileFields.map(({ field }) => field)];
  return [{ kind: 'list', query: { ...firstOf(kinds.map(({ type }) => type)), where: [where], fields } }];
}

function listOfCollections(kinds: readonly NodeKind[]): NodeField {
  const links = kinds.flatMap((kind) => kind.links.filter(({ name }) => name === collectionLink));
  const targets = [...new Set(links.map(({ targetType }) => targetType))];
  const via = targets.map((kind) => ({ direction: 'up' as const, name: collectionLink, kind }));
  const fields = collectionFields.map((name) => ({ kind: 'property' as const, name }));
  return { kind: 'list', via, query: { ...firstOf(targets), where: [], fields } };
}

function firstOf(kinds: readonly string[]) {
  return { model: 'gen3' as const, kinds, order: [], first: 1, offset: 0, after: null };
}

function isRows(value: unknown): value is GraphRow[] {
  return Array.isArray(value);
}

function shown(value: unknown): AttributeValue {
  return isJson(value) ? value : null;
}

function isJson(value: unknown): value is AttributeValue {
  return ['string', 'number', 'boolean', 'object'].includes(typeof value);
}
