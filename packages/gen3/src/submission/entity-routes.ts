import {
  deleteNodes,
  isUuid,
  type LoggedDocument,
  logTransaction,
  type NodeWithLinks,
  nextTransactionId,
  readNodes,
} from '@linnaea/catalog';
import type { Attributes, AttributeValue, DataDictionary } from '@linnaea/model';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { openProject } from './access.ts';
import { param, query, Refusal, sendJson, shownPath } from './http.ts';
import { type DeleteResult, deleteResult } from './results.ts';
import { requireState } from './states.ts';

export function splitIds(text: string): string[] {
  return text
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');
}

/** The rest of the path: ids between commas, perhaps with a slash at the end. */
function idsOf(request: FastifyRequest): { ids: string[]; dryRun: boolean } {
  const rest = param(request, '*').replace(/\/+$/, '');
  const dryRun = rest.startsWith('_dry_run/');
  return { ids: splitIds(dryRun ? rest.slice('_dry_run/'.length) : rest), dryRun };
}

export async function getEntities(request: FastifyRequest, reply: FastifyReply, deps: Gen3Deps): Promise<FastifyReply> {
  const { project } = await openProject(request, deps, 'read');
  const { ids } = idsOf(request);
  const nodes = await readNodes(deps.database, project.scopeId, [...new Set(ids.filter(isUuid))]);
  const found = new Set(nodes.map((node) => node.id));
  const missing = ids.filter((id) => !found.has(id.toLowerCase()));
  if (missing.length > 0 || ids.length === 0) throw new Refusal(400, `Not found: ${missing.join(', ')}`);
  const dictionary = deps.dictionary.current();
  return sendJson(reply, 200, {
    entities: nodes.map((node) => ({
      program: project.program,
      project: project.code,
      properties: showNode(node, dictionary),
    })),
  });
}

export function showTime(time: Date): string {
  return time.toISOString().replace('Z', '+00:00');
}

/** A node as `entities` shows it: every property of its type, null where it has none, and the links that it has. */
function showNode(stored: NodeWithLinks, dictionary: DataDictionary): Attributes {
  const node = dictionary.nodes.get(stored.type);
  const linkNames = new Set(node?.links.map((link) => link.name));
  const entries: [string, AttributeValue][] = [];
  for (const name of node?.properties.keys() ?? []) if (!linkNames.has(name)) entries.push([name, null]);
  const links = Object.entries(stored.links).map(([name, targets]): [string, AttributeValue] => [
    name,
    targets.map(({ id, key }) => ({ id, submitter_id: key })),
  ]);
  return Object.fromEntries([
    ...entries,
    ...Object.entries(stored.attributes),
    ['id', stored.id],
    ['type', stored.type],
    ['created_datetime', showTime(stored.createdAt)],
    ['updated_datetime', showTime(stored.updatedAt)],
    ...links,
  ]);
}

export async function deleteEntities(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Gen3Deps,
): Promise<FastifyReply> {
  const { ids, dryRun } = idsOf(request);
  const fields = query(request, 'fields');
  return runDeletion(request, reply, deps, {
    ids,
    dryRun,
    ...(fields === undefined ? {} : { fields: splitIds(fields) }),
  });
}

/** Marks nodes as to be deleted, or takes the mark away. */
export async function markEntities(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Gen3Deps,
): Promise<FastifyReply> {
  const match = /^(.*)\/to_delete\/(true|false)\/*$/i.exec(param(request, '*'));
  if (!match) throw new Refusal(404, 'The address ends in to_delete/true or to_delete/false');
  return runDeletion(request, reply, deps, {
    ids: splitIds(match[1] ?? ''),
    dryRun: false,
    mark: match[2]?.toLowerCase() === 'true',
  });
}

interface DeletionOptions {
  ids: string[];
  dryRun: boolean;
  fields?: string[];
  mark?: boolean;
}

async function runDeletion(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Gen3Deps,
  options: DeletionOptions,
): Promise<FastifyReply> {
  const { principal, project } = await openProject(request, deps, 'delete');
  const path = shownPath(request);
  requireState(project, ['open'], path);
  if (options.ids.length === 0) throw new Refusal(400, 'No ids specified');
  const transactionId = await nextTransactionId(deps.database);
  let result: DeleteResult | undefined;
  await deleteNodes(
    deps.database,
    { principal, project, dictionary: deps.dictionary.current(), ...options },
    (current) => requireState(current, ['open'], path),
    async (tx, outcome) => {
      result = deleteResult(outcome, { transactionId, dryRun: options.dryRun });
      const document: LoggedDocument = {
        name: null,
        format: 'json',
        content: JSON.stringify(options.ids),
        response: result,
      };
      await logTransaction(tx, {
        id: transactionId,
        role: 'delete',
        state: outcome.success ? 'SUCCEEDED' : 'FAILED',
        program: project.program,
        project: project.code,
        scopeId: project.scopeId,
        author: principal,
        dryRun: options.dryRun,
        changeId: outcome.changeId,
        documents: [document],
      });
    },
  );
  if (!result) throw new Error('A deletion ended without a result');
  return sendJson(reply, result.code, result);
}
