import { type AuthenticatedPrincipal, requirePermission } from '@linnaea/identity';
import { CatalogueError } from '@linnaea/model';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OdmDeps } from '../deps.ts';

/** What a method is given: arguments by position, as the client sent them. */
export interface MethodCall {
  deps: OdmDeps;
  /** Undefined only for methods that sign somebody in or out. */
  principal: AuthenticatedPrincipal | undefined;
  args: readonly unknown[];
  request: FastifyRequest;
  reply: FastifyReply;
}

/** One callable method. The table of them is all there is: routes, checks and the list of commands come from it. */
export interface Method {
  /** `genestack/{application}/{method}`. */
  path: string;
  params: readonly string[];
  returns: string;
  docs: string;
  /** May be called by nobody in particular. */
  anonymous?: boolean;
  run(call: MethodCall): Promise<unknown>;
}

export function callerOf({ principal }: MethodCall): AuthenticatedPrincipal {
  if (principal !== undefined) return principal;
  throw new CatalogueError('unauthenticated', 'credential-missing', 'User is not authenticated.');
}

/** The caller, who may change templates; the code in the message is what command-line programs look for. */
export function templateManager(call: MethodCall): AuthenticatedPrincipal {
  const principal = callerOf(call);
  requirePermission(principal, 'MANAGE_TEMPLATES');
  return principal;
}

export function textArgument({ args }: MethodCall, place: number): string {
  const value = args[place];
  if (typeof value === 'string') return value;
  throw new CatalogueError('invalid', 'argument-invalid', `Argument ${place + 1} must be a text`);
}

/** A list of texts; one text is a list of one. */
export function textsArgument({ args }: MethodCall, place: number): string[] {
  const value = args[place];
  if (typeof value === 'string') return [value];
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value;
  throw new CatalogueError('invalid', 'argument-invalid', `Argument ${place + 1} must be a list of texts`);
}
