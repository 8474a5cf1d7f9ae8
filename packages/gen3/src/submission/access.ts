import { findProgram, findProject, type ProgramRef, type ProjectRef } from '@linnaea/catalog';
import { can } from '@linnaea/identity';
import type { AccessLevel, Principal } from '@linnaea/model';
import type { FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { callerOf } from '../user/caller.ts';
import { param, Refusal } from './http.ts';

/** What a request may do, in the words of the wire, as a level of access. */
export const levels = {
  read: 'read',
  create: 'edit',
  update: 'edit',
  delete: 'edit',
  release: 'own',
  admin: 'own',
} as const satisfies Record<string, AccessLevel>;

export type Right = keyof typeof levels;

const noToken = "Authentication Error: Didn't receive JWT correctly";

/**
 * Who asks; refused with 401 when nobody can be made out, with 403 when another site had a browser ask. `words`: the peers
 * have two ways to say the former.
 */
export async function authenticated(
  request: FastifyRequest,
  deps: Gen3Deps,
  words: 'submission' | 'listing' = 'submission',
): Promise<Principal> {
  const principal = await callerOf(request, deps);
  if (principal) return principal;
  const sent = request.headers.authorization !== undefined || request.headers['x-auth-token'] !== undefined;
  if (words === 'listing') {
    const reason = sent ? 'the token is not valid or has expired' : 'no authorization header provided';
    throw new Refusal(401, `Authentication Error: ${reason}`);
  }
  throw new Refusal(401, noToken);
}

export interface OpenedProject {
  principal: Principal;
  project: ProjectRef;
}

/** The project of a request: that it exists is checked before who asks, and both before anything happens. */
export async function openProject(request: FastifyRequest, deps: Gen3Deps, right: Right): Promise<OpenedProject> {
  const project = await existingProject(request, deps);
  const principal = await authenticated(request, deps);
  if (await can(deps.database, principal, levels[right], project.scopeId)) return { principal, project };
  throw new Refusal(403, "You don't have access to this resource: user is unauthorized");
}

export async function existingProject(request: FastifyRequest, deps: Gen3Deps): Promise<ProjectRef> {
  const [program, code] = [param(request, 'program'), param(request, 'project')];
  const project = await findProject(deps.database, program, code);
  if (project) return project;
  const known = await findProgram(deps.database, program);
  throw new Refusal(404, known ? `Project ${code} not found` : `Program ${program} not found`);
}

export async function existingProgram(request: FastifyRequest, deps: Gen3Deps): Promise<ProgramRef> {
  const name = param(request, 'program');
  const program = await findProgram(deps.database, name);
  if (!program) throw new Refusal(404, `program ${name} not found`);
  return program;
}

export function requireAdmin(allowed: boolean, kind: 'program' | 'project'): void {
  if (allowed) return;
  throw new Refusal(403, `You don't have access to this resource: Unauthorized: User must be Sheepdog ${kind} admin`);
}
