import { runGraph } from '@linnaea/catalog';
import { isTimeout } from '@linnaea/database';
import type { Principal } from '@linnaea/model';
import {
  type DocumentNode,
  executeSync,
  type FragmentDefinitionNode,
  GraphQLError,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql';
import type { Gen3Deps } from '../deps.ts';
import { collectFields, type Document } from './collect.ts';
import { limits, TooMuch } from './limits.ts';
import { peerMessage } from './messages.ts';
import { type LateValue, Planner } from './plan.ts';
import type { GraphSchema } from './schema.ts';

export interface GraphRequest {
  query: string;
  variables: Readonly<Record<string, unknown>>;
  operationName?: string | undefined;
}

/** `errors` is there only when there are any: clients take an empty list for a failure. */
export interface GraphAnswer {
  data: Record<string, unknown> | null;
  errors?: string[];
}

type Checked = { document: DocumentNode } | { errors: string[] };

const checkedDocuments = new WeakMap<GraphSchema, Map<string, Checked>>();
const documentsKept = 500;
const longestKept = 20_000;

/** Answers a request as the principal sees the catalogue. Everything that is wrong with it is told in `errors`. */
export async function executeGraph(
  deps: Gen3Deps,
  graph: GraphSchema,
  principal: Principal,
  request: GraphRequest,
): Promise<GraphAnswer> {
  const checked = checkedDocument(graph, request.query);
  if ('errors' in checked) return { data: null, errors: checked.errors };
  const operation = operationOf(checked.document, request.operationName);
  if (typeof operation === 'string') return { data: null, errors: [operation] };
  const values = getVariableValues(graph.schema, operation.variableDefinitions ?? [], request.variables, {
    maxErrors: 20,
  });
  if (values.errors) return { data: null, errors: values.errors.map((error) => peerMessage(error, request.query)) };
  const document: Document = { fragments: fragmentsOf(checked.document), variables: values.coerced };
  try {
    return await answer(deps, graph, principal, { document, operation, source: checked.document });
  } catch (error) {
    const message = knownFault(error, request.query);
    if (message === undefined) throw error;
    return { data: null, errors: [message] };
  }
}

interface Prepared {
  document: Document;
  operation: OperationDefinitionNode;
  source: DocumentNode;
}

async function answer(
  deps: Gen3Deps,
  graph: GraphSchema,
  principal: Principal,
  { document, operation, source }: Prepared,
): Promise<GraphAnswer> {
  const root = graph.schema.getQueryType();
  if (!root) throw new Error('A schema without a root');
  const planner = new Planner(graph, document);
  const introspected = introspection(graph, { document, operation, source });
  const shape = planner.planRoot(root, [operation.selectionSet], introspected);
  const answers = await runGraph(deps.database, principal, planner.roots, { timeout: limits.time });
  const data = shape(answers);
  await readLate(deps, principal, planner.late);
  return planner.errors.length === 0 ? { data } : { data, errors: planner.errors.map((message) => message) };
}

/** What the document asks about the schema is left to the library; its other fields cost nothing there. */
function introspection(graph: GraphSchema, { document, operation, source }: Prepared): Record<string, unknown> {
  const fields = collectFields(document, [operation.selectionSet], () => true);
  if (![...fields.values()].some(([node]) => node?.name.value === '__schema' || node?.name.value === '__type'))
    return {};
  const result = executeSync({
    schema: graph.schema,
    document: source,
    rootValue: {},
    variableValues: document.variables,
    ...(operation.name && { operationName: operation.name.value }),
  });
  return { ...result.data };
}

/** Every feature of every run that one list of features was asked for, in one call. */
async function readLate(deps: Gen3Deps, principal: Principal, late: readonly LateValue[]): Promise<void> {
  if (late.length === 0 || !deps.expressionOf) return;
  const byFeatures = new Map<string, LateValue[]>();
  for (const value of late) {
    const id = JSON.stringify(value.features);
    byFeatures.set(id, [...(byFeatures.get(id) ?? []), value]);
  }
  for (const group of byFeatures.values()) {
    const runs = [...new Set(group.map((value) => value.run))];
    const found = await deps.expressionOf(principal, runs, group[0]?.features ?? []);
    for (const value of group) value.put(found.get(value.run) ?? null);
  }
}

function checkedDocument(graph: GraphSchema, query: string): Checked {
  const kept = checkedDocuments.get(graph) ?? new Map<string, Checked>();
  checkedDocuments.set(graph, kept);
  const known = kept.get(query);
  if (known) return known;
  const checked = check(graph, query);
  if (query.length <= longestKept) kept.set(query, checked);
  if (kept.size > documentsKept) {
    const [oldest] = kept.keys();
    if (oldest !== undefined) kept.delete(oldest);
  }
  return checked;
}

function check(graph: GraphSchema, query: string): Checked {
  if (query.length > limits.length) return { errors: [`The query is longer than ${limits.length} characters`] };
  try {
    const document = parse(query, { maxTokens: limits.tokens });
    const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
    for (const { operation } of operations) {
      if (operation !== 'query') return { errors: [`Schema is not configured for ${operation}s`] };
    }
    const errors = validate(graph.schema, document, undefined, { maxErrors: 20 });
    return errors.length === 0 ? { document } : { errors: errors.map((error) => peerMessage(error, query)) };
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [peerMessage(error, query)] };
    if (error instanceof RangeError) return { errors: ['The query is nested too deeply'] };
    throw error;
  }
}

function operationOf(document: DocumentNode, name: string | undefined): OperationDefinitionNode | string {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const [only] = operations;
  if (name === undefined || name === '') {
    return operations.length === 1 && only
      ? only
      : 'Must provide operation name if query contains multiple operations.';
  }
  return operations.find((operation) => operation.name?.value === name) ?? `Unknown operation named "${name}".`;
}

function fragmentsOf(document: DocumentNode): Map<string, FragmentDefinitionNode> {
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  return new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
}

/** The text of a fault that is the request's own; undefined for any other. */
function knownFault(error: unknown, query: string): string | undefined {
  if (error instanceof TooMuch) return error.message;
  if (error instanceof GraphQLError) return peerMessage(error, query);
  if (isTimeout(error)) return `The query took longer than ${limits.time / 1000} seconds and was given up`;
  return undefined;
}
