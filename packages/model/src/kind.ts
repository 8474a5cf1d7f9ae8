/** Which set of kinds a record belongs to; both live in the same tables. */
export type ModelName = 'odm' | 'gen3';

/** The kinds of the ODM model that describe one thing each. */
export const odmKinds = [
  'study',
  'sample',
  'library',
  'preparation',
  'expression',
  'variant',
  'flow-cytometry',
  'file',
] as const;
export type OdmKind = (typeof odmKinds)[number];

/** Kinds whose records arrive together in one file and so belong to a group record of kind `<kind>-group`. */
export type GroupedKind = Exclude<OdmKind, 'study' | 'file'>;
export function groupKind(kind: GroupedKind): `${GroupedKind}-group` {
  return `${kind}-group`;
}

/** Kinds that carry measurements: the group is the data file, a record is one run (column) of it. */
export type SignalKind = 'expression' | 'variant' | 'flow-cytometry';
export const signalKinds: readonly SignalKind[] = ['expression', 'variant', 'flow-cytometry'];

/** Allowed links of the ODM model, child to parents (source: semantics of the ODM API, link graph). */
export const odmLinks: Readonly<Record<OdmKind, readonly OdmKind[]>> = {
  study: [],
  sample: ['study'],
  library: ['sample'],
  preparation: ['sample'],
  expression: ['sample', 'library', 'preparation'],
  variant: ['sample'],
  'flow-cytometry': ['sample'],
  file: ['study'],
};

/** The attribute of a parent whose value a child names when whole groups are linked. */
export const linkingAttributes: Readonly<Partial<Record<OdmKind, string>>> = {
  sample: 'Sample Source ID',
  library: 'Library ID',
  preparation: 'Preparation ID',
};

/** Attribute name of the accession on the wire of the ODM API and in its filters. */
export const accessionAttribute = 'genestack:accession';

/** A value of an attribute as stored: text as it was given; several values are an array. */
export type AttributeValue = string | number | boolean | null | AttributeValue[] | { [key: string]: AttributeValue };
export type Attributes = Record<string, AttributeValue>;
