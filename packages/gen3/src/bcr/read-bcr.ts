import type { Attributes, DataDictionary } from '@linnaea/model';
import { readElements } from '../xml/elements.ts';
import { biospecimenElements, biospecimenEntities } from './biospecimen.ts';
import { clinicalDocuments, clinicalElements } from './clinical.ts';

export const bcrKinds = ['biospecimen', 'clinical'] as const;
export type BcrKind = (typeof bcrKinds)[number];

/**
 * Reads an XML document of the TCGA biospecimen core resource as entities. `error` says why there are none; whether they
 * fit the dictionary is judged later, as for entities that come in any other form.
 */
export async function readBcr(
  kind: BcrKind,
  bytes: Uint8Array,
  { dictionary, projectUuid }: { dictionary: DataDictionary; projectUuid: string },
): Promise<{ entities: Attributes[]; error: string | null }> {
  const names = kind === 'biospecimen' ? biospecimenElements : clinicalElements;
  const { elements, error } = await readElements(bytes, names);
  if (error !== null) return { entities: [], error };
  return kind === 'biospecimen'
    ? biospecimenEntities(elements, dictionary, projectUuid)
    : clinicalDocuments(elements, dictionary);
}
