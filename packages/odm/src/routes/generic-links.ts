import {
  findRecords,
  linkCrossReferences,
  linkRecords,
  linksOf,
  linksOfCrossReferences,
  unlinkCrossReferences,
  unlinkRecords,
} from '@linnaea/catalog';
import type { Transaction } from '@linnaea/database';
import { CatalogueError } from '@linnaea/model';
import { type Role, roles } from '../data-types.ts';
import {
  type LinkType,
  type LinkTypePair,
  linkTypePairs,
  linkTypes,
  mappingType,
  type RecordLinkType,
  recordLinkTypes,
  storedKind,
  typeNameOf,
} from '../link-types.ts';
import { type Call, type Operation, recordOf, roleOf } from '../operation.ts';
import { listOf, ref } from '../schemas.ts';
import { readObject, textOf } from './imports.ts';

interface Link {
  firstId: string;
  firstType: string;
  secondId: string;
  secondType: string;
}

const mostLinks = 1000;

/** The generic link operations: any two things whose types may be linked, in either order. */
export function genericLinkOperations(): Operation[] {
  return [...roles.flatMap(reads), ...writes()];
}

function reads(role: Role): Operation[] {
  const base = { tag: 'Linkage', ...roleOf(role) };
  const path = `/api/v1/${role}`;
  return [
    {
      ...base,
      method: 'GET',
      path: `${path}/data-types`,
      summary: 'List the types of linkable data',
      answer: listOf({ type: 'string' }),
      handle: async () => linkTypes.map((type) => type.name),
    },
    {
      ...base,
      method: 'GET',
      path: `${path}/data-types/links`,
      summary: 'List which types may be linked',
      answer: listOf(ref('SourceTypePair')),
      query: { type: { type: 'text' } },
      handle: async (call) => typePairs(call.query.text('type')),
    },
    {
      ...base,
      method: 'GET',
      path: `${path}/links`,
      summary: 'List the links of one thing',
      answer: ref('ListResponse'),
      query: {
        firstId: { type: 'text', required: true },
        firstType: { type: 'text' },
        secondId: { type: 'text' },
        secondType: { type: 'text' },
        offset: { type: 'integer', fallback: 0 },
        limit: { type: 'integer', maximum: 1000, fallback: 1000 },
      },
      handle: listLinks,
    },
    {
      ...base,
      method: 'POST',
      path: `${path}/links/get-batch`,
      summary: 'List the links of many things of one type',
      body: ref('BatchOfIds'),
      answer: ref('ListResponse'),
      handle: listBatch,
    },
  ];
}

function writes(): Operation[] {
  const base = { path: '/api/v1/as-curator/links', tag: 'Linkage', curator: true };
  return [
    {
      ...base,
      method: 'POST',
      summary: 'Create links',
      body: listOf(ref('Link')),
      status: 201,
      otherStatuses: { 200: 'All of them existed', 409: 'A link conflicts with an existing one' },
      handle: createLinks,
    },
    {
      ...base,
      method: 'DELETE',
      summary: 'Delete a link',
      status: 204,
      otherStatuses: { 404: 'There is no such link' },
      query: {
        firstId: { type: 'text', required: true },
        secondId: { type: 'text', required: true },
        firstType: { type: 'text' },
        secondType: { type: 'text' },
      },
      handle: deleteLink,
    },
  ];
}

function typePairs(name: string | undefined): { firstType: string; secondType: string }[] {
  if (name !== undefined) typeNamed(name);
  return linkTypePairs
    .filter(({ child, parent }) => name === undefined || child.name === name || parent.name === name)
    .map(({ child, parent }) => ({ firstType: child.name, secondType: parent.name }));
}

function typeNamed(name: string): LinkType {
  const type = linkTypes.find((candidate) => candidate.name === name);
  if (type !== undefined) return type;
  throw invalid(
    `There is no data type "${name.slice(0, 100)}"; the types are ${linkTypes.map((each) => each.name).join(', ')}.`,
  );
}

async function listLinks(call: Call): Promise<unknown> {
  const { query } = call;
  const firstId = query.text('firstId')!;
  const secondType = query.text('secondType');
  const secondId = query.text('secondId');
  return listPage(call, {
    first: await typeOf(call, firstId, query.text('firstType')),
    firstIds: [firstId],
    ...(secondType === undefined ? {} : { second: typeNamed(secondType) }),
    ...(secondId === undefined ? {} : { secondIds: [secondId] }),
    offset: query.number('offset') ?? 0,
    limit: query.number('limit') ?? mostLinks,
  });
}

async function listBatch(call: Call): Promise<unknown> {
  const body = readObject(call.body);
  const first = typeNamed(textOf(body, 'firstType') ?? '');
  const ids = body.firstIds;
  if (!Array.isArray(ids) || ids.length > mostLinks || !ids.every((id) => typeof id === 'string')) {
    throw invalid(`"firstIds" must be an array of at most ${mostLinks} texts.`);
  }
  const whole = (name: string, fallback: number) => {
    const value = body[name] ?? fallback;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    throw invalid(`"${name}" must be a whole number.`);
  };
  return listPage(call, {
    first,
    firstIds: ids.map(String),
    offset: whole('offset', 0),
    limit: Math.min(whole('limit', mostLinks), mostLinks),
  });
}

/** The type that a request gives, or the one that the id's record is of. */
async function typeOf(call: Call, id: string, name: string | undefined): Promise<LinkType> {
  if (name !== undefined) return typeNamed(name);
  const [record] = await findRecords(call.deps.database, call.principal, [id], { view: call.view });
  const found = recordLinkTypes.find((type) => record !== undefined && storedKind(type) === record.kind);
  return found ?? typeNamed(mappingType);
}

interface LinkRequest {
  first: LinkType;
  firstIds: readonly string[];
  second?: LinkType;
  secondIds?: readonly string[];
  offset: number;
  limit: number;
}

/** One page of the links between records, then of those with sets of cross-references, which are few. */
async function listPage(call: Call, request: LinkRequest): Promise<unknown> {
  const { offset, limit } = request;
  const [stored, mappings] = await Promise.all([storedLinks(call, request), mappingLinks(call, request)]);
  const start = Math.max(0, offset - stored.total);
  const data = [...stored.items, ...mappings.slice(start, start + limit - stored.items.length)];
  const total = stored.total + mappings.length;
  return { meta: { pagination: { count: data.length, total, offset, limit } }, data };
}

async function storedLinks(call: Call, request: LinkRequest): Promise<{ items: Link[]; total: number }> {
  const { first, firstIds, second, secondIds, offset, limit } = request;
  if (first.kind === undefined || (second !== undefined && second.kind === undefined)) return { items: [], total: 0 };
  const page = await linksOf(call.deps.database, call.principal, firstIds, {
    view: call.view,
    kind: storedKind(first),
    ...(second === undefined ? {} : { otherKind: storedKind(second) }),
    ...(secondIds === undefined ? {} : { others: secondIds }),
    offset,
    limit,
  });
  const items = page.items.map((link) => ({
    firstId: link.accession,
    firstType: typeNameOf(link.kind),
    secondId: link.otherAccession,
    secondType: typeNameOf(link.otherKind),
  }));
  return { items, total: page.total };
}

async function mappingLinks(call: Call, { first, firstIds, second, secondIds }: LinkRequest): Promise<Link[]> {
  const isSet = first.kind === undefined;
  const other = linkTypePairs.find(
    ({ child, parent }) => (isSet ? child : parent) === first && child.kind === undefined,
  );
  const secondType = isSet ? other?.parent : other?.child;
  if (secondType === undefined || (second !== undefined && second !== secondType)) return [];
  const found = await linksOfCrossReferences(
    call.deps.database,
    call.principal,
    isSet ? { sets: firstIds } : { groups: firstIds },
  );
  return found
    .map(({ set, group }) => (isSet ? { firstId: set, secondId: group } : { firstId: group, secondId: set }))
    .filter((link) => secondIds === undefined || secondIds.includes(link.secondId))
    .map((link) => ({ ...link, firstType: first.name, secondType: secondType.name }));
}

async function createLinks(call: Call): Promise<unknown> {
  if (!Array.isArray(call.body) || call.body.length === 0 || call.body.length > mostLinks)
    throw invalid(`The body must be an array of 1 to ${mostLinks} links.`);
  // In one order, so that two batches with the same links in another cannot wait for each other.
  const wanted = call.body
    .map((each) => endsOf(readLink(recordOf(each))))
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const known = await knownLinks(call, wanted);
  const created = await call.deps.database.transaction(async (tx) => {
    let count = 0;
    for (const ends of wanted) if (!known.has(keyOf(ends)) && (await createLink(call, tx, ends))) count += 1;
    return count;
  });
  call.reply.code(created > 0 ? 201 : 200);
  return { created };
}

function readLink(body: Readonly<Record<string, unknown>>): Link {
  const required = (name: string) => {
    const text = textOf(body, name);
    if (text === undefined) throw invalid(`A link needs "${name}".`);
    return text;
  };
  return {
    firstId: required('firstId'),
    firstType: required('firstType'),
    secondId: required('secondId'),
    secondType: required('secondType'),
  };
}

interface Ends extends LinkTypePair {
  childId: string;
  parentId: string;
}

/** Which end is the child; links have no direction of their own. */
function endsOf(link: Link): Ends {
  const [first, second] = [typeNamed(link.firstType), typeNamed(link.secondType)];
  for (const { child, parent } of linkTypePairs) {
    if (child === first && parent === second) return { child, parent, childId: link.firstId, parentId: link.secondId };
    if (child === second && parent === first) return { child, parent, childId: link.secondId, parentId: link.firstId };
  }
  throw invalid(`${first.name} cannot be linked to ${second.name}.`);
}

/** Which of the links between records are there already, as keys. */
async function knownLinks(call: Call, wanted: readonly Ends[]): Promise<Set<string>> {
  const { items } = await linksOf(
    call.deps.database,
    call.principal,
    wanted.map((ends) => ends.childId),
    { view: call.view, others: wanted.map((ends) => ends.parentId), offset: 0, limit: wanted.length ** 2 },
  );
  return new Set(items.map((link) => keyOf({ childId: link.accession, parentId: link.otherAccession })));
}

function keyOf({ childId, parentId }: Pick<Ends, 'childId' | 'parentId'>): string {
  return JSON.stringify([childId, parentId]);
}

/** Answers whether the link is new. */
async function createLink(call: Call, tx: Transaction, ends: Ends): Promise<boolean> {
  if (ends.child.kind === undefined || ends.parent.kind === undefined)
    return linkCrossReferences(tx, call.principal, ends.childId, ends.parentId);
  await linkRecords(tx, call.principal, endOf(ends.child, ends.childId), endOf(ends.parent, ends.parentId), {
    origin: 'odm',
  });
  return true;
}

function endOf(type: RecordLinkType, accession: string) {
  return { kind: type.kind, accession, isGroup: type.isGroup };
}

async function deleteLink(call: Call): Promise<unknown> {
  const { query } = call;
  const [firstId, secondId] = [query.text('firstId')!, query.text('secondId')!];
  const [first, second] = await Promise.all([
    typeOf(call, firstId, query.text('firstType')),
    typeOf(call, secondId, query.text('secondType')),
  ]);
  const ends = endsOf({ firstId, firstType: first.name, secondId, secondType: second.name });
  await call.deps.database.transaction(async (tx) => {
    if (ends.child.kind === undefined || ends.parent.kind === undefined)
      return unlinkCrossReferences(tx, call.principal, ends.childId, ends.parentId);
    await unlinkRecords(tx, call.principal, endOf(ends.child, ends.childId), endOf(ends.parent, ends.parentId), {
      origin: 'odm',
    });
  });
  return undefined;
}

function invalid(message: string): CatalogueError {
  return new CatalogueError('invalid', 'link-invalid', message);
}
