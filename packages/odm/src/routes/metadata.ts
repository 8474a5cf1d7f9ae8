import { type AttributePatch, editRecord, getRecord, getVersion, listRecords, listVersions } from '@linnaea/catalog';
import { type AttributeValue, CatalogueError, type GroupedKind, groupKind } from '@linnaea/model';
import { type DataType, isGrouped, metadataTypes, type Role, roles } from '../data-types.ts';
import {
  conditionOf,
  filterParameters,
  formatParameters,
  listAnswer,
  pageOf,
  pageParameters,
  readOptions,
  sortOf,
  sortParameters,
} from '../lists.ts';
import { type Call, type Operation, recordOf, roleOf } from '../operation.ts';
import { readRecord, showRecord, showRecords } from '../reading.ts';
import { listOf, ref } from '../schemas.ts';

/** Lists, objects, versions and edits of studies, samples, libraries and preparations. */
export function metadataOperations(): Operation[] {
  return roles.flatMap((role) => metadataTypes.flatMap((type) => operationsOf(type, role)));
}

function operationsOf(type: DataType, role: Role): Operation[] {
  const base = { tag: `${type.title} SPoT`, ...roleOf(role) };
  const path = `/api/v1/${role}/${type.segment}`;
  const operations: Operation[] = [
    {
      ...base,
      method: 'GET',
      path,
      summary: `List ${type.plural}`,
      answer: ref('ListResponse'),
      query: { ...formatParameters, ...filterParameters, ...sortParameters, ...pageParameters },
      handle: (call) => list(call, type),
    },
    {
      ...base,
      method: 'GET',
      path: `${path}/{id}`,
      summary: `Get a ${type.noun}`,
      answer: ref('Metadata'),
      query: formatParameters,
      handle: (call) => readRecord(call.deps, call.principal, call.params.id!, [type.kind], readOptions(call)),
    },
    ...versionOperations(type, role),
  ];
  if (isGrouped(type.kind) && type.kind !== 'sample') {
    const kind = type.kind;
    operations.push({
      ...base,
      method: 'GET',
      path: `${path}/by/group/{id}`,
      summary: `List the ${type.plural} of a group`,
      answer: ref('ListResponse'),
      query: { ...formatParameters, ...pageParameters },
      handle: (call) => listGroup(call, type, kind),
    });
  }
  return operations;
}

/** Versions of one object, and for curators its edit. */
export function versionOperations(type: DataType, role: Role): Operation[] {
  const base = { tag: `${type.title} SPoT`, ...roleOf(role) };
  const path = `/api/v1/${role}/${type.segment}/{id}`;
  const kinds = type.signal ? [type.kind, `${type.kind}-group`] : [type.kind];
  const operations: Operation[] = [
    {
      ...base,
      method: 'GET',
      path: `${path}/versions`,
      summary: `List the versions of a ${type.noun}`,
      answer: listOf(ref('CommitInfo')),
      handle: (call) => versions(call, kinds),
    },
    {
      ...base,
      method: 'GET',
      path: `${path}/versions/{version}`,
      summary: `Get a ${type.noun} as it was at a version`,
      answer: ref('Metadata'),
      query: formatParameters,
      handle: (call) => version(call, kinds),
    },
  ];
  if (role === 'as-curator') {
    operations.push({
      ...base,
      method: 'PATCH',
      path,
      summary: `Edit a ${type.noun}: values set, null removes`,
      body: ref('Metadata'),
      answer: ref('Metadata'),
      handle: (call) => edit(call, kinds),
    });
  }
  return operations;
}

async function list(call: Call, type: DataType): Promise<unknown> {
  const sort = sortOf(call.query);
  const page = await listRecords(call.deps.database, call.principal, {
    kind: type.kind,
    view: call.view,
    where: conditionOf(call.query),
    ...pageOf(call.query),
    ...(sort ? { sort } : {}),
  });
  return listAnswer(call, page, await showRecords(call.deps, call.principal, page.items, readOptions(call)));
}

async function listGroup(call: Call, type: DataType, kind: GroupedKind): Promise<unknown> {
  const { deps, principal, view } = call;
  const group = await getRecord(deps.database, principal, call.params.id!, [groupKind(kind)], { view });
  const page = await listRecords(deps.database, principal, {
    kind: type.kind,
    view,
    groupId: group.id,
    ...pageOf(call.query),
  });
  return listAnswer(call, page, await showRecords(deps, principal, page.items, readOptions(call)));
}

async function versions(call: Call, kinds: readonly string[]): Promise<unknown> {
  const found = await listVersions(call.deps.database, call.principal, call.params.id!, kinds, call.view);
  return found.map(({ author, message, createdAt, version }) => ({
    author,
    message,
    timestamp: createdAt.getTime(),
    version,
  }));
}

async function version(call: Call, kinds: readonly string[]): Promise<unknown> {
  const { deps, principal, view } = call;
  const record = await getVersion(deps.database, principal, call.params.id!, kinds, call.params.version!, view);
  return showRecord(deps, principal, record, readOptions(call));
}

async function edit(call: Call, kinds: readonly string[]): Promise<unknown> {
  const patch = readPatch(call.body);
  const record = await editRecord(call.deps.database, call.principal, { accession: call.params.id!, kinds }, patch, {
    origin: 'odm',
  });
  return showRecord(call.deps, call.principal, record, readOptions(call));
}

const longestName = 255;
/** Ids are given by the catalogue. */
const unchangeable = new Set(['genestack:accession', 'groupId', 'id']);

/** A map of attribute names to a scalar, an array of scalars, or null. Throws `invalid`. */
export function readPatch(body: unknown): AttributePatch {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalid('The body must be a JSON object of attributes.');
  const entries = Object.entries(recordOf(body));
  if (entries.length === 0) throw invalid('The body names no attribute.');
  return Object.fromEntries(entries.map(([name, value]) => [checkName(name), checkValue(name, value)]));
}

function checkName(name: string): string {
  if (unchangeable.has(name)) throw invalid(`The attribute "${name}" cannot be changed.`);
  if (name.trim() === '' || name.length > longestName)
    throw invalid(`An attribute name has 1 to ${longestName} characters.`);
  return name;
}

function checkValue(name: string, value: unknown): AttributeValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value)) {
    return value.map((each: unknown) => {
      if (Array.isArray(each) || (typeof each === 'object' && each !== null)) throw invalidValue(name);
      return checkValue(name, each);
    });
  }
  throw invalidValue(name);
}

function invalidValue(name: string): CatalogueError {
  return invalid(
    `The value of "${name.slice(0, 100)}" must be a text, a number, true, false, null or an array of such.`,
  );
}

function invalid(message: string): CatalogueError {
  return new CatalogueError('invalid', 'metadata-invalid', message);
}
