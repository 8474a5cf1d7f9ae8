import {
  type CrossReferencePair,
  type CrossReferencePlace,
  type CrossReferenceSet,
  createCrossReferenceSet,
  deleteCrossReferenceSet,
  getCrossReferenceSet,
  longestReferenceId,
  searchCrossReferences,
} from '@linnaea/catalog';
import { readCrossReferences } from '@linnaea/formats';
import { requireCurator } from '@linnaea/identity';
import { fetchLink, openStored, storeFile } from '@linnaea/imports';
import { CatalogueError, type Finding } from '@linnaea/model';
import { describeFinding } from '../errors.ts';
import { type Call, type Operation, recordOf } from '../operation.ts';

const root = '/api/v1/xrefsets';
const setType = 'gene-transcript';
const tag = 'Cross-reference sets';
const longestPage = 2000;
const searchQuery = {
  sourceId: { type: 'list', description: 'Any of them' },
  targetId: { type: 'list', description: 'Any of them' },
  cursor: { type: 'text', description: 'Of the page before' },
  pageLimit: { type: 'integer', maximum: longestPage, fallback: longestPage },
} as const;

/** Maps between genes and their transcripts: loaded from a link, searched from both sides, deleted by who loaded them. */
export function crossReferenceOperations(): Operation[] {
  return [
    {
      method: 'POST',
      path: root,
      tag,
      summary: 'Load a set of cross-references from a link',
      curator: true,
      body: {
        type: 'object',
        required: ['xrefSetType', 'dataLink'],
        properties: {
          xrefSetType: { type: 'string', enum: [setType] },
          dataLink: { type: 'string' },
          metadata: { type: 'object' },
        },
      },
      handle: createSet,
    },
    { method: 'GET', path: `${root}/entries`, tag, summary: 'Search all sets', query: searchQuery, handle: search },
    {
      method: 'GET',
      path: `${root}/{id}/entries`,
      tag,
      summary: 'Search one set',
      query: searchQuery,
      handle: async (call) => {
        const { accession } = await getCrossReferenceSet(call.deps.database, idOf(call));
        return search(call, accession);
      },
    },
    {
      method: 'GET',
      path: `${root}/{id}/metadata`,
      tag,
      summary: 'Describe one set',
      handle: async (call) => {
        const set = await getCrossReferenceSet(call.deps.database, idOf(call));
        return { ...described(set), data: set.metadata };
      },
    },
    {
      method: 'DELETE',
      path: `${root}/{id}`,
      tag,
      summary: 'Delete a set with its links',
      curator: true,
      handle: async ({ deps, principal, ...call }) => {
        await deps.database.transaction((tx) => deleteCrossReferenceSet(tx, principal, idOf(call)));
      },
    },
  ];
}

async function createSet({ deps, principal, body }: Call): Promise<object> {
  requireCurator(principal);
  const { xrefSetType, dataLink, metadata = {} } = recordOf(body);
  if (xrefSetType !== setType) throw invalid(`"xrefSetType" must be "${setType}".`);
  if (typeof dataLink !== 'string' || dataLink === '') throw invalid('"dataLink" is missing.');
  if (metadata !== null && (typeof metadata !== 'object' || Array.isArray(metadata))) {
    throw invalid('"metadata" must be an object.');
  }
  const { imports } = deps;
  const fetched = await fetchLink(dataLink, {
    allowHosts: imports.links.allowHosts,
    allowLocal: imports.links.localDirectories,
    maxBytes: imports.maxFileBytes,
  });
  const file = await storeFile(imports, fetched.stream, {
    fileName: fetched.fileName,
    sourceUrl: dataLink,
    createdBy: principal.userId,
  });
  const findings: Finding[] = [];
  const bytes = await openStored(imports, file);
  const references = readCrossReferences(bytes, { file: file.fileName, report: (finding) => findings.push(finding) });
  const set = await deps.database
    .transaction((tx) =>
      createCrossReferenceSet(tx, principal, {
        kind: setType,
        metadata: { ...recordOf(metadata) },
        objectId: file.objectId,
        pairs: genesFirst(references),
      }),
    )
    .catch((error: unknown) => {
      // the reader knows why there is nothing in the file
      if (!(error instanceof CatalogueError) || error.code !== 'xref-empty') throw error;
      throw new CatalogueError('invalid', 'xref-empty', error.message, { findings, cause: error });
    });
  return { ...described(set), xrefSetType: set.kind, metadata: set.metadata, warnings: findings.map(describeFinding) };
}

/** A file names a transcript and then its gene; the API's source is the gene, its targets the transcripts. */
async function* genesFirst(
  batches: AsyncIterable<readonly CrossReferencePair[]>,
): AsyncGenerator<CrossReferencePair[]> {
  for await (const batch of batches) {
    yield batch.map((reference) => ({ sourceId: reference.targetId, targetId: reference.sourceId }));
  }
}

async function search({ deps, query }: Call, set?: string): Promise<object> {
  const [sourceIds, targetIds] = [query.list('sourceId'), query.list('targetId')];
  if ([...sourceIds, ...targetIds].some((id) => id.length > longestReferenceId)) {
    throw invalid(`An id has at most ${longestReferenceId} characters.`);
  }
  const cursor = query.text('cursor');
  const { entries, last } = await searchCrossReferences(deps.database, {
    sourceIds,
    targetIds,
    limit: query.number('pageLimit') ?? longestPage,
    ...(set === undefined ? {} : { set }),
    ...(cursor === undefined ? {} : { after: placeOf(cursor) }),
  });
  return {
    cursor: last === undefined ? null : cursorOf(last),
    result: entries.map((entry) => ({ xrefSetId: entry.set, sourceId: entry.sourceId, targetIds: entry.targetIds })),
  };
}

/** `#` between the parts, and nowhere else in them. */
function cursorOf({ set, sourceId, targetId }: CrossReferencePlace): string {
  return [set, sourceId, targetId].map((part) => part.replaceAll('%', '%25').replaceAll('#', '%23')).join('#');
}

function placeOf(cursor: string): CrossReferencePlace {
  const [set, sourceId, targetId, ...more] = cursor
    .split('#')
    .map((part) => part.replaceAll('%23', '#').replaceAll('%25', '%'));
  if (set === undefined || sourceId === undefined || targetId === undefined || more.length > 0) {
    throw invalid('The cursor is not one that was given.');
  }
  return { set, sourceId, targetId };
}

function described(set: CrossReferenceSet): object {
  return {
    xrefSetId: set.accession,
    createdBy: set.createdByEmail,
    createdDate: set.createdAt.getTime(),
    lastUpdated: set.updatedAt.getTime(),
  };
}

function idOf({ params }: Pick<Call, 'params'>): string {
  const id = params.id ?? '';
  if (/^[A-Z]+\d+$/.test(id)) return id;
  throw invalid('The id is not an accession.');
}

function invalid(message: string): CatalogueError {
  return new CatalogueError('invalid', 'xref-request', message);
}
