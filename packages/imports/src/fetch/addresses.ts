import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { CatalogueError } from '@linnaea/model';
import ipaddr from 'ipaddr.js';

export interface Address {
  address: string;
  family: 4 | 6;
}

/** Every address of a host name; throws when there is none. */
export type Resolve = (hostname: string) => Promise<readonly Address[]>;

export async function resolveByDns(hostname: string): Promise<Address[]> {
  const found = await lookup(hostname, { all: true });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
}

/** Public by their range, but within a cloud they lead to the machine's own host. */
const hostAgents = new Set(['168.63.129.16']);

/**
 * True for an address on the open internet. Private, loopback, link-local, unique-local, carrier-grade NAT, multicast,
 * reserved and metadata addresses are not; neither are those that carry an IPv4 address within an IPv6 one by
 * translation or a tunnel. A mapped IPv4 address is judged as the IPv4 address that it is.
 */
export function isPublicAddress(text: string): boolean {
  if (isIP(text) === 0) return false; // the library alone would also take `1.2.3`
  const address = ipaddr.process(text);
  return address.range() === 'unicast' && !hostAgents.has(address.toString());
}

/** The host of a URL as names and addresses are compared: lower case, no brackets, no dot at the end. */
export function hostOf(url: URL): string {
  return url.hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}

/** Whether the operator allows the URL's host although its address is private: `host` or `host:port` in the list. */
export function isAllowedHost(url: URL, allowHosts: readonly string[]): boolean {
  const host = hostOf(url);
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  const shown = host.includes(':') ? `[${host}]` : host;
  return allowHosts.some((entry) => {
    const allowed = entry.trim().toLowerCase();
    return allowed === host || allowed === shown || allowed === `${shown}:${port}`;
  });
}

/**
 * The addresses to connect to for a URL. All answers of DNS must be public, unless the host is allowed: a name with one
 * public and one private address is somebody's attempt to have the private one called.
 */
export async function checkedAddresses(url: URL, allowHosts: readonly string[], resolve: Resolve): Promise<Address[]> {
  const host = hostOf(url);
  const family = isIP(host);
  const addresses: readonly Address[] =
    family === 0 ? await answers(host, resolve) : [{ address: host, family: family === 6 ? 6 : 4 }];
  const closed = addresses.some(({ address }) => !isPublicAddress(address));
  if (closed && !isAllowedHost(url, allowHosts)) {
    throw new CatalogueError(
      'forbidden',
      'link-address',
      `Links to ${host} are not allowed: its address is not public`,
      {
        details: { host },
      },
    );
  }
  return [...addresses];
}

async function answers(host: string, resolve: Resolve): Promise<readonly Address[]> {
  let found: readonly Address[] = [];
  try {
    found = await resolve(host);
  } catch (cause) {
    throw unknownHost(host, cause);
  }
  if (found.length === 0) throw unknownHost(host);
  return found;
}

function unknownHost(host: string, cause?: unknown): CatalogueError {
  return new CatalogueError('unavailable', 'link-host-unknown', `The host ${host} has no address`, { cause });
}
