import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { buildDataDictionary, validateDocument } from '@linnaea/model';
import { readEntities } from './read-entities.ts';
import { sharedData } from './shared-data.ts';
import { templateJson, templateTable } from './write-entities.ts';

const cases = sharedData('../reference/gen3/cases/');

async function recorded(start: string) {
  const name = (await readdir(cases.path('.'))).find((file) => file.startsWith(start));
  assert.ok(name, start);
  return JSON.parse(await readFile(cases.path(name), 'utf8'));
}

test('answers recorded from the reference server: schema errors and templates', { skip: cases.skip }, async () => {
  const bodies = await Promise.all(['030-', '031-'].map(async (start) => (await recorded(start)).response.body));
  const { dictionary } = buildDataDictionary(new Map(bodies.map((body) => [body.id, body])));
  for (const start of ['062-', '067-', '069-', '070-', '072-', '078-', '081-', '097-', '104-', '106-']) {
    const { request, response } = await recorded(start);
    const found = validateDocument(request.body, dictionary, request.method === 'POST');
    assert.deepEqual(
      found.map(({ keys, message, type }) => ({ keys, message, type })),
      response.body.entities[0].errors,
      start,
    );
  }
  const analyte = dictionary.nodes.get('analyte');
  assert.ok(analyte);
  assert.equal(templateTable(analyte, dictionary, 'tsv'), (await recorded('042-')).response.body);
  assert.deepEqual(Object.keys(templateJson(analyte, dictionary)).slice(0, 3), [
    '*type',
    'project_id',
    '*submitter_id',
  ]);
});

test('answers recorded from the reference server: documents that cannot be parsed', { skip: cases.skip }, async () => {
  const { dictionary } = buildDataDictionary(new Map());
  for (const start of ['087-', '090-', '102-']) {
    const { request, response } = await recorded(start);
    assert.equal(
      (await readEntities('application/json', request.body, dictionary)).error,
      response.body.message,
      start,
    );
  }
  const { request, response } = await recorded('142-');
  const [document] = request.body;
  assert.equal(
    `Unable to parse doc a: [400] - ${(await readEntities('json', document.doc, dictionary)).error}`,
    response.body.message,
  );
});
