import type { Attributes, AttributeValue, DataDictionary } from '@linnaea/model';
import type { XmlElement } from '../xml/elements.ts';
import { numberOf, toValue, type ValueType } from './values.ts';

interface Specimen {
  type: string;
  /** Elements that hold the UUID and the name of the entity. */
  id: string;
  barcode: string;
  /** The link to what it was taken from: the nearest element of that name around it. */
  from?: { link: string; element: string };
  /** Property, type and, where it is called otherwise, element. */
  properties: readonly (readonly [property: string, type: ValueType, element?: string])[];
  /** What the elements of the day it was made begin and end with, around `day`, `month` and `year`. */
  made?: readonly [before: string, after: string];
}

const named = (type: ValueType, ...names: string[]) => names.map((name) => [name, type] as const);

/** What each element of a TCGA biospecimen document tells of. Aliquots of shipped portions are the portions themselves. */
const specimens: ReadonlyMap<string, Specimen> = new Map([
  ['patient', { type: 'case', id: 'bcr_patient_uuid', barcode: 'bcr_patient_barcode', properties: [] }],
  [
    'sample',
    {
      type: 'sample',
      id: 'bcr_sample_uuid',
      barcode: 'bcr_sample_barcode',
      from: { link: 'cases', element: 'patient' },
      properties: [
        ...named('text', 'sample_type_id', 'sample_type', 'freezing_method', 'oct_embedded', 'pathology_report_uuid'),
        ...named('text', 'longest_dimension', 'intermediate_dimension', 'shortest_dimension'),
        ...named('text', 'time_between_clamping_and_freezing', 'time_between_excision_and_freezing'),
        ...named('number', 'initial_weight', 'current_weight'),
        ...named('whole', 'days_to_collection'),
        ...named('flag', 'is_ffpe'),
        ['days_to_sample_procurement', 'whole', 'days_to_procurement'],
      ],
    },
  ],
  [
    'portion',
    {
      type: 'portion',
      id: 'bcr_portion_uuid',
      barcode: 'bcr_portion_barcode',
      from: { link: 'samples', element: 'sample' },
      properties: [...named('text', 'portion_number'), ...named('number', 'weight'), ...named('flag', 'is_ffpe')],
      made: ['', '_of_creation'],
    },
  ],
  [
    'shipment_portion',
    {
      type: 'portion',
      id: 'bcr_shipment_portion_uuid',
      barcode: 'shipment_portion_bcr_aliquot_barcode',
      from: { link: 'samples', element: 'sample' },
      properties: [...named('text', 'portion_number'), ...named('number', 'weight'), ...named('flag', 'is_ffpe')],
      made: ['shipment_portion_', '_of_shipment'],
    },
  ],
  [
    'analyte',
    {
      type: 'analyte',
      id: 'bcr_analyte_uuid',
      barcode: 'bcr_analyte_barcode',
      from: { link: 'portions', element: 'portion' },
      properties: [
        ...named('text', 'analyte_type_id', 'analyte_type', 'well_number', 'spectrophotometer_method'),
        ...named('number', 'concentration', 'amount', 'a260_a280_ratio'),
      ],
    },
  ],
  [
    'aliquot',
    {
      type: 'aliquot',
      id: 'bcr_aliquot_uuid',
      barcode: 'bcr_aliquot_barcode',
      from: { link: 'analytes', element: 'analyte' },
      properties: [...named('text', 'source_center'), ...named('number', 'amount', 'concentration')],
    },
  ],
  [
    'slide',
    {
      type: 'slide',
      id: 'bcr_slide_uuid',
      barcode: 'bcr_slide_barcode',
      from: { link: 'portions', element: 'portion' },
      properties: [
        ...named('text', 'section_location', 'number_proliferating_cells'),
        ...['tumor_cells', 'tumor_nuclei', 'normal_cells', 'necrosis', 'stromal_cells'].map(percent),
        ...['inflam', 'lymphocyte', 'monocyte', 'granulocyte', 'neutrophil', 'eosinophil'].map((cells) =>
          percent(`${cells}_infiltration`),
        ),
      ],
    },
  ],
] satisfies [string, Specimen][]);

function percent(what: string) {
  return [`percent_${what}`, 'number'] as const;
}

export const biospecimenElements: ReadonlySet<string> = new Set(specimens.keys());

/** Entities of a biospecimen document, parents first. An element without a UUID is an error. */
export function biospecimenEntities(
  elements: readonly XmlElement[],
  dictionary: DataDictionary,
  projectUuid: string,
): { entities: Attributes[]; error: string | null } {
  const entities: Attributes[] = [];
  for (const element of elements) {
    const specimen = specimens.get(element.name);
    if (!specimen) continue;
    const id = element.values.get(specimen.id)?.toLowerCase();
    if (id === undefined) return { entities: [], error: `${specimen.type}: Unable to find element ${specimen.id}` };
    const isCase = specimen.type === 'case' && hasLink(dictionary, 'case', 'projects');
    entities.push(
      Object.fromEntries([
        ['id', id],
        ['type', specimen.type],
        ...propertiesOf(element, specimen),
        ...linkOf(element, specimen),
        ...(isCase ? [['projects', [{ id: projectUuid }]] as const] : []),
      ]),
    );
  }
  return { entities, error: null };
}

function hasLink(dictionary: DataDictionary, type: string, link: string): boolean {
  return dictionary.nodes.get(type)?.links.some(({ name }) => name === link) ?? false;
}

function propertiesOf({ values }: XmlElement, specimen: Specimen): [string, AttributeValue][] {
  const all = [['submitter_id', 'text', specimen.barcode] as const, ...specimen.properties];
  const found = all.flatMap(([property, type, element = property]): [string, AttributeValue][] => {
    const text = values.get(element);
    return text === undefined ? [] : [[property, toValue(text, type)]];
  });
  const seconds = specimen.made && secondsOf(values, specimen.made);
  if (seconds !== undefined) found.push(['creation_datetime', seconds]);
  return found;
}

/** Midnight of a day as seconds since 1970; undefined where no day is told. */
function secondsOf(
  values: ReadonlyMap<string, string>,
  [before, after]: readonly [string, string],
): number | undefined {
  const part = (name: string) => numberOf(values.get(`${before}${name}${after}`));
  const [year, month, day] = [part('year'), part('month'), part('day')];
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const time = Date.UTC(year, month - 1, day);
  return new Date(time).getUTCDate() === day ? time / 1000 : undefined;
}

function linkOf(element: XmlElement, { from }: Specimen): [string, AttributeValue][] {
  if (!from) return [];
  for (let around = element.parent; around; around = around.parent) {
    if (around.name !== from.element) continue;
    const id = around.values.get(specimens.get(around.name)?.id ?? '');
    return id === undefined ? [] : [[from.link, [{ id: id.toLowerCase() }]]];
  }
  return [];
}
