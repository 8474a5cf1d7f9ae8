import { type LinkEnd, type LinkResult, linkRecords, unlinkRecords } from '@linnaea/catalog';
import { CatalogueError, type OdmKind } from '@linnaea/model';
import { type DataType, dataTypeOf, dataTypes } from '../data-types.ts';
import type { Call, Operation } from '../operation.ts';

/** `POST` and `DELETE /integration/link/…` for every pair of types that may be linked, by object and by group. */
export function linkOperations(): Operation[] {
  return dataTypes.flatMap((type) => [
    ...type.parents.flatMap((parent) => pair(type, parent, false)),
    ...type.groupParents.flatMap((parent) => pair(type, parent, true)),
  ]);
}

function pair(type: DataType, parentKind: OdmKind, isGroup: boolean): Operation[] {
  const parent = dataTypeOf(parentKind);
  // a study is one object: its groups of samples are linked to it itself
  const parentIsGroup = isGroup && parentKind !== 'study';
  const path = `/api/v1/as-curator/integration/link/${type.noun}/${isGroup ? 'group/' : ''}{sourceId}/to/${parent.noun}/${parentIsGroup ? 'group/' : ''}{targetId}`;
  const what = isGroup ? `a group of ${type.plural}` : `one ${type.noun}`;
  const whom = parentIsGroup ? `a group of ${parent.plural}` : `a ${parent.noun}`;
  const ends = (call: Call): [LinkEnd, LinkEnd] => [
    { kind: type.kind, accession: call.params.sourceId!, isGroup },
    { kind: parentKind, accession: call.params.targetId!, isGroup: parentIsGroup },
  ];
  const isCustom = isGroup && type.customLinking && parentKind === 'sample';
  const base = {
    path,
    tag: `${type.title} integration`,
    curator: true,
    status: 204,
    otherStatuses: { 404: 'No such object or link' },
  } as const;
  return [
    {
      ...base,
      method: 'POST',
      summary: `Link ${what} to ${whom}`,
      query: isCustom
        ? { linkingAttribute: { type: 'text', description: 'Attribute of the samples that names the runs' } }
        : {},
      handle: (call) => link(call, type, ends(call)),
    },
    { ...base, method: 'DELETE', summary: `Unlink ${what} from ${whom}`, handle: (call) => unlink(call, ends(call)) },
  ];
}

async function link(call: Call, type: DataType, [child, parent]: [LinkEnd, LinkEnd]): Promise<unknown> {
  const linkingAttribute = call.query.text('linkingAttribute');
  const options = { origin: 'odm' as const, ...(linkingAttribute === undefined ? {} : { linkingAttribute }) };
  let result: LinkResult;
  try {
    result = await call.deps.database.transaction((tx) => linkRecords(tx, call.principal, child, parent, options));
  } catch (error) {
    throw child.isGroup ? unmatched(error, type) : error;
  }
  if (result.unlinked === 0) return undefined;
  call.reply.code(200);
  return {
    message: 'Not all signal data were linked to the samples.',
    linked: result.linked,
    unlinked: result.unlinked,
    ambiguous: result.ambiguous,
  };
}

/** A group link that finds nothing answers 400 or 404, by the type of the data. */
function unmatched(error: unknown, type: DataType): unknown {
  if (!(error instanceof CatalogueError) || !['nothing-linked', 'record-not-found'].includes(error.code)) return error;
  const message =
    'Sample group, signal group or samples to the link were not found, or the specified linking attribute was not found.';
  const kind = type.unmatchedStatus === 404 ? 'not-found' : 'invalid';
  return type.signal ? new CatalogueError(kind, error.code, message) : error;
}

async function unlink(call: Call, [child, parent]: [LinkEnd, LinkEnd]): Promise<unknown> {
  await call.deps.database.transaction((tx) => unlinkRecords(tx, call.principal, child, parent, { origin: 'odm' }));
  return undefined;
}
