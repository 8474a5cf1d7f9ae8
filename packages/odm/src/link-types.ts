import { type OdmKind, odmLinks } from '@linnaea/model';
import { dataTypes, isGrouped } from './data-types.ts';

/** A type of the generic link operations: an object, the group that an import made, or a set of cross-references. */
export type LinkType =
  | { name: string; kind: OdmKind; isGroup: boolean }
  | { name: typeof mappingType; kind: undefined; isGroup: false };
export type RecordLinkType = Extract<LinkType, { kind: OdmKind }>;

export const mappingType = 'geneTranscriptMapping';

export const recordLinkTypes: readonly RecordLinkType[] = dataTypes.flatMap(({ kind }): RecordLinkType[] => {
  const single = { name: typeNameOf(kind), kind, isGroup: false };
  return isGrouped(kind) ? [single, { name: typeNameOf(`${kind}-group`), kind, isGroup: true }] : [single];
});
export const linkTypes: readonly LinkType[] = [
  ...recordLinkTypes,
  { name: mappingType, kind: undefined, isGroup: false },
];

export interface LinkTypePair {
  child: LinkType;
  parent: LinkType;
}

/** Every pair that may be linked. A study has no group, so groups of samples are linked to itself. */
export const linkTypePairs: readonly LinkTypePair[] = [
  ...recordLinkTypes.flatMap((child) =>
    recordLinkTypes
      .filter(
        (parent) =>
          odmLinks[child.kind].includes(parent.kind) && (parent.isGroup === child.isGroup || parent.kind === 'study'),
      )
      .map((parent) => ({ child, parent })),
  ),
  {
    child: linkTypes.find((type) => type.name === mappingType)!,
    parent: linkTypes.find((type) => type.name === 'expressionGroup')!,
  },
];

/** The kind under which the catalogue keeps records of a type. */
export function storedKind(type: RecordLinkType): string {
  return type.isGroup ? `${type.kind}-group` : type.kind;
}

/** The name of the type that records of a stored kind are of: `sampleGroup` for `sample-group`. */
export function typeNameOf(kind: string): string {
  return kind.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
