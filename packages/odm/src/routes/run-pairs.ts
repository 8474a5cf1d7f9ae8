import { type CatalogRecord, getRecord, listRecords } from '@linnaea/catalog';
import type { OdmKind } from '@linnaea/model';
import { type DataType, dataTypeOf, dataTypes, type Role, roles } from '../data-types.ts';
import { listAnswer, pageOf, pageParameters } from '../lists.ts';
import { type Call, type Operation, roleOf } from '../operation.ts';
import { ref } from '../schemas.ts';

/** Which run (or library) of a group is linked to which sample, library or preparation. Pages count runs, not pairs. */
export function runPairOperations(): Operation[] {
  return roles.flatMap((role) =>
    dataTypes
      .filter((type) => type.kind !== 'study' && type.kind !== 'sample')
      .flatMap((type) => type.parents.map((parent) => operationOf(role, type, dataTypeOf(parent)))),
  );
}

function operationOf(role: Role, type: DataType, parent: DataType): Operation {
  const children = type.signal ? 'run' : type.plural;
  return {
    method: 'GET',
    path: `/api/v1/${role}/integration/link/${type.noun}/${children}-to-${parent.plural}/by/group/{id}`,
    tag: `${type.title} integration`,
    ...roleOf(role),
    summary: `List which ${parent.plural} the members of a ${type.noun} group are linked to`,
    answer: ref('ListResponse'),
    query: pageParameters,
    otherStatuses: { 404: 'There is no such group' },
    handle: (call) => listPairs(call, type, parent),
  };
}

async function listPairs(call: Call, type: DataType, parent: DataType): Promise<unknown> {
  const { deps, principal, view } = call;
  const group = await getRecord(deps.database, principal, call.params.id!, [`${type.kind}-group`], { view });
  const page = await listRecords(deps.database, principal, {
    kind: type.kind,
    view,
    groupId: group.id,
    ...pageOf(call.query),
  });
  const names = type.signal
    ? (['runId', `${parent.noun}Id`] as const)
    : ([`${type.noun}Id`, `${parent.noun}Id`] as const);
  const pairs = await inBatches(page.items, async (child) => {
    const parents = await parentsOf(call, type.kind, child, parent.kind);
    return parents.map((record) => ({ [names[0]]: child.accession, [names[1]]: record.accession }));
  });
  return listAnswer(call, page, pairs.flat());
}

async function parentsOf(call: Call, kind: OdmKind, child: CatalogRecord, parent: OdmKind): Promise<CatalogRecord[]> {
  const page = await listRecords(call.deps.database, call.principal, {
    kind: parent,
    view: call.view,
    related: [{ kind, where: { ids: [child.id] } }],
    limit: 2000,
  });
  return page.items;
}

const atOnce = 8;

/** Asks for each item, a few at a time, so that one request does not take every connection. */
export async function inBatches<T, R>(items: readonly T[], ask: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  for (let start = 0; start < items.length; start += atOnce) {
    answers.push(...(await Promise.all(items.slice(start, start + atOnce).map(ask))));
  }
  return answers;
}
