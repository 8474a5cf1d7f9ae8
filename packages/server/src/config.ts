import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Everything that can be set, read once at start. Defaults make a working local server. */
export interface Configuration {
  host: string;
  port: number;
  dataDirectory: string;
  /** Unset: the embedded PostgreSQL below the data directory. */
  databaseUrl: string | undefined;
  databasePoolSize: number;
  /** `file:<folder>` or `s3://bucket/prefix`. */
  objectStore: string;
  s3: { endpoint: string | undefined; region: string; forcePathStyle: boolean };
  /** Where browsers and clients reach this server, without a trailing slash. */
  publicUrl: string;
  /** Gen3 data dictionary: folder, JSON file or URL; unset = the one that comes with Linnaea. */
  dataDictionary: string | undefined;
  /** Hosts (with an optional port) on private addresses that import links may name. */
  linkAllowHosts: readonly string[];
  /** Folders that `file:` links may point into. */
  linkLocalDirectories: readonly string[];
  administrator: { email: string | undefined; password: string | undefined; token: string | undefined };
  /** What a collector of metrics shows as bearer; without it only administrators see them. */
  metricsToken: string | undefined;
  /** Addresses or networks of reverse proxies whose `X-Forwarded-…` headers are believed; none by default. */
  trustedProxies: readonly string[];
  oidcIssuers: readonly { issuer: string; audience: string }[];
  /** Imports done at the same time in this process; 0 = another process is the worker. */
  workers: number;
  maxUploadBytes: number;
  logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

export class ConfigurationError extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length} fault${faults.length === 1 ? '' : 's'}:\n${faults.map((f) => `  - ${f}`).join('\n')}`,
    );
    this.name = 'ConfigurationError';
    this.faults = faults;
  }
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
const known = new Set([
  'HOST',
  'PORT',
  'DATA_DIR',
  'DATABASE_URL',
  'DATABASE_POOL',
  'OBJECT_STORE',
  'S3_ENDPOINT',
  'S3_REGION',
  'S3_PATH_STYLE',
  'PUBLIC_URL',
  'DICTIONARY',
  'LINK_ALLOW_HOSTS',
  'LINK_LOCAL_DIRS',
  'ADMIN_EMAIL',
  'ADMIN_PASSWORD',
  'ADMIN_TOKEN',
  'METRICS_TOKEN',
  'OIDC_ISSUERS',
  'TRUSTED_PROXIES',
  'WORKERS',
  'MAX_UPLOAD_BYTES',
  'LOG_LEVEL',
]);

/**
 * Reads `LINNAEA_…` from an environment. A secret may come from a file instead, by `…_FILE`. Throws
 * `ConfigurationError` listing every fault at once; an unknown name is a fault too, because it is a typing mistake.
 */
export function readConfiguration(environment: Readonly<Record<string, string | undefined>>): Configuration {
  const faults: string[] = [];
  const values = collect(environment, faults);
  const whole = (name: string, fallback: number, least: number, most: number) => {
    const text = values.get(name);
    if (text === undefined) return fallback;
    const number = Number(text);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    faults.push(`LINNAEA_${name} must be a whole number from ${least} to ${most}, not "${text}"`);
    return fallback;
  };
  const host = values.get('HOST') ?? '127.0.0.1';
  const port = whole('PORT', 8080, 0, 65535);
  const dataDirectory = resolve(values.get('DATA_DIR') ?? './data');
  const configuration: Configuration = {
    host,
    port,
    dataDirectory,
    databaseUrl: url(values, 'DATABASE_URL', ['postgres:', 'postgresql:'], faults),
    databasePoolSize: whole('DATABASE_POOL', 16, 2, 500),
    objectStore: objectStore(values.get('OBJECT_STORE'), dataDirectory, faults),
    s3: {
      endpoint: url(values, 'S3_ENDPOINT', ['http:', 'https:'], faults),
      region: values.get('S3_REGION') ?? 'us-east-1',
      forcePathStyle: yesNo(values, 'S3_PATH_STYLE', false, faults),
    },
    publicUrl: (url(values, 'PUBLIC_URL', ['http:', 'https:'], faults) ?? `http://${host}:${port}`).replace(/\/+$/, ''),
    dataDictionary: values.get('DICTIONARY'),
    linkAllowHosts: list(values.get('LINK_ALLOW_HOSTS')),
    linkLocalDirectories: list(values.get('LINK_LOCAL_DIRS')).map((directory) => resolve(directory)),
    administrator: {
      email: values.get('ADMIN_EMAIL'),
      password: values.get('ADMIN_PASSWORD'),
      token: values.get('ADMIN_TOKEN'),
    },
    metricsToken: values.get('METRICS_TOKEN'),
    trustedProxies: list(values.get('TRUSTED_PROXIES')),
    oidcIssuers: issuers(values.get('OIDC_ISSUERS'), faults),
    workers: whole('WORKERS', 2, 0, 64),
    maxUploadBytes: whole('MAX_UPLOAD_BYTES', 50 * 2 ** 30, 1, Number.MAX_SAFE_INTEGER),
    logLevel: oneOf(values, 'LOG_LEVEL', logLevels, 'info', faults),
  };
  if (faults.length > 0) throw new ConfigurationError(faults);
  return Object.freeze(configuration);
}

/** The configuration as it may be shown: secrets become `***`. */
export function redact(configuration: Configuration): unknown {
  const { administrator, databaseUrl, metricsToken, ...rest } = configuration;
  const hide = (secret: string | undefined) => (secret === undefined ? undefined : '***');
  return {
    ...rest,
    metricsToken: hide(metricsToken),
    databaseUrl: databaseUrl?.replace(/\/\/[^@/]*@/, '//***@'),
    administrator: {
      email: administrator.email,
      password: hide(administrator.password),
      token: hide(administrator.token),
    },
  };
}

function collect(environment: Readonly<Record<string, string | undefined>>, faults: string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const [full, text] of Object.entries(environment)) {
    if (!full.startsWith('LINNAEA_') || full.startsWith('LINNAEA_TEST_') || text === undefined || text === '') continue;
    const name = full.slice('LINNAEA_'.length);
    const plain = name.replace(/_FILE$/, '');
    if (known.has(name)) values.set(name, text);
    else if (known.has(plain)) readSecret(values, plain, text, faults);
    else faults.push(`${full} is not a setting; known are ${[...known].map((n) => `LINNAEA_${n}`).join(', ')}`);
  }
  return values;
}

function readSecret(values: Map<string, string>, name: string, path: string, faults: string[]): void {
  try {
    values.set(name, readFileSync(path, 'utf8').trim());
  } catch {
    faults.push(`LINNAEA_${name}_FILE names ${path}, which cannot be read`);
  }
}

function url(values: Map<string, string>, name: string, protocols: string[], faults: string[]): string | undefined {
  const text = values.get(name);
  if (text === undefined || (URL.canParse(text) && protocols.includes(new URL(text).protocol))) return text;
  faults.push(`LINNAEA_${name} must be a URL that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`);
  return undefined;
}

function objectStore(text: string | undefined, dataDirectory: string, faults: string[]): string {
  if (text === undefined) return `file:${resolve(dataDirectory, 'objects')}`;
  if (text.startsWith('file:') || /^s3:\/\/[^/]+/.test(text)) return text;
  faults.push(`LINNAEA_OBJECT_STORE must be file:<folder> or s3://bucket/prefix, not "${text}"`);
  return text;
}

function yesNo(values: Map<string, string>, name: string, fallback: boolean, faults: string[]): boolean {
  const text = values.get(name)?.toLowerCase();
  if (text === undefined) return fallback;
  if (['true', 'yes', '1'].includes(text)) return true;
  if (['false', 'no', '0'].includes(text)) return false;
  faults.push(`LINNAEA_${name} must be true or false, not "${text}"`);
  return fallback;
}

function oneOf<T extends string>(
  values: Map<string, string>,
  name: string,
  allowed: readonly T[],
  fallback: T,
  faults: string[],
): T {
  const text = values.get(name);
  if (text === undefined) return fallback;
  const found = allowed.find((candidate) => candidate === text);
  if (found === undefined) faults.push(`LINNAEA_${name} must be one of ${allowed.join(', ')}, not "${text}"`);
  return found ?? fallback;
}

function list(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** `https://issuer|audience`, several separated by commas. */
function issuers(text: string | undefined, faults: string[]): { issuer: string; audience: string }[] {
  return list(text).flatMap((part) => {
    const [issuer, audience, ...more] = part.split('|');
    if (issuer && audience && more.length === 0 && URL.canParse(issuer)) return [{ issuer, audience }];
    faults.push(`LINNAEA_OIDC_ISSUERS must hold issuer|audience pairs separated by commas, not "${part}"`);
    return [];
  });
}
