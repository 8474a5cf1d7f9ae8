import type { GroupedKind, OdmKind } from '@linnaea/model';

/** How the ODM API spells one kind of record in its paths, and which operations it has for it. */
export interface DataType {
  kind: OdmKind;
  /** Segment of its own paths: `/as-user/{segment}`. */
  segment: string;
  /** Word in the paths of links: `/integration/link/{noun}/…`. */
  noun: string;
  plural: string;
  /** Tag in the documentation. */
  title: string;
  /** Whether its objects are measured columns of a data file: lists and metadata are those of the file. */
  signal: boolean;
  /** Types whose single objects it can be linked to. */
  parents: readonly OdmKind[];
  /** Types whose groups (a study: itself) its groups can be linked to. */
  groupParents: readonly OdmKind[];
  /** Group links to samples may name another attribute of the sample. */
  customLinking: boolean;
  /** What a group link answers when nothing matched. */
  unmatchedStatus: 400 | 404;
  /** Segment of `/jobs/import/{segment}`. */
  importSegment: string;
  /** Legacy creation that waits for its import: path below its own segment. */
  creation?: string;
}

/** Every type whose operations are answered; all routes come from this one table. */
export const dataTypes: readonly DataType[] = [
  {
    kind: 'study',
    segment: 'studies',
    noun: 'study',
    plural: 'studies',
    title: 'Study',
    signal: false,
    parents: [],
    groupParents: [],
    customLinking: false,
    unmatchedStatus: 400,
    importSegment: 'study',
    creation: '',
  },
  {
    kind: 'sample',
    segment: 'samples',
    noun: 'sample',
    plural: 'samples',
    title: 'Sample',
    signal: false,
    parents: ['study'],
    groupParents: ['study'],
    customLinking: false,
    unmatchedStatus: 400,
    importSegment: 'samples',
    creation: '',
  },
  {
    kind: 'library',
    segment: 'libraries',
    noun: 'library',
    plural: 'libraries',
    title: 'Library',
    signal: false,
    parents: ['sample'],
    groupParents: ['sample'],
    customLinking: false,
    unmatchedStatus: 400,
    importSegment: 'libraries',
    creation: '',
  },
  {
    kind: 'preparation',
    segment: 'preparations',
    noun: 'preparation',
    plural: 'preparations',
    title: 'Preparation',
    signal: false,
    parents: ['sample'],
    groupParents: ['sample'],
    customLinking: false,
    unmatchedStatus: 400,
    importSegment: 'preparations',
    creation: '',
  },
  {
    kind: 'expression',
    segment: 'expressions',
    noun: 'expression',
    plural: 'expressions',
    title: 'Expression',
    signal: true,
    parents: ['sample', 'library', 'preparation'],
    groupParents: ['sample', 'library', 'preparation'],
    customLinking: true,
    unmatchedStatus: 400,
    importSegment: 'expression',
    creation: '/gct',
  },
  {
    kind: 'variant',
    segment: 'variants',
    noun: 'variant',
    plural: 'variants',
    title: 'Variant',
    signal: true,
    parents: ['sample'],
    groupParents: ['sample'],
    customLinking: true,
    unmatchedStatus: 404,
    importSegment: 'variant',
    creation: '/vcf',
  },
];

export const metadataTypes: readonly DataType[] = dataTypes.filter((type) => !type.signal);
export const signalTypes: readonly DataType[] = dataTypes.filter((type) => type.signal);

export function dataTypeOf(kind: OdmKind): DataType {
  const type = dataTypes.find((candidate) => candidate.kind === kind);
  if (type === undefined) throw new Error(`No routes are made for ${kind}`);
  return type;
}

/** Whether objects of a type come in groups, one for a file: all but studies. */
export function isGrouped(kind: OdmKind): kind is GroupedKind {
  return kind !== 'study' && kind !== 'file';
}

export const roles = ['as-curator', 'as-user'] as const;
export type Role = (typeof roles)[number];
