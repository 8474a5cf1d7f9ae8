import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildDataDictionary, parseDictionaryYaml } from '@linnaea/model';
import { readBcr } from './read-bcr.ts';

const files = {
  'case.yaml': `
id: case
category: administrative
links: [{name: projects, backref: cases, label: in, target_type: project, multiplicity: many_to_one, required: true}]
properties: {type: {type: string}, project_id: {type: string}, submitter_id: {type: string}, projects: {type: object}}`,
  'project.yaml': `
id: project
category: administrative
properties: {type: {type: string}, code: {type: string}}`,
  'diagnosis.yaml': `
id: diagnosis
category: clinical
required: [days_to_recurrence, vital_status]
properties:
  {type: {type: string}, project_id: {type: string}, days_to_recurrence: {type: [number, "null"]},
   vital_status: {type: string}, days_to_death: {type: integer}, tumor_stage: {type: string}}`,
};
const parsed = Object.entries(files).map(
  ([name, text]): [string, ReturnType<typeof parseDictionaryYaml>['content']] => [
    name,
    parseDictionaryYaml(name, text).content,
  ],
);
const { dictionary } = buildDataDictionary(new Map(parsed));
const projectUuid = 'e6b1f3a8-57a7-5d0c-8c0e-3a1d1f9b1a00';
const read = (kind: 'biospecimen' | 'clinical', xml: string) =>
  readBcr(kind, Buffer.from(xml), { dictionary, projectUuid });

const patient = '11111111-aaaa-4aaa-8aaa-111111111111';
const id = (digit: number) => `${String(digit).repeat(8)}-BBBB-4BBB-8BBB-${String(digit).repeat(12)}`;

test('biospecimen: each specimen links to the nearest that it was taken from', async () => {
  const { entities, error } = await read(
    'biospecimen',
    `<b:tcga_bcr xmlns:b="urn:b"><b:patient>
      <s:bcr_patient_barcode xmlns:s="urn:s">P-1</s:bcr_patient_barcode><s:bcr_patient_uuid>${patient}</s:bcr_patient_uuid>
      <b:samples><b:sample>
        <b:portions>
          <b:portion>
            <b:weight>30.50</b:weight><b:is_ffpe>NO</b:is_ffpe><b:portion_number>01</b:portion_number>
            <b:day_of_creation>15</b:day_of_creation><b:month_of_creation>02</b:month_of_creation><b:year_of_creation>2011</b:year_of_creation>
            <b:bcr_portion_uuid>${id(3)}</b:bcr_portion_uuid><b:bcr_portion_barcode>P-1-A-1</b:bcr_portion_barcode>
            <b:analytes><b:analyte>
              <b:bcr_analyte_uuid>${id(4)}</b:bcr_analyte_uuid><b:bcr_analyte_barcode>P-1-A-1-D</b:bcr_analyte_barcode>
              <b:aliquots><b:aliquot>
                <b:bcr_aliquot_uuid>${id(5)}</b:bcr_aliquot_uuid><b:concentration>much</b:concentration>
              </b:aliquot></b:aliquots>
            </b:analyte></b:analytes>
            <b:slides><b:slide>
              <b:bcr_slide_uuid>${id(6)}</b:bcr_slide_uuid><b:percent_necrosis>5</b:percent_necrosis><b:percent_tumor_cells/>
            </b:slide></b:slides>
          </b:portion>
          <b:shipment_portion>
            <b:bcr_shipment_portion_uuid>${id(7)}</b:bcr_shipment_portion_uuid>
            <b:shipment_portion_bcr_aliquot_barcode>P-1-A-2</b:shipment_portion_bcr_aliquot_barcode>
          </b:shipment_portion>
        </b:portions>
        <b:bcr_sample_barcode>P-1-A</b:bcr_sample_barcode><b:bcr_sample_uuid>${id(2)}</b:bcr_sample_uuid>
        <b:sample_type_id>01</b:sample_type_id><b:initial_weight>250</b:initial_weight><b:days_to_procurement>7</b:days_to_procurement>
      </b:sample></b:samples>
    </b:patient></b:tcga_bcr>`,
  );
  assert.equal(error, null);
  const lower = (digit: number) => id(digit).toLowerCase();
  assert.deepEqual(entities, [
    { id: patient, type: 'case', submitter_id: 'P-1', projects: [{ id: projectUuid }] },
    {
      id: lower(2),
      type: 'sample',
      submitter_id: 'P-1-A',
      sample_type_id: '01',
      initial_weight: 250,
      days_to_sample_procurement: 7,
      cases: [{ id: patient }],
    },
    {
      id: lower(3),
      type: 'portion',
      submitter_id: 'P-1-A-1',
      portion_number: '01',
      weight: 30.5,
      is_ffpe: false,
      creation_datetime: Date.UTC(2011, 1, 15) / 1000,
      samples: [{ id: lower(2) }],
    },
    { id: lower(4), type: 'analyte', submitter_id: 'P-1-A-1-D', portions: [{ id: lower(3) }] },
    { id: lower(5), type: 'aliquot', concentration: 'much', analytes: [{ id: lower(4) }] },
    { id: lower(6), type: 'slide', percent_necrosis: 5, portions: [{ id: lower(3) }] },
    { id: lower(7), type: 'portion', submitter_id: 'P-1-A-2', samples: [{ id: lower(2) }] },
  ]);
});

test('clinical: formulas, words for silence, and the last visit counts', async () => {
  const xml = (visits: string) => `<t><x:patient xmlns:x="urn:x">
      <bcr_patient_uuid>${patient.toUpperCase()}</bcr_patient_uuid><bcr_patient_barcode>P-1</bcr_patient_barcode>
      <gender>FEMALE</gender><race_list><race>WHITE</race><race>ASIAN</race></race_list>
      <year_of_initial_pathologic_diagnosis>2008</year_of_initial_pathologic_diagnosis>
      <age_at_initial_pathologic_diagnosis>69</age_at_initial_pathologic_diagnosis>
      <vital_status>Alive</vital_status><days_to_birth>-25469</days_to_birth>
      <stage_event><pathologic_stage>Stage IIB</pathologic_stage></stage_event>
      <weight>80</weight><height>200</height><number_pack_years_smoked>73</number_pack_years_smoked>${visits}
    </x:patient></t>`;
  const { entities } = await read('clinical', xml(''));
  const [demographic, diagnosis, exposure, treatment] = entities;
  assert.deepEqual(
    entities.map(({ type, submitter_id }) => [type, submitter_id]),
    ['demographic', 'diagnosis', 'exposure', 'treatment'].map((type) => [type, `P-1_${type}`]),
  );
  assert.equal(demographic?.gender, 'female');
  assert.equal(demographic?.race, 'white');
  assert.equal(demographic?.year_of_birth, 1939);
  assert.deepEqual(demographic?.cases, { id: patient });
  assert.equal(diagnosis?.age_at_diagnosis, 25469);
  assert.equal(diagnosis?.tumor_stage, 'stage iib');
  assert.equal(diagnosis?.vital_status, 'alive');
  // required, but the dictionary lets it be null; and one that it does not know
  assert.equal(diagnosis?.days_to_recurrence, null);
  assert.ok(diagnosis && !Object.hasOwn(diagnosis, 'tumor_grade'));
  assert.equal(exposure?.bmi, 20);
  assert.equal(exposure?.cigarettes_per_day, 4);
  assert.ok(exposure && !Object.hasOwn(exposure, 'years_smoked'));
  assert.deepEqual(treatment?.diagnoses, { submitter_id: 'P-1_diagnosis' });

  const visit = (day: number) =>
    `<follow_up><vital_status>Dead</vital_status><days_to_death>${day}</days_to_death></follow_up>`;
  const later = await read('clinical', xml(`<follow_ups>${visit(300)}${visit(400)}</follow_ups>`));
  assert.equal(later.entities[1]?.vital_status, 'dead');
  assert.equal(later.entities[1]?.days_to_death, 400);
  assert.equal(later.entities[1]?.id, diagnosis?.id);
});

test('what is no such document is refused with its reason', async () => {
  assert.match((await read('biospecimen', '<a>\n<b>')).error ?? '', /Unable to parse xml: .+ \(line 2/);
  assert.match(
    (await read('biospecimen', '<sample><bcr_sample_barcode>x</bcr_sample_barcode></sample>')).error ?? '',
    /bcr_sample_uuid/,
  );
  assert.match((await read('clinical', '<a/>')).error ?? '', /patient/);
  assert.match((await read('clinical', '<patient/>')).error ?? '', /bcr_patient_uuid/);
  assert.deepEqual(await read('biospecimen', '<a/>'), { entities: [], error: null });
});

test('prefixes and namespaces of any kind are read alike, as documents of other sites have them', async () => {
  const specimen = (p: string) => `<${p}patient>
      <${p}bcr_patient_uuid>${patient}</${p}bcr_patient_uuid><${p}bcr_patient_barcode>P-1</${p}bcr_patient_barcode>
      <${p}samples><${p}sample><${p}bcr_sample_uuid>${id(2)}</${p}bcr_sample_uuid>
        <${p}initial_weight precision="gram" xsi:nil="false">250</${p}initial_weight></${p}sample></${p}samples>
    </${p}patient>`;
  const declared = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:b b.xsd"';
  const { entities, error } = await read(
    'biospecimen',
    `<tcga_bcr xmlns="urn:b" ${declared}>${specimen('')}</tcga_bcr>`,
  );
  assert.equal(error, null);
  assert.equal(entities.length, 2);
  for (const p of ['bio:', 'x-1.0:', 'Σ:']) {
    const root = `<${p}tcga_bcr xmlns:${p.slice(0, -1)}="urn:b" ${declared}>${specimen(p)}</${p}tcga_bcr>`;
    assert.deepEqual(await read('biospecimen', root), { entities, error: null });
  }
  const clinical = (p: string) => `<${p}patient xmlns${p === '' ? '' : `:${p.slice(0, -1)}`}="urn:c">
    <s:bcr_patient_uuid xmlns:s="urn:s">${patient}</s:bcr_patient_uuid><${p}bcr_patient_barcode>P-1</${p}bcr_patient_barcode>
    <follow_ups><follow_up_v1.0:follow_up xmlns:follow_up_v1.0="urn:f"><${p}days_to_death>5</${p}days_to_death></follow_up_v1.0:follow_up></follow_ups>
  </${p}patient>`;
  const plain = await read('clinical', clinical(''));
  assert.equal(plain.entities.find(({ type }) => type === 'diagnosis')?.days_to_death, 5);
  assert.deepEqual(await read('clinical', clinical('luad:')), plain);
});

test('a document type is refused with its place, before an entity grows', async () => {
  const { entities, error } = await read(
    'biospecimen',
    '<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>\n<sample><bcr_sample_uuid>&b;</bcr_sample_uuid></sample>',
  );
  assert.deepEqual(entities, []);
  assert.match(error ?? '', /document type.*\(line 2, column 1\)/);
});
