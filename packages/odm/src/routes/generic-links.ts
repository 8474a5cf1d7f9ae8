import {
  findRecords,
  groupsOf,
  linkCrossReferences,
  linkRecords,
  linksOfCrossReferences,
  listRecords,
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
  membersFilter,
  type RecordLinkType,
  recordLinkTypes,
  storedKind,
} from '../link-types.ts';
import { type Call, type Operation, recordOf, roleOf } from '../operation.ts';
import { listOf, ref } from '../schemas.ts';
import { readObject, textOf } from './imports.ts';
import { inBatches } from './run-pairs.ts';

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
  const first = await typeOf(call, firstId, query.text('firstType'));
  const secondType = query.text('secondType');
  const links = await linksOf(call, first, [firstId], secondType === undefined ? undefined : typeNamed(secondType));
  const secondId = query.text('secondId');
  const wanted = secondId === undefined ? links : links.filter((link) => link.secondId === secondId);
  return pageAnswer(wanted, query.number('offset') ?? 0, query.number('limit') ?? mostLinks);
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
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
    throw invalid(`"${name}" must be a whole number.`);
  };
  const links = await inBatches(ids.map(String), (id) => linksOf(call, first, [id], undefined));
  return pageAnswer(links.flat(), whole('offset', 0), Math.min(whole('limit', mostLinks), mostLinks));
}

function pageAnswer(links: readonly Link[], offset: number, limit: number): unknown {
  const data = links.slice(offset, offset + limit);
  return { meta: { pagination: { count: data.length, total: links.length, offset, limit } }, data };
}

/** The type that a request gives, or the one that the id's record is of. */
async function typeOf(call: Call, id: string, name: string | undefined): Promise<LinkType> {
  if (name !== undefined) return typeNamed(name);
  const [record] = await findRecords(call.deps.database, call.principal, [id], { view: call.view });
  const found = recordLinkTypes.find((type) => record !== undefined && storedKind(type) === record.kind);
  return found ?? typeNamed(mappingType);
}

/** Links of one type's things with everything, or with one other type. A group is linked when a member of it is. */
async function linksOf(
  call: Call,
  first: LinkType,
  ids: readonly string[],
  second: LinkType | undefined,
): Promise<Link[]> {
  const others = linkTypePairs
    .filter(({ child, parent }) => child === first || parent === first)
    .map(({ child, parent }) => (child === first ? parent : child))
    .filter((other) => second === undefined || other === second);
  const links = await Promise.all(others.map((other) => linksBetween(call, first, ids, other)));
  return links.flat();
}

async function linksBetween(call: Call, first: LinkType, ids: readonly string[], second: LinkType): Promise<Link[]> {
  const { deps, principal, view } = call;
  const named = (firstId: string, secondId: string): Link => ({
    firstId,
    firstType: first.name,
    secondId,
    secondType: second.name,
  });
  if (first.kind === undefined || second.kind === undefined) {
    const found = await linksOfCrossReferences(
      deps.database,
      principal,
      first.kind === undefined ? { sets: ids } : { groups: ids },
    );
    return found.map(({ set, group }) => (first.kind === undefined ? named(set, group) : named(group, set)));
  }
  const related = [{ kind: first.kind, where: { filter: membersFilter(first, ids) } }];
  const found = second.isGroup
    ? await groupsOf(deps.database, principal, { kind: second.kind, view, related })
    : (await listRecords(deps.database, principal, { kind: second.kind, view, related, limit: 100_000 })).items;
  return found.map(({ accession }) => named(ids[0]!, accession));
}

async function createLinks(call: Call): Promise<unknown> {
  if (!Array.isArray(call.body) || call.body.length === 0 || call.body.length > mostLinks)
    throw invalid(`The body must be an array of 1 to ${mostLinks} links.`);
  const links = call.body.map((each) => readLink(recordOf(each)));
  const wanted = await inBatches(links.map(endsOf), async (ends) => ({ ends, isKnown: await exists(call, ends) }));
  const created = await call.deps.database.transaction(async (tx) => {
    let count = 0;
    for (const { ends, isKnown } of wanted) if (!isKnown && (await createLink(call, tx, ends))) count += 1;
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

async function exists(call: Call, { child, parent, childId, parentId }: Ends): Promise<boolean> {
  if (child.kind === undefined) return false;
  const known = await linksBetween(call, child, [childId], parent);
  return known.some((link) => link.secondId === parentId);
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
