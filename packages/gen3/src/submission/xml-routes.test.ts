import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { projectUuid } from '@linnaea/catalog';
import { sql } from '@linnaea/database';
import { createTideServer, type TestServer } from './testing.ts';
import { smallDictionary } from './testing-dictionary.ts';

const files: Record<string, string> = {
  ...Object.fromEntries(
    [
      ['case', 'projects', 'project'],
      ['sample', 'cases', 'case'],
    ].map(([type, link, target]) => [
      `${type}.yaml`,
      `
id: ${type}
category: biospecimen
uniqueKeys: [[id], [project_id, submitter_id]]
systemProperties: [id, project_id]
required: [type, submitter_id]
additionalProperties: false
links: [{name: ${link}, backref: ${type}s, label: of, target_type: ${target}, multiplicity: many_to_one, required: true}]
properties:
  type: {type: string}
  id: {type: string}
  project_id: {type: string}
  submitter_id: {type: string}
  initial_weight: {type: number}
  ${link}: {anyOf: [{type: array}, {type: object}]}`,
    ]),
  ),
};

const base = '/v0/submission/SEA/tide';
const xml = (weight: string) => `<?xml version="1.0"?>
<b:tcga_bcr xmlns:b="urn:b"><b:patient>
  <b:bcr_patient_uuid>AAAAAAAA-0000-4000-8000-000000000001</b:bcr_patient_uuid><b:bcr_patient_barcode>P-1</b:bcr_patient_barcode>
  <b:samples><b:sample>
    <b:bcr_sample_uuid>AAAAAAAA-0000-4000-8000-000000000002</b:bcr_sample_uuid><b:bcr_sample_barcode>P-1-A</b:bcr_sample_barcode>
    <b:initial_weight>${weight}</b:initial_weight>
  </b:sample></b:samples>
</b:patient></b:tcga_bcr>`;
let server: TestServer;

before(async () => {
  server = await createTideServer(smallDictionary(files));
});
after(() => server?.close());

const send = (body: string, path = 'xml/biospecimen/bcr', as: 'submitter' | 'reader' = 'submitter') =>
  server.send('PUT', `${base}/${path}`, body, { type: 'application/xml', as });
const samples = () =>
  server.database.query<{ weight: string; parent: string }>(sql`
    select r.attributes->>'initial_weight' as weight, c.uuid as parent
    from record r join link l on l.child_id = r.id join record c on c.id = l.parent_id where r.kind = 'sample'`);

test('a biospecimen document becomes records, and once more changes them', async () => {
  const dry = await send(xml('5'), 'xml/biospecimen/bcr/_dry_run');
  assert.equal(dry.status, 200, dry.text);
  assert.match(dry.text, /would have been successful/);
  assert.deepEqual(await samples(), []);
  const transaction = /"transaction_id":(\d+)/.exec(dry.text)?.[1];
  const committed = await server.send('PUT', `${base}/transactions/${transaction}/commit`);
  assert.equal(committed.status, 200, committed.text);
  const parent = 'aaaaaaaa-0000-4000-8000-000000000001';
  assert.deepEqual(await samples(), [{ weight: '5', parent }]);
  const again = await send(xml('6.5'));
  assert.equal(again.status, 200, again.text);
  assert.match(again.text, /"updated_entity_count":2/);
  assert.deepEqual(await samples(), [{ weight: '6.5', parent }]);
  const project = await server.database.first(sql`
    select 1 from record c join link l on l.child_id = c.id join record p on p.id = l.parent_id
    where c.kind = 'case' and p.uuid = ${projectUuid('tide')}`);
  assert.ok(project);
});

test('what does not fit is judged, what cannot be read is refused, and readers may not write', async () => {
  const heavy = await send(xml('heavy'));
  assert.equal(heavy.status, 400);
  assert.match(heavy.text, /'heavy' is not of type 'number'/);
  const cut = await send(xml('7').slice(0, 300));
  assert.equal(cut.status, 400);
  assert.match(cut.text, /"message":"Unable to parse xml: /);
  const typed = await send(xml('&w;').replace('?>', '?>\n<!DOCTYPE x [<!ENTITY w "7">]>'));
  assert.equal(typed.status, 400);
  assert.match(typed.text, /"message":"Unable to parse xml: .* \(line 2, column 1\)"/);
  assert.equal((await send(xml('8'), 'xml/biospecimen/bcr', 'reader')).status, 403);
  assert.equal((await send('', 'xml/clinical/bcr')).status, 400);
  assert.deepEqual(
    (await samples()).map(({ weight }) => weight),
    ['6.5'],
  );
});
