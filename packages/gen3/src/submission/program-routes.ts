import {
  deleteScopeNode,
  listProgramNames,
  listProjectCodes,
  logTransaction,
  nextTransactionId,
  saveProgram,
  saveProject,
} from '@linnaea/catalog';
import { can } from '@linnaea/identity';
import {
  type Attributes,
  type AttributeValue,
  isSchemaObject,
  type NodeKind,
  nearest,
  pythonRepr,
  pythonTypeName,
} from '@linnaea/model';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { authenticated, existingProgram, existingProject, requireAdmin } from './access.ts';
import { parseRequest } from './documents.ts';
import { Refusal, sendJson } from './http.ts';
import type { UploadResult } from './results.ts';

export async function listPrograms(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Gen3Deps,
): Promise<FastifyReply> {
  const principal = await authenticated(request, deps, 'listing');
  const names = await listProgramNames(deps.database, principal);
  return sendJson(reply, 200, { links: names.map((name) => `/v0/submission/${name}`) });
}

export async function listProjects(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Gen3Deps,
): Promise<FastifyReply> {
  const program = await existingProgram(request, deps);
  const principal = await authenticated(request, deps, 'listing');
  const codes = await listProjectCodes(deps.database, principal, program);
  return sendJson(reply, 200, { links: codes.map((code) => `/v0/submission/${program.name}/${code}`) });
}

/** One document of a program or project; null clears nothing here, so it is left out. */
async function oneDocument(request: FastifyRequest, deps: Gen3Deps, kind: 'program' | 'project'): Promise<Attributes> {
  const { entities } = await parseRequest(request, deps.dictionary.current());
  const documents = entities.map((entity) => entity.document);
  const isList = Buffer.isBuffer(request.body) && request.body.toString('utf8').trimStart().startsWith('[');
  const [document] = documents;
  const single = documents.length === 1 && !isList;
  if (!single || !isSchemaObject(document)) {
    const received: AttributeValue = isList || documents.length !== 1 ? documents : (document ?? null);
    throw new Refusal(
      400,
      `The ${kind} creation endpoint only supports single documents (dict). Received data of type <class '${pythonTypeName(received)}'>: ${pythonRepr(received)}`,
    );
  }
  const finding = entities[0]?.findings[0];
  if (finding) throw new Refusal(400, finding.message);
  return document;
}

function text(document: Attributes, name: string): string | undefined {
  const value = Object.hasOwn(document, name) ? document[name] : undefined;
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** Names become parts of paths and, joined by a dash, of project ids. */
function checkName(name: string, kind: 'program' | 'project'): void {
  const pattern = kind === 'program' ? /^[A-Za-z0-9_.~]{1,100}$/ : /^[A-Za-z0-9_.~-]{1,100}$/;
  if (pattern.test(name) && !name.startsWith('_')) return;
  const dash = kind === 'program' ? '' : ' dashes,';
  throw new Refusal(
    400,
    `The name of a ${kind} may hold letters, digits,${dash} dots and underscores, 100 at most, and not begin with an underscore`,
  );
}

const ignored = new Set([
  'type',
  'id',
  'project_id',
  'state',
  'released',
  'releasable',
  'created_datetime',
  'updated_datetime',
]);

/** The document's own properties; what the dictionary does not know is refused, what the server sets is left out. */
function ownProperties(document: Attributes, node: NodeKind | undefined, kind: 'program' | 'project'): Attributes {
  const links = new Set(node?.links.map((link) => link.name));
  const entries: [string, AttributeValue][] = [];
  for (const [name, value] of Object.entries(document)) {
    if (ignored.has(name) || links.has(name)) continue;
    if (node && !node.properties.has(name)) {
      const near = nearest(name, node.properties.keys());
      const hint = near.length === 0 ? '' : `. Did you mean '${near[0]}'?`;
      const className = kind === 'program' ? 'Program' : 'Project';
      throw new Refusal(
        400,
        `ERROR: <${className}(${text(document, 'code') ?? text(document, 'name')})> has no property ${name}${hint}`,
      );
    }
    entries.push([name, value]);
  }
  return Object.fromEntries(entries);
}

export async function putProgram(request: FastifyRequest, reply: FastifyReply, deps: Gen3Deps): Promise<FastifyReply> {
  const principal = await authenticated(request, deps);
  requireAdmin(principal.administrator, 'program');
  const document = await oneDocument(request, deps, 'program');
  const type = text(document, 'type');
  if (type !== undefined && type !== 'program') throw new Refusal(400, `Invalid type in key type='${type}'`);
  const name = text(document, 'name');
  if (name === undefined) throw new Refusal(400, "No program specified in key 'name'");
  checkName(name, 'program');
  const node = deps.dictionary.current().nodes.get('program');
  const properties = ownProperties({ ...document, name }, node, 'program');
  const { id, created } = await deps.database.transaction((tx) => saveProgram(tx, principal, properties));
  return sendJson(reply, 200, { id, name, message: created ? 'Program registered.' : 'Program is updated!' });
}

export async function putProject(request: FastifyRequest, reply: FastifyReply, deps: Gen3Deps): Promise<FastifyReply> {
  const program = await existingProgram(request, deps);
  const principal = await authenticated(request, deps);
  requireAdmin(await can(deps.database, principal, 'own', program.scopeId), 'project');
  const document = await oneDocument(request, deps, 'project');
  const type = text(document, 'type');
  if (type !== undefined && type !== 'project')
    throw new Refusal(400, `Invalid post to program endpoint with type='${type}'`);
  const code = text(document, 'code');
  if (code === undefined) throw new Refusal(400, "No project specified in key 'code'");
  checkName(code, 'project');
  if (text(document, 'dbgap_accession_number') === undefined)
    throw new Refusal(400, 'No dbgap_accession_number specified.');
  const node = deps.dictionary.current().nodes.get('project');
  const properties = ownProperties({ ...document, code }, node, 'project');
  const result = await deps.database.transaction(async (tx) => {
    const { id, scopeId, created, changeId } = await saveProject(tx, principal, program, properties);
    const transactionId = await nextTransactionId(tx);
    await logTransaction(tx, {
      id: transactionId,
      role: 'update',
      state: 'SUCCEEDED',
      program: program.name,
      project: code,
      scopeId,
      author: principal,
      changeId,
      documents: [],
    });
    return projectResult(transactionId, id, code, created);
  });
  return sendJson(reply, 200, result);
}

function projectResult(transactionId: number, id: string, code: string, created: boolean): UploadResult {
  return {
    transaction_id: transactionId,
    success: true,
    code: 200,
    message: 'Transaction successful.',
    entities: [
      {
        valid: true,
        action: created ? 'create' : 'update',
        type: 'project',
        id,
        submitter_id: null,
        unique_keys: [{ code }],
        errors: [],
        warnings: [],
      },
    ],
    entity_error_count: 0,
    transactional_error_count: 0,
    transactional_errors: [],
    created_entity_count: created ? 1 : 0,
    updated_entity_count: created ? 0 : 1,
  };
}

export async function deleteProgram(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Gen3Deps,
): Promise<FastifyReply> {
  const program = await existingProgram(request, deps);
  const principal = await authenticated(request, deps);
  requireAdmin(principal.administrator, 'program');
  await deps.database.transaction((tx) => deleteScopeNode(tx, principal, program, 'program', program.name));
  return reply.code(204).send();
}

export async function deleteProject(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Gen3Deps,
): Promise<FastifyReply> {
  const project = await existingProject(request, deps);
  const principal = await authenticated(request, deps);
  requireAdmin(await can(deps.database, principal, 'own', project.scopeId), 'project');
  await deps.database.transaction((tx) => deleteScopeNode(tx, principal, project, 'project', project.code));
  return reply.code(204).send();
}
