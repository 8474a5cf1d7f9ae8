import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coverageReport, coverOperations, parsePublished } from './coverage.ts';
import { openApiDocument } from './openapi.ts';
import { allOperations } from './operations.ts';

const routes = allOperations().map((operation) => ({
  method: operation.method,
  url: operation.path.replace(/\{(\w+)\}/g, ':$1'),
  operation,
}));

test('no route is declared twice', () => {
  const shapes = routes.map((route) => `${route.method} ${route.url.replace(/:\w+/g, ':')}`);
  assert.deepEqual(
    shapes.filter((shape, index) => shapes.indexOf(shape) !== index),
    [],
  );
});

test('the document describes every operation, and every reference in it leads somewhere', () => {
  const document = JSON.parse(JSON.stringify(openApiDocument(routes, 'https://catalogue.example.org')));
  assert.equal(document.openapi, '3.1.0');
  let described = 0;
  const ids = new Set<string>();
  for (const methods of Object.values<Record<string, { operationId: string; responses: object }>>(document.paths)) {
    for (const operation of Object.values(methods)) {
      described += 1;
      ids.add(operation.operationId);
      assert.ok(Object.keys(operation.responses).length >= 3);
    }
  }
  assert.equal(described, routes.length);
  assert.equal(ids.size, described);
  for (const [, name] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g))
    assert.ok(document.components.schemas[name!], name);
  assert.deepEqual(Object.keys(document.components.securitySchemes), ['Genestack-API-Token', 'Access-token']);
});

test('every pair of the link table has its two operations', () => {
  const posts = routes
    .filter((route) => route.method === 'POST' && route.url.includes('/integration/link/'))
    .map((route) => route.url.split('/link/')[1]);
  assert.equal(posts.length, 14);
  assert.ok(posts.includes('sample/group/:sourceId/to/study/:targetId'));
  assert.ok(posts.includes('expression/group/:sourceId/to/preparation/group/:targetId'));
  for (const post of posts)
    assert.ok(
      routes.some((route) => route.method === 'DELETE' && route.url.endsWith(`/link/${post}`)),
      post,
    );
});

test('coverage compares methods and shapes of paths', () => {
  const published = parsePublished(
    'sources\tmethod\tpath\tapi\nodm-api\tGET\t/a/{x}\tA\nspec-only\tGET\t/b\tA\nodm-api+spec\tPUT\t/a/{x}\tB\n',
  );
  const coverage = coverOperations(published, [{ method: 'GET', url: '/a/:id' }]);
  assert.deepEqual(
    coverage.map((each) => each.answered),
    [true, false],
  );
  assert.match(coverageReport(coverage), /1 of 2 operations/);
  assert.match(coverageReport(coverage), /- `PUT \/a\/\{x\}`/);
});
