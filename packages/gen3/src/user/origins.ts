import { publicOrigins } from '@linnaea/identity';
import type { FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';

/**
 * The address to name in an answer: the one that the client came by where it is ours, so that links and tokens lead back
 * the same way. `Host` is the client's word and decides nothing but which of our own names is used.
 */
export function baseUrlOf(request: FastifyRequest, { publicUrl }: Pick<Gen3Deps, 'publicUrl'>): string {
  const { protocol, origin } = new URL(publicUrl);
  const asked = `${protocol}//${request.headers.host ?? ''}`;
  return asked !== origin && publicOrigins(publicUrl).includes(asked) ? asked : publicUrl;
}
