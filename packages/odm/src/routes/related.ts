import { type CatalogRecord, findRecords, getRecord, groupsOf, listRecords } from '@linnaea/catalog';
import { CatalogueError, type OdmKind } from '@linnaea/model';
import { parseVersions } from '@linnaea/query';
import { runsOfSignals, selectVersions } from '@linnaea/signals';
import { type DataType, dataTypeOf, dataTypes, type Role, roles, signalTypes } from '../data-types.ts';
import {
  arrayAnswer,
  conditionOf,
  filterParameters,
  formatParameters,
  listAnswer,
  pageOf,
  pageParameters,
  readOptions,
} from '../lists.ts';
import { type Call, type Operation, roleOf } from '../operation.ts';
import { showRecord, showRecords } from '../reading.ts';
import { listOf, ref } from '../schemas.ts';
import { groupIdsOfVersions, showGroups, versionParameters } from './signals.ts';

/** Reads over the link graph: what belongs to a study, a sample, a library or a preparation, and the other way round. */
export function relatedOperations(): Operation[] {
  return roles.flatMap((role) => [
    studyOfSample(role),
    samplesOfStudy(role),
    ...filteredLists(role),
    ...librariesOfSample(role),
    ...runsOfParent(role),
    ...groupsOfStudy(role),
  ]);
}

function operation(role: Role, type: DataType, path: string): Pick<Operation, 'method' | 'path' | 'tag' | 'curator'> {
  return {
    method: 'GET',
    path: `/api/v1/${role}/integration/link/${path}`,
    tag: `${type.title} integration`,
    ...roleOf(role),
  };
}

function studyOfSample(role: Role): Operation {
  return {
    ...operation(role, dataTypeOf('study'), 'study/by/sample/{id}'),
    summary: 'Get the study of a sample',
    answer: ref('Metadata'),
    query: formatParameters,
    handle: async (call) => {
      const sample = await requireParent(call, 'sample');
      const page = await listRecords(call.deps.database, call.principal, {
        kind: 'study',
        view: call.view,
        related: [related(sample)],
        limit: 1,
      });
      const [study] = page.items;
      if (study === undefined)
        throw new CatalogueError('not-found', 'study-not-found', 'The sample is not linked to a study.');
      return showRecord(call.deps, call.principal, study, readOptions(call));
    },
  };
}

function samplesOfStudy(role: Role): Operation {
  return {
    ...operation(role, dataTypeOf('sample'), 'samples/by/study/{id}'),
    summary: 'List the samples of a study',
    answer: ref('ListResponse'),
    query: { ...formatParameters, ...pageParameters },
    handle: (call) => listRelated(call, 'sample', 'study'),
  };
}

/** `samples/by/libraries?filter=…`: the condition is on the other kind. */
function filteredLists(role: Role): Operation[] {
  const pairs: readonly (readonly [OdmKind, OdmKind])[] = [
    ['study', 'sample'],
    ['study', 'library'],
    ['study', 'preparation'],
    ['sample', 'library'],
    ['sample', 'preparation'],
    ['library', 'sample'],
    ['preparation', 'sample'],
  ];
  return pairs.map(([wanted, other]) => {
    const type = dataTypeOf(wanted);
    return {
      ...operation(role, type, `${type.plural}/by/${dataTypeOf(other).plural}`),
      summary: `List the ${type.plural} whose ${dataTypeOf(other).plural} match`,
      answer: ref('ListResponse'),
      query: { ...formatParameters, ...filterParameters, ...pageParameters },
      handle: async (call: Call) => {
        const page = await listRecords(call.deps.database, call.principal, {
          kind: wanted,
          view: call.view,
          related: [{ kind: other, where: conditionOf(call.query) }],
          ...pageOf(call.query),
        });
        return listAnswer(call, page, await showRecords(call.deps, call.principal, page.items, readOptions(call)));
      },
    };
  });
}

function librariesOfSample(role: Role): Operation[] {
  return (['library', 'preparation'] as const).map((kind) => ({
    ...operation(role, dataTypeOf(kind), `${kind}/by/sample/{id}`),
    summary: `List the ${dataTypeOf(kind).plural} of a sample`,
    answer: listOf(ref('Metadata')),
    query: formatParameters,
    handle: async (call: Call) => {
      const sample = await requireParent(call, 'sample');
      const records = await allRelated(call, kind, sample);
      return arrayAnswer(call, await showRecords(call.deps, call.principal, records, readOptions(call)));
    },
  }));
}

function runsOfParent(role: Role): Operation[] {
  return signalTypes.flatMap((type) =>
    type.parents.map((parent) => ({
      ...operation(role, type, `${type.noun}/by/${dataTypeOf(parent).noun}/{id}`),
      summary: `List the ${type.noun} runs of a ${parent}`,
      answer: ref('ListResponse'),
      query: { ...formatParameters, ...versionParameters, ...pageParameters },
      handle: async (call: Call) =>
        listRelated(call, type.kind, parent, await runIdsOfVersions(call, type, await requireParent(call, parent))),
    })),
  );
}

function groupsOfStudy(role: Role): Operation[] {
  const types = dataTypes.filter((type) => type.kind !== 'study' && type.kind !== 'sample');
  return types.map((type) => ({
    ...operation(role, type, `${type.noun}/group/by/study/{id}`),
    summary: `List the ${type.noun} groups of a study`,
    answer: listOf(ref('MetadataWithId')),
    query: type.signal ? { ...formatParameters, ...versionParameters } : formatParameters,
    handle: async (call: Call) => {
      const { deps, principal, view } = call;
      const study = await requireParent(call, 'study');
      let groups = await groupsOf(deps.database, principal, { kind: type.kind, view, related: [related(study)] });
      if (type.signal) {
        const chosen = new Set(await groupIdsOfVersions(deps, call.query.text('useVersions')));
        groups = groups.filter((group) => chosen.has(group.id));
      }
      const records = await findRecords(
        deps.database,
        principal,
        groups.map((group) => group.accession),
        { view },
      );
      return showGroups(deps, principal, records, readOptions(call));
    },
  }));
}

async function listRelated(call: Call, kind: OdmKind, parentKind: OdmKind, ids?: readonly number[]): Promise<unknown> {
  const parent = await requireParent(call, parentKind);
  const page = await listRecords(call.deps.database, call.principal, {
    kind,
    view: call.view,
    related: [related(parent)],
    ...(ids === undefined ? {} : { ids }),
    ...pageOf(call.query),
  });
  return listAnswer(call, page, await showRecords(call.deps, call.principal, page.items, readOptions(call)));
}

/** The runs below a record whose files are of the versions asked for. */
async function runIdsOfVersions(call: Call, type: DataType, parent: CatalogRecord): Promise<number[]> {
  const { deps, principal, view, query } = call;
  const text = query.text('useVersions');
  const groups = await groupsOf(deps.database, principal, { kind: type.kind, view, related: [related(parent)] });
  const versions = text === undefined ? undefined : parseVersions(text);
  const signals = await selectVersions(
    deps.database,
    versions,
    groups.map((group) => group.id),
  );
  return (await runsOfSignals(deps.database, signals)).map((run) => run.runId);
}

function related(record: CatalogRecord): { kind: OdmKind; where: { ids: readonly number[] } } {
  return { kind: record.kind as OdmKind, where: { ids: [record.id] } };
}

async function allRelated(call: Call, kind: OdmKind, parent: CatalogRecord): Promise<CatalogRecord[]> {
  const found: CatalogRecord[] = [];
  for (let offset = 0; ; offset += 2000) {
    const page = await listRecords(call.deps.database, call.principal, {
      kind,
      view: call.view,
      related: [related(parent)],
      offset,
      limit: 2000,
    });
    found.push(...page.items);
    if (page.items.length < 2000) return found;
  }
}

/** These operations declare no 404: an id that names nothing is a wrong request. */
async function requireParent(call: Call, kind: OdmKind): Promise<CatalogRecord> {
  try {
    return await getRecord(call.deps.database, call.principal, call.params.id!, [kind], { view: call.view });
  } catch (error) {
    if (error instanceof CatalogueError && error.kind === 'not-found') {
      throw new CatalogueError('invalid', 'record-not-found', 'The supplied object ID is invalid.');
    }
    throw error;
  }
}
