import type { DescribedRoute } from './openapi.ts';

/** One operation of the official client. */
export interface PublishedOperation {
  method: string;
  /** With parameters in braces. */
  path: string;
  /** Class of the client that has it. */
  api: string;
}

export interface Coverage extends PublishedOperation {
  answered: boolean;
}

/** Which published operations have a route. Names of path parameters do not matter. */
export function coverOperations(
  published: readonly PublishedOperation[],
  routes: readonly DescribedRoute[],
): Coverage[] {
  const known = new Set(routes.map((route) => shapeOf(route.method, route.url)));
  return published.map((operation) => ({
    ...operation,
    answered: known.has(shapeOf(operation.method, operation.path)),
  }));
}

function shapeOf(method: string, path: string): string {
  return `${method} ${path.replace(/:\w+|\{\w+\}/g, '{}')}`;
}

/** The table as Markdown: a summary by class, then what is missing. */
export function coverageReport(coverage: readonly Coverage[]): string {
  const answered = coverage.filter((operation) => operation.answered).length;
  const rows = [...Map.groupBy(coverage, (operation) => operation.api)]
    .map(([api, operations]) => ({
      api,
      total: operations.length,
      answered: operations.filter((each) => each.answered).length,
    }))
    .sort((a, b) => (a.api < b.api ? -1 : 1));
  const missing = coverage.filter((operation) => !operation.answered);
  return `# Coverage of the ODM API

Made by \`node packages/odm/src/write-coverage.ts\` from the routes of a running application and a list of the operations of
the official Python client. ${answered} of ${coverage.length} operations are answered.

| class of the client | answered | of |
|---|---|---|
${rows.map((row) => `| ${row.api} | ${row.answered} | ${row.total} |`).join('\n')}

## Not answered

${missing.length === 0 ? 'None.' : missing.map((operation) => `- \`${operation.method} ${operation.path}\``).join('\n')}
`;
}

/** Reads the list: tab-separated, with the columns method, path, api and sources. */
export function parsePublished(text: string): PublishedOperation[] {
  const [header = '', ...lines] = text.split('\n').filter((line) => line.trim() !== '');
  const names = header.split('\t');
  const column = (cells: readonly string[], name: string) => cells[names.indexOf(name)] ?? '';
  return lines
    .map((line) => line.split('\t'))
    .filter((cells) => column(cells, 'sources').startsWith('odm-api'))
    .map((cells) => ({ method: column(cells, 'method'), path: column(cells, 'path'), api: column(cells, 'api') }));
}
