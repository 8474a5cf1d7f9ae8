import { getRecord, listRecords, parentsOf } from '@linnaea/catalog';
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
  const childIds = page.items.map((child) => child.id);
  const pairs = await parentsOf(deps.database, principal, childIds, parent.kind, view);
  const childName = type.signal ? 'runId' : `${type.noun}Id`;
  return listAnswer(
    call,
    page,
    pairs.map((pair) => ({ [childName]: pair.child, [`${parent.noun}Id`]: pair.parent })),
  );
}
