import type { RecordCondition } from '@linnaea/catalog';
import { CatalogueError } from '@linnaea/model';
import type { OmicsConditions, PageRequest } from '@linnaea/omics';
import { parseExpressionQuery, parseMetadataFilter, parseVariantQuery, parseVersions } from '@linnaea/query';
import { conditionOf } from '../lists.ts';
import type { Call } from '../operation.ts';
import type { ParameterRules, QueryValues } from '../parameters.ts';

export const cursorParameters = {
  cursor: { type: 'text', description: 'The cursor of the page before' },
  pageLimit: { type: 'integer', minimum: 0, maximum: 2000, fallback: 2000 },
} as const satisfies ParameterRules;

/** Conditions on the metadata of what runs are linked to. */
export const linkedParameters = {
  sampleFilter: { type: 'text', description: 'Metadata filter on samples' },
  sampleQuery: { type: 'text', description: 'Full text of samples' },
  libraryFilter: { type: 'text', description: 'Metadata filter on libraries' },
  libraryQuery: { type: 'text', description: 'Full text of libraries' },
  preparationFilter: { type: 'text', description: 'Metadata filter on preparations' },
  preparationQuery: { type: 'text', description: 'Full text of preparations' },
  searchSpecificTerms: { type: 'flag', description: 'Full text finds narrower terms too.' },
} as const satisfies ParameterRules;

export const expressionQueryRule = { type: 'text', description: 'e.g. feature=ENSG00000188976 value>=1.5' } as const;
export const variantQueryRule = { type: 'text', description: 'e.g. region=chr1:1000-2000 filter=PASS' } as const;

/** Everything that a query over studies, samples and data can ask. */
export const omicsParameters = {
  studyFilter: { type: 'text', description: 'Metadata filter on studies' },
  studyQuery: { type: 'text', description: 'Full text of studies' },
  ...linkedParameters,
  exQuery: expressionQueryRule,
  exFilter: { type: 'text', description: 'Metadata filter on expression files and their runs' },
  vxQuery: variantQueryRule,
  vxFilter: { type: 'text', description: 'Metadata filter on variant files and their runs' },
  fxQuery: { type: 'text', description: 'Not available: there is no flow cytometry data' },
  fxFilter: { type: 'text', description: 'Not available: there is no flow cytometry data' },
  useVersions: { type: 'text', description: 'Versions of data files that take part; default the active ones' },
} as const satisfies ParameterRules;

/** Reads the conditions of a request. Throws `invalid` for a query that does not parse and for what there is no data of. */
export function readConditions({ query, view }: Pick<Call, 'query' | 'view'>): OmicsConditions {
  for (const name of ['fxQuery', 'fxFilter']) {
    if (query.text(name) !== undefined) {
      throw new CatalogueError(
        'invalid',
        'flow-cytometry-missing',
        `There is no flow cytometry data, so "${name}" cannot be used.`,
      );
    }
  }
  const exFilter = query.text('exFilter');
  const vxFilter = query.text('vxFilter');
  const useVersions = query.text('useVersions');
  return {
    view,
    ...linkedConditions(query, ['study', 'sample', 'library', 'preparation']),
    ...dataQueries(query),
    ...(exFilter === undefined ? {} : { expressionFile: { filter: parseMetadataFilter(exFilter) } }),
    ...(vxFilter === undefined ? {} : { variantFile: { filter: parseMetadataFilter(vxFilter) } }),
    ...(useVersions === undefined ? {} : { versions: parseVersions(useVersions) }),
  };
}

export function dataQueries(query: QueryValues): Pick<OmicsConditions, 'expressionQuery' | 'variantQuery'> {
  const exQuery = query.text('exQuery');
  const vxQuery = query.text('vxQuery');
  return {
    ...(exQuery === undefined ? {} : { expressionQuery: parseExpressionQuery(exQuery) }),
    ...(vxQuery === undefined ? {} : { variantQuery: parseVariantQuery(vxQuery) }),
  };
}

type Linked = 'study' | 'sample' | 'library' | 'preparation';

export function linkedConditions(
  query: QueryValues,
  kinds: readonly Linked[],
): Partial<Record<Linked, RecordCondition>> {
  const asked = kinds.filter(
    (kind) => query.text(`${kind}Filter`) !== undefined || query.text(`${kind}Query`) !== undefined,
  );
  return Object.fromEntries(asked.map((kind) => [kind, conditionOf(query, `${kind}Filter`, `${kind}Query`)]));
}

export function cursorPageOf(query: QueryValues): PageRequest {
  return { cursor: query.text('cursor'), limit: query.number('pageLimit') ?? 2000 };
}
