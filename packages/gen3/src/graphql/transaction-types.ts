import type { TransactionQuery } from '@linnaea/catalog';
import { transactionColumns } from '@linnaea/catalog';
import {
  type GraphQLArgumentConfig,
  GraphQLBoolean,
  GraphQLID,
  GraphQLInt,
  GraphQLList,
  GraphQLObjectType,
  GraphQLString,
} from 'graphql';
import { FieldError } from './conditions.ts';

const string = { type: GraphQLString };
const strings = { type: new GraphQLList(GraphQLString) };
const boolean = { type: GraphQLBoolean };
const int = { type: GraphQLInt };
const id = { type: GraphQLID };

const relatedCase = new GraphQLObjectType({
  name: 'TransactionResponseEntityRelatedCases',
  fields: { id: string, submitter_id: string },
});
const dependent = new GraphQLObjectType({ name: 'GenericEntity', fields: { id: string, type: string } });
const responseError = new GraphQLObjectType({
  name: 'TransactionResponseError',
  fields: { keys: strings, dependents: { type: new GraphQLList(dependent) }, message: string, type: string },
});
const responseEntity = new GraphQLObjectType({
  name: 'TransactionResponseEntity',
  fields: {
    valid: boolean,
    action: string,
    type: string,
    id: string,
    unique_keys: string,
    related_cases: { type: new GraphQLList(relatedCase) },
    errors: { type: new GraphQLList(responseError) },
    warnings: string,
  },
});
const response = new GraphQLObjectType({
  name: 'TransactionResponse',
  fields: {
    transaction_id: string,
    success: boolean,
    entity_error_count: int,
    transactional_error_count: int,
    code: int,
    message: string,
    created_entity_count: int,
    updated_entity_count: int,
    released_entity_count: int,
    cases_related_to_created_entities_count: int,
    cases_related_to_updated_entities_count: int,
    entities: { type: new GraphQLList(responseEntity) },
  },
});
const document = new GraphQLObjectType({
  name: 'TransactionDocument',
  fields: {
    id,
    transaction_id: id,
    doc_format: string,
    doc: string,
    doc_size: int,
    name: string,
    response_json: string,
    response: { type: response },
  },
});
const snapshot = new GraphQLObjectType({
  name: 'TransactionSnapshot',
  fields: { id, transaction_id: id, action: string, old_props: string, new_props: string },
});

export const transactionLogType: GraphQLObjectType = new GraphQLObjectType({
  name: 'TransactionLog',
  fields: {
    id,
    is_dry_run: boolean,
    closed: boolean,
    committed_by: id,
    state: string,
    type: string,
    quick_search: id,
    submitter: string,
    role: string,
    program: string,
    project: string,
    created_datetime: string,
    canonical_json: string,
    project_id: string,
    snapshots: { type: new GraphQLList(snapshot) },
    documents: { type: new GraphQLList(document) },
    related_cases: { type: new GraphQLList(relatedCase) },
  },
});

export const transactionArguments: Record<string, GraphQLArgumentConfig> = {
  id,
  type: string,
  quick_search: id,
  project_id: strings,
  project: string,
  program: string,
  order_by_asc: string,
  order_by_desc: string,
  related_cases: strings,
  first: int,
  last: int,
  offset: int,
  entities: strings,
  is_dry_run: boolean,
  closed: boolean,
  committable: boolean,
  state: string,
  committed_by: id,
};

type Arguments = Readonly<Record<string, unknown>>;

/** The query that arguments of `transaction_log` mean; `needed`: names of the fields that are shown. */
export function transactionQuery(args: Arguments, needed: ReadonlySet<string>): TransactionQuery {
  const ids = [args.id, args.quick_search].filter((value) => value !== undefined && value !== null).map(number);
  const last = typeof args.last === 'number' ? args.last : undefined;
  const first = last ?? (typeof args.first === 'number' ? args.first : 10);
  return {
    ...(ids.length > 0 && { ids: ids.every((value) => value === ids[0]) ? ids : [] }),
    ...(typeof args.type === 'string' && { roles: args.type === 'upload' ? ['create', 'update'] : [args.type] }),
    ...(Array.isArray(args.project_id) && { projectIds: args.project_id.map(String) }),
    ...(typeof args.project === 'string' && { project: args.project }),
    ...(typeof args.program === 'string' && { program: args.program }),
    ...(Array.isArray(args.entities) && { entities: args.entities.map(String) }),
    ...(Array.isArray(args.related_cases) && { relatedCases: args.related_cases.map(String) }),
    ...(typeof args.is_dry_run === 'boolean' && { dryRun: args.is_dry_run }),
    ...(typeof args.closed === 'boolean' && { closed: args.closed }),
    ...(typeof args.committable === 'boolean' && { committable: args.committable }),
    ...(typeof args.state === 'string' && { states: [args.state] }),
    ...(typeof args.committed_by === 'string' && { committedBy: number(args.committed_by) }),
    ...orderOf(args, last !== undefined),
    first: first > 0 ? first : null,
    offset: typeof args.offset === 'number' && args.offset > 0 ? args.offset : 0,
    documents: ['documents', 'related_cases', 'canonical_json'].some((name) => needed.has(name)),
    snapshots: needed.has('snapshots'),
  };
}

function orderOf(args: Arguments, last: boolean): Pick<TransactionQuery, 'order'> {
  const by = args.order_by_asc ?? args.order_by_desc;
  if (typeof by !== 'string') return last ? { order: { by: 'id', descending: true } } : {};
  const column = transactionColumns.find((name) => name === by);
  if (!column) throw new FieldError(`Cannot order by ${by} on transaction_log`);
  return { order: { by: column, descending: args.order_by_asc === undefined } };
}

/** A number that no transaction has stands for a text that is no number. */
function number(value: unknown): number {
  const text = String(value);
  return /^\d{1,15}$/.test(text) ? Number(text) : -1;
}

type Json = Record<string, unknown>;

/** A transaction as stored, with the fields that follow from the others. */
export function transactionObject(stored: Json): Json {
  const documents = objects(stored.documents).map((entry) => ({
    ...entry,
    response_json: entry.response === null ? null : JSON.stringify(entry.response),
  }));
  const role = String(stored.role);
  const cases = documents.flatMap((entry) => objects(Reflect.get(Object(Reflect.get(entry, 'response')), 'entities')));
  return {
    ...stored,
    type: role === 'create' || role === 'update' ? 'upload' : role,
    quick_search: null,
    project_id: `${String(stored.program)}-${String(stored.project)}`,
    documents,
    canonical_json: documents.length === 0 ? null : Reflect.get(documents[0] ?? {}, 'doc'),
    related_cases: distinct(cases.flatMap((entity) => objects(entity.related_cases))),
  };
}

function distinct(cases: readonly Json[]): Json[] {
  return [...new Map(cases.map((entry) => [JSON.stringify(entry), entry])).values()];
}

function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter((item): item is Json => typeof item === 'object' && item !== null) : [];
}
