import { Readable } from 'node:stream';
import { streamExpression, streamVariants } from '@linnaea/omics';
import type { ExpressionQuery } from '@linnaea/query';
import type { Role } from '../data-types.ts';
import { describeError } from '../errors.ts';
import { type Call, type Operation, roleOf } from '../operation.ts';
import {
  dataQueries,
  expressionQueryRule,
  linkedConditions,
  linkedParameters,
  variantQueryRule,
} from './conditions.ts';

const group = { type: 'text', required: true, description: 'Accession of the file' } as const;

/** Whole files, or parts of them, as text. */
export function streamOperations(role: Role): Operation[] {
  const path = `/api/v1/${role}/omics`;
  const base = {
    method: 'GET',
    tag: 'Omics queries',
    ...roleOf(role),
    otherStatuses: { 404: 'There is no such file' },
    answer: { type: 'string' },
  } as const;
  const { sampleFilter, sampleQuery, searchSpecificTerms } = linkedParameters;
  return [
    {
      ...base,
      path: `${path}/expression/streamed-data`,
      summary: 'Stream an expression file as CSV',
      contentType: 'text/csv; charset=utf-8',
      handle: expression,
      query: {
        groupAccession: group,
        ...linkedParameters,
        exQuery: expressionQueryRule,
        featureList: { type: 'list', description: 'Features by name' },
        roundDigits: { type: 'integer', minimum: 0, maximum: 15, fallback: 4, description: 'Decimal places' },
      },
    },
    {
      ...base,
      path: `${path}/variant/streamed-data`,
      summary: 'Stream a variant file as VCF',
      contentType: 'text/tab-separated-values; charset=utf-8',
      handle: variants,
      query: {
        groupAccession: group,
        sampleFilter,
        sampleQuery,
        searchSpecificTerms,
        exQuery: expressionQueryRule,
        vxQuery: variantQueryRule,
      },
    },
  ];
}

async function expression(call: Call): Promise<Readable> {
  const { deps, principal, query, view } = call;
  const { expressionQuery } = dataQueries(query);
  const tree = allOf([featuresNamed(query.list('featureList')), expressionQuery]);
  const selection = {
    view,
    ...linkedConditions(query, ['sample', 'library', 'preparation']),
    ...(tree === undefined ? {} : { expressionQuery: tree }),
  };
  return send(
    call,
    await streamExpression(deps, principal, query.text('groupAccession')!, selection, query.number('roundDigits')),
  );
}

async function variants(call: Call): Promise<Readable> {
  const { deps, principal, query, view } = call;
  const selection = { view, ...linkedConditions(query, ['sample']), ...dataQueries(query) };
  return send(call, await streamVariants(deps, principal, query.text('groupAccession')!, selection));
}

/** The features of a list of names; undefined = the list was not given. */
export function featuresNamed(names: readonly string[]): ExpressionQuery | undefined {
  const values = names.filter((name) => name !== '').map((text) => ({ kind: 'text', text, number: null }) as const);
  if (values.length === 0) return undefined;
  return { kind: 'equals', subject: { kind: 'feature', name: null }, negated: false, values, at: { start: 0, end: 0 } };
}

export function allOf(trees: readonly (ExpressionQuery | undefined)[]): ExpressionQuery | undefined {
  const terms = trees.filter((tree) => tree !== undefined);
  return terms.length < 2 ? terms[0] : { kind: 'and', terms, at: { start: 0, end: 0 } };
}

/**
 * The first part is waited for, so that what fails at once fails with a status. What fails later can only be told in the
 * text itself: by a last line that begins with `#`.
 */
async function send({ deps, request }: Call, parts: AsyncIterable<Uint8Array>): Promise<Readable> {
  const iterator = parts[Symbol.asyncIterator]();
  const first = await iterator.next();
  async function* text(): AsyncGenerator<Uint8Array> {
    try {
      for (let part = first; !part.done; part = await iterator.next()) yield part.value;
    } catch (error) {
      const { status, message } = describeError(error);
      if (status >= 500)
        deps.logger.error({ err: error, method: request.method, route: request.routeOptions.url }, 'Stream failed');
      yield Buffer.from(`\n# ${message.replace(/[\r\n]+/g, ' ')}\n`);
    } finally {
      await iterator.return?.();
    }
  }
  return Readable.from(text(), { objectMode: false });
}
