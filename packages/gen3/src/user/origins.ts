import type { FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';

const thisMachine = ['127.0.0.1', 'localhost', '[::1]'];

/** The origins that clients may find this server by: the configured one first, and its namesakes on one machine. */
export function originsOf(publicUrl: string): string[] {
  const url = new URL(publicUrl);
  if (!thisMachine.includes(url.hostname)) return [url.origin];
  const port = url.port === '' ? '' : `:${url.port}`;
  return [...new Set([url.origin, ...thisMachine.map((host) => `${url.protocol}//${host}${port}`)])];
}

/**
 * The address to name in an answer: the one that the client came by where it is ours, so that links and tokens lead back
 * the same way. `Host` is the client's word and decides nothing but which of our own names is used.
 */
export function baseUrlOf(request: FastifyRequest, { publicUrl }: Pick<Gen3Deps, 'publicUrl'>): string {
  const { protocol, origin } = new URL(publicUrl);
  const asked = `${protocol}//${request.headers.host ?? ''}`;
  return asked !== origin && originsOf(publicUrl).includes(asked) ? asked : publicUrl;
}
