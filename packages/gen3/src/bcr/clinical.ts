import { uuid5 } from '@linnaea/catalog';
import {
  type Attributes,
  type AttributeValue,
  type DataDictionary,
  isSchemaObject,
  type NodeKind,
} from '@linnaea/model';
import type { XmlElement } from '../xml/elements.ts';
import { numberOf, toValue, type ValueType } from './values.ts';

/** Works a value out of several elements; undefined where one is missing. */
type Formula = (values: ReadonlyMap<string, string>) => number | undefined;

interface Property {
  name: string;
  value: Formula | { element: string; type: ValueType } | null;
  /** What the property is when nothing was said. */
  otherwise?: string;
}

interface ClinicalEntity {
  type: string;
  /** Namespace of the ids, the same on every server: a patient sent twice is one. */
  namespace: string;
  properties: readonly Property[];
  /** Later visits are asked for every property too; the last word counts. */
  followUps: boolean;
  link: (patient: XmlElement) => [name: string, target: Attributes];
}

const toCase: ClinicalEntity['link'] = ({ values }) => [
  'cases',
  { id: (values.get('bcr_patient_uuid') ?? '').toLowerCase() },
];

const notReported = 'not reported';

function from(name: string, type: ValueType, element = name, otherwise?: string): Property {
  return { name, value: { element, type }, ...(otherwise === undefined ? {} : { otherwise }) };
}

/** A property that TCGA never asked for. */
function unasked(name: string, otherwise?: string): Property {
  return { name, value: null, ...(otherwise === undefined ? {} : { otherwise }) };
}

function computed(name: string, elements: readonly string[], work: (numbers: number[]) => number): Property {
  return {
    name,
    value: (values) => {
      const numbers = elements.map((element) => numberOf(values.get(element)));
      const known = numbers.filter((number) => number !== undefined);
      const result = known.length === numbers.length ? work(known) : Number.NaN;
      return Number.isFinite(result) ? result : undefined;
    },
  };
}

const yearOfDiagnosis = 'year_of_initial_pathologic_diagnosis';

const clinicalEntities: readonly ClinicalEntity[] = [
  {
    type: 'demographic',
    namespace: '7fdd5f16-188e-4dae-89bb-c207427db3a7',
    followUps: false,
    link: toCase,
    properties: [
      from('gender', 'lower', 'gender', notReported),
      from('race', 'lower', 'race_list/race', notReported),
      from('ethnicity', 'lower', 'ethnicity', notReported),
      computed('year_of_birth', [yearOfDiagnosis, 'age_at_initial_pathologic_diagnosis'], ([year = 0, age = 0]) =>
        Math.trunc(year - age),
      ),
      computed('year_of_death', [yearOfDiagnosis, 'days_to_death'], ([year = 0, days = 0]) =>
        Math.trunc(year + Math.floor(days / 365)),
      ),
    ],
  },
  {
    type: 'diagnosis',
    namespace: '0e34df64-b3ab-4b07-b750-e8690ee28eaf',
    followUps: true,
    link: toCase,
    properties: [
      computed('age_at_diagnosis', ['days_to_birth'], ([days = 0]) => -days),
      from('days_to_birth', 'whole'),
      from('days_to_death', 'whole'),
      from('days_to_last_follow_up', 'whole', 'days_to_last_followup'),
      from('vital_status', 'lower', 'vital_status', notReported),
      from('primary_diagnosis', 'text', 'icd_10', notReported),
      from('morphology', 'text', 'icd_o_3_histology', 'Not Reported'),
      from('tissue_or_organ_of_origin', 'text', 'icd_o_3_site', notReported),
      from('site_of_resection_or_biopsy', 'text', 'icd_o_3_site', notReported),
      unasked('classification_of_tumor', notReported),
      from('prior_malignancy', 'text', 'prior_dx', notReported),
      from('tumor_stage', 'lower', 'stage_event/pathologic_stage', notReported),
      from('tumor_grade', 'text', 'stage_event/gleason_grading/gleason_score', notReported),
      unasked('progression_or_recurrence', notReported),
      unasked('days_to_recurrence'),
      unasked('last_known_disease_status', notReported),
      unasked('days_to_last_known_disease_status'),
    ],
  },
  {
    type: 'exposure',
    namespace: '4950f39b-2f3d-48c5-8e98-04178697ff13',
    followUps: false,
    link: toCase,
    properties: [
      computed(
        'years_smoked',
        ['stopped_smoking_year', 'year_of_tobacco_smoking_onset'],
        ([end = 0, start = 0]) => end - start,
      ),
      computed('cigarettes_per_day', ['number_pack_years_smoked'], ([packYears = 0]) => (packYears * 20) / 365),
      from('alcohol_history', 'text', 'alcohol_history_documented'),
      unasked('alcohol_intensity'),
      from('height', 'number'),
      from('weight', 'number'),
      computed('bmi', ['weight', 'height'], ([weight = 0, height = 0]) => weight / (height * height * 0.0001)),
    ],
  },
  {
    type: 'treatment',
    namespace: '68222794-8b3b-4d1b-a944-49b7d9a0443e',
    followUps: false,
    link: ({ values }) => ['diagnoses', { submitter_id: `${values.get('bcr_patient_barcode')}_diagnosis` }],
    properties: [
      'treatment_or_therapy',
      'treatment_intent_type',
      'therapeutic_agents',
      'days_to_treatment_start',
      'days_to_treatment_end',
    ].map((name) => unasked(name)),
  },
];

export const clinicalElements: ReadonlySet<string> = new Set(['patient', 'follow_up']);

/** What a clinical document tells of its patients: four entities of each. */
export function clinicalDocuments(
  elements: readonly XmlElement[],
  dictionary: DataDictionary,
): { entities: Attributes[]; error: string | null } {
  const entities: Attributes[] = [];
  const patients = elements.filter(({ name }) => name === 'patient');
  if (patients.length === 0) return { entities, error: 'Unable to find element patient' };
  for (const patient of patients) {
    for (const element of ['bcr_patient_uuid', 'bcr_patient_barcode'])
      if (!patient.values.has(element)) return { entities: [], error: `patient: Unable to find element ${element}` };
    const visits = elements.filter(({ name, parent }) => name === 'follow_up' && parent === patient);
    for (const kind of clinicalEntities) {
      const sources = kind.followUps ? [patient, ...visits] : [patient];
      entities.push(entityOf(kind, patient, sources, dictionary.nodes.get(kind.type)));
    }
  }
  return { entities, error: null };
}

function entityOf(
  { type, namespace, properties, link }: ClinicalEntity,
  patient: XmlElement,
  sources: readonly XmlElement[],
  node: NodeKind | undefined,
): Attributes {
  const [linkName, target] = link(patient);
  return Object.fromEntries([
    ['type', type],
    // of the id as it is written, in whatever case: so the ids were always made
    ['id', uuid5(namespace, patient.values.get('bcr_patient_uuid') ?? '')],
    ['submitter_id', `${patient.values.get('bcr_patient_barcode')}_${type}`],
    [linkName, target],
    ...properties.flatMap((property): [string, AttributeValue][] => {
      const value = answerOf(property, sources) ?? silence(property, node);
      return value === undefined ? [] : [[property.name, value]];
    }),
  ]);
}

function answerOf({ value }: Property, sources: readonly XmlElement[]): AttributeValue | undefined {
  if (value === null) return undefined;
  let last: AttributeValue | undefined;
  for (const { values } of sources) {
    if (typeof value === 'function') last = value(values) ?? last;
    else {
      const text = values.get(value.element);
      if (text !== undefined) last = toValue(text, value.type);
    }
  }
  return last;
}

/** What stands for no answer: a word, or null where the dictionary lets the property be away. */
function silence({ name, otherwise }: Property, node: NodeKind | undefined): AttributeValue | undefined {
  const rules = node?.schema.properties;
  if (!node?.properties.has(name) || !isSchemaObject(rules)) return undefined;
  if (otherwise !== undefined) return otherwise;
  const rule = rules[name];
  const type = isSchemaObject(rule) ? rule.type : undefined;
  const mayBeNull = !node.required.includes(name) || (Array.isArray(type) && type.includes('null'));
  return mayBeNull ? null : undefined;
}
