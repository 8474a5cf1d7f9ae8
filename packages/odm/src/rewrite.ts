const services: Readonly<Record<string, (rest: string, role: string) => string>> = {
  study: (rest, role) => `${role}${rest}`,
  sample: (rest, role) => `${role}${rest}`,
  library: (rest, role) => `${role}${rest}`,
  preparation: (rest, role) => `${role}${rest}`,
  expression: (rest, role) => `${role}${rest.replace(/^\/expression(?![^/?])/, '/expressions')}`,
  variant: (rest, role) => `${role}${rest.replace(/^\/variant(?![^/?])/, '/variants')}`,
  flowCytometry: (rest, role) => `${role}${rest.replace(/^\/flow-cytometry(?![^/?])/, '/flow-cytometries')}`,
  integration: (rest, role) => `${role}${rest.startsWith('/studies/') ? `/integration${rest}` : rest}`,
};
const plainServices: Readonly<Record<string, (rest: string) => string>> = {
  job: (rest) => `/jobs${rest}`,
  'reference-data': (rest) => rest,
  'scim-integration': (rest) => rest,
  taskmanager: (rest) => rest,
  manageData: (rest) => `/manage-data${rest.replace(/^\/manage-data(?![^/?])/, '')}`,
};

const legacyPattern = /^\/frontend\/rs\/genestack\/([A-Za-z-]+)\/[^/?]+(\/[^?]*)?(\?.*)?$/;

/**
 * The current path of a legacy one (`/frontend/rs/genestack/{service}/{version}/…`); any other URL comes back as it is.
 * Pure text: what is percent-encoded stays so.
 */
export function rewriteLegacyUrl(url: string): string {
  const match = legacyPattern.exec(url);
  if (match === null) return url;
  const [, service = '', rest = '', query = ''] = match;
  const plain = plainServices[service];
  if (plain !== undefined) return `/api/v1${plain(rest)}${query}`;
  const parts = /^(.+)(Curator|User)$/.exec(service);
  const map = parts === null ? undefined : services[parts[1]!];
  if (map === undefined) return url;
  return `/api/v1${map(rest, parts![2] === 'Curator' ? '/as-curator' : '/as-user')}${query}`;
}
