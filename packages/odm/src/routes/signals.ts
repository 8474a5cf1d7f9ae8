import { type CatalogRecord, getRecord, listRecords, scrollRecords } from '@linnaea/catalog';
import { CatalogueError, type Principal } from '@linnaea/model';
import { parseVersions } from '@linnaea/query';
import { selectVersions, signalsById } from '@linnaea/signals';
import { type DataType, type Role, roles, signalTypes } from '../data-types.ts';
import type { OdmDeps } from '../deps.ts';
import {
  conditionOf,
  filterParameters,
  formatParameters,
  listAnswer,
  pageOf,
  pageParameters,
  readOptions,
} from '../lists.ts';
import { type Call, type Operation, roleOf } from '../operation.ts';
import type { ParameterRules } from '../parameters.ts';
import type { Shown } from '../present.ts';
import { type ReadOptions, showRecords } from '../reading.ts';
import { ref } from '../schemas.ts';
import { versionOperations } from './metadata.ts';

export const versionParameters = {
  useVersions: {
    type: 'text',
    description: 'Versions of data files that take part: *, v2, v1,v0 or CHAIN:v3; default the active ones',
  },
} as const satisfies ParameterRules;

/** Data files (groups) and their runs; the measurements themselves are another family of routes. */
export function signalOperations(): Operation[] {
  return roles.flatMap((role) => signalTypes.flatMap((type) => operationsOf(type, role)));
}

function operationsOf(type: DataType, role: Role): Operation[] {
  const base = { method: 'GET', tag: `${type.title} SPoT`, ...roleOf(role) } as const;
  const path = `/api/v1/${role}/${type.segment}`;
  return [
    {
      ...base,
      path: `${path}/group`,
      summary: `List ${type.noun} files`,
      answer: ref('ListResponse'),
      query: { ...formatParameters, ...filterParameters, ...versionParameters, ...pageParameters },
      handle: (call) => listGroups(call, type),
    },
    {
      ...base,
      path: `${path}/group/{id}`,
      summary: `Get the metadata of an ${type.noun} file`,
      answer: ref('MetadataWithId'),
      query: formatParameters,
      handle: (call) => getGroup(call, type, call.params.id!),
    },
    {
      ...base,
      path: `${path}/group/by/run/{id}`,
      summary: 'Get the metadata of the file that a run belongs to',
      answer: ref('MetadataWithId'),
      query: formatParameters,
      handle: (call) => groupOfRun(call, type),
    },
    {
      ...base,
      path: `${path}/runs/by/group/{id}`,
      summary: 'List the runs of a file',
      answer: ref('RunsResponse'),
      query: {
        cursor: { type: 'text' },
        pageLimit: { type: 'integer', minimum: 0, maximum: 2000, fallback: 2000 },
      },
      handle: (call) => runsOfGroup(call, type),
    },
    ...versionOperations(type, role),
  ];
}

async function listGroups(call: Call, type: DataType): Promise<unknown> {
  const { deps, principal, view, query } = call;
  const ids = await groupIdsOfVersions(deps, query.text('useVersions'));
  const page = await listRecords(deps.database, principal, {
    kind: `${type.kind}-group`,
    view,
    where: conditionOf(query),
    ids,
    ...pageOf(query),
  });
  return listAnswer(call, page, await showGroups(deps, principal, page.items, readOptions(call)));
}

/** Internal ids of the files whose versions are asked for. */
export async function groupIdsOfVersions(
  deps: Pick<OdmDeps, 'database'>,
  useVersions: string | undefined,
): Promise<number[]> {
  const rules = useVersions === undefined ? undefined : parseVersions(useVersions);
  const signals = await signalsById(deps.database, await selectVersions(deps.database, rules));
  return signals.map((signal) => signal.groupId);
}

async function getGroup(call: Call, type: DataType, accession: string): Promise<unknown> {
  const { deps, principal, view } = call;
  const group = await getRecord(deps.database, principal, accession, [`${type.kind}-group`], { view });
  const [shown] = await showGroups(deps, principal, [group], readOptions(call));
  return shown;
}

async function groupOfRun(call: Call, type: DataType): Promise<unknown> {
  const run = await getRecord(call.deps.database, call.principal, call.params.id!, [type.kind], { view: call.view });
  if (run.group === null)
    throw new CatalogueError('not-found', 'group-not-found', 'No object exists with the given ID.');
  return getGroup(call, type, run.group);
}

/** Files as `{itemId, metadata}`. */
export async function showGroups(
  deps: Pick<OdmDeps, 'database'>,
  principal: Principal,
  groups: readonly CatalogRecord[],
  options: ReadOptions,
): Promise<Shown[]> {
  const shown = await showRecords(deps, principal, groups, options);
  return shown.map((metadata, index) => ({ itemId: groups[index]!.accession, metadata }));
}

/** The cursor is the internal id of the last run of the page before; the page after the last is empty. */
async function runsOfGroup(call: Call, type: DataType): Promise<unknown> {
  const { deps, principal, view, query } = call;
  const group = await getRecord(deps.database, principal, call.params.id!, [`${type.kind}-group`], { view });
  const cursor = query.text('cursor');
  if (cursor !== undefined && !/^\d{1,15}$/.test(cursor))
    throw new CatalogueError('invalid', 'cursor', 'incorrect cursor format');
  const limit = query.number('pageLimit') ?? 2000;
  const runs = await scrollRecords(deps.database, principal, {
    kind: type.kind,
    view,
    groupId: group.id,
    limit,
    ...(cursor === undefined ? {} : { after: Number(cursor) }),
  });
  const data = await showRecords(deps, principal, runs, readOptions(call));
  const last = runs.at(-1);
  return { data, ...(last === undefined ? {} : { cursor: String(last.id) }) };
}
