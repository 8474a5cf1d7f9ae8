import { findRecords, listRecords, listStudies, type StudySummary } from '@linnaea/catalog';
import { type Attributes, CatalogueError, textsOf } from '@linnaea/model';
import { type FullTextQuery, type MetadataFilter, parseFullText, parseMetadataFilter } from '@linnaea/query';
import { roles } from '../data-types.ts';
import { isoSeconds } from '../job-info.ts';
import { type Call, type Operation, recordOf, roleOf } from '../operation.ts';
import { ref } from '../schemas.ts';
import { readObject } from './imports.ts';

/** Studies by full text over themselves and everything that belongs to them, narrowed by values of attributes. */
export function searchOperations(): Operation[] {
  return roles.map((role) => ({
    method: 'POST',
    path: `/api/v1/${role}/integration/fulltext/search/studies`,
    tag: 'Study integration',
    ...roleOf(role),
    summary: 'Search studies by full text',
    body: ref('SearchStudies'),
    answer: { type: 'object' },
    handle: search,
  }));
}

const mostStudies = 10_000;

async function search(call: Call): Promise<unknown> {
  const body = readObject(call.body);
  const { query, filter } = readFilters(body.filters);
  const page = readPage(body.page);
  const options = { view: call.view, ...(query === undefined ? {} : { query }), sort: 'changed' as const };
  const { database } = call.deps;
  if (filter === undefined) {
    const found = await listStudies(database, call.principal, { ...options, ...page });
    return answer(call, found.items, found.total, page);
  }
  const [found, chosen] = await Promise.all([
    listStudies(database, call.principal, { ...options, offset: 0, limit: mostStudies }),
    listRecords(database, call.principal, { kind: 'study', view: call.view, where: { filter }, limit: mostStudies }),
  ]);
  const accessions = new Set(chosen.items.map((study) => study.accession));
  const both = found.items.filter((study) => accessions.has(study.accession));
  return answer(call, both.slice(page.offset, page.offset + page.limit), both.length, page);
}

async function answer(
  call: Call,
  studies: readonly StudySummary[],
  total: number,
  page: { offset: number; limit: number },
): Promise<unknown> {
  const records = await findRecords(
    call.deps.database,
    call.principal,
    studies.map((study) => study.accession),
    { view: call.view },
  );
  const attributes = new Map(records.map((record) => [record.accession, record.attributes]));
  return {
    objectsPage: {
      filteredCount: total,
      pageRequest: page,
      content: studies.map((study) => ({
        accession: study.accession,
        name: study.title,
        owner: study.ownerEmail,
        fileCreation: isoSeconds(study.createdAt),
        size: study.sampleCount,
        hasFacs: study.dataClasses.some((name) => name.startsWith('Flow')),
        hasGenomic: study.dataClasses.some((name) => name.startsWith('Gene variant')),
        hasTranscriptomics: study.dataClasses.some(
          (name) => !name.startsWith('Gene variant') && !name.startsWith('Flow'),
        ),
        summary: summaryOf(attributes.get(study.accession) ?? {}),
      })),
    },
    // counts of values are not kept for every attribute, so no options are offered; ids of options are understood
    filterOptionGroups: [],
  };
}

function summaryOf(attributes: Attributes): { key: string; values: string[] }[] {
  return Object.entries(attributes)
    .map(([key, value]) => ({ key, values: textsOf(value) }))
    .filter(({ values }) => values.length > 0);
}

function readPage(given: unknown): { offset: number; limit: number } {
  const { offset = 0, limit = 50 } = recordOf(given);
  const isWhole = (value: unknown): value is number =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0;
  if (isWhole(offset) && isWhole(limit) && limit <= 2000) return { offset, limit };
  throw invalid('"page" needs whole numbers: offset from 0, limit from 0 to 2000.');
}

function readFilters(given: unknown): { query?: FullTextQuery; filter?: MetadataFilter } {
  if (given === undefined || given === null) return {};
  if (!Array.isArray(given)) throw invalid('"filters" must be an array.');
  const texts: string[] = [];
  const values = new Map<string, string[]>();
  for (const each of given.map(recordOf)) {
    if (each.type === 'FULL_TEXT' && typeof each.match === 'string') {
      if (each.match.trim() !== '') texts.push(each.match);
    } else if (each.type === 'SELECT' && typeof each.filterOptionId === 'string') {
      const { attribute, value } = readOption(each.filterOptionId);
      values.set(attribute, [...(values.get(attribute) ?? []), value]);
    } else throw invalid('A filter is {"type":"FULL_TEXT","match":…} or {"type":"SELECT","filterOptionId":…}.');
  }
  if (texts.length > 1) throw invalid('Only one FULL_TEXT filter can be given.');
  const conditions = [...values].map(
    ([attribute, options]) =>
      `${JSON.stringify(attribute)} in (${options.map((option) => JSON.stringify(option)).join(', ')})`,
  );
  return {
    ...(texts[0] === undefined ? {} : { query: parseFullText(texts[0]) }),
    ...(conditions.length === 0 ? {} : { filter: parseMetadataFilter(conditions.join(' AND ')) }),
  };
}

/** An option is base64 of `METADATA_Study_Source:Test GEO`: the attribute with underscores for spaces, then a value. */
function readOption(id: string): { attribute: string; value: string } {
  const text = Buffer.from(id, 'base64').toString('utf8');
  const [, attribute, value] = /^METADATA_([^:]+):(.*)$/s.exec(text) ?? [];
  if (attribute === undefined || value === undefined) throw invalid('The filterOptionId is not one of this server.');
  return { attribute: attribute.replaceAll('_', ' '), value };
}

function invalid(message: string): CatalogueError {
  return new CatalogueError('invalid', 'search-invalid', message);
}
