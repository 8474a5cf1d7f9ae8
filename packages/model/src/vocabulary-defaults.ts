import cellLine from '../content/vocabularies/cell-line.json' with { type: 'json' };
import cellType from '../content/vocabularies/cell-type.json' with { type: 'json' };
import compound from '../content/vocabularies/compound.json' with { type: 'json' };
import dataSpecies from '../content/vocabularies/data-species.json' with { type: 'json' };
import disease from '../content/vocabularies/disease.json' with { type: 'json' };
import experimentInstrument from '../content/vocabularies/experiment-instrument.json' with { type: 'json' };
import experimentType from '../content/vocabularies/experiment-type.json' with { type: 'json' };
import libraryType from '../content/vocabularies/library-type.json' with { type: 'json' };
import scope from '../content/vocabularies/scope.json' with { type: 'json' };
import sequencingPlatforms from '../content/vocabularies/sequencing-platforms.json' with { type: 'json' };
import sex from '../content/vocabularies/sex.json' with { type: 'json' };
import taxonomy from '../content/vocabularies/taxonomy.json' with { type: 'json' };
import therapeuticArea from '../content/vocabularies/therapeutic-area.json' with { type: 'json' };
import tissue from '../content/vocabularies/tissue.json' with { type: 'json' };
import unitsDose from '../content/vocabularies/units-dose.json' with { type: 'json' };
import unitsTime from '../content/vocabularies/units-time.json' with { type: 'json' };
import type { UnitConversion, VocabularyTerm } from './vocabulary.ts';

/** A vocabulary that comes with the catalogue, ready to be loaded at first start. */
export interface DefaultVocabulary {
  name: string;
  description: string;
  terms: VocabularyTerm[];
}

interface ContentTerm {
  label: string;
  code?: string;
  synonyms?: string[];
  broader?: string[];
  unit?: UnitConversion;
}

const files: readonly { name: string; description: string; terms: readonly ContentTerm[] }[] = [
  sex,
  unitsTime,
  unitsDose,
  dataSpecies,
  libraryType,
  therapeuticArea,
  sequencingPlatforms,
  experimentType,
  experimentInstrument,
  scope,
  taxonomy,
  disease,
  tissue,
  cellType,
  cellLine,
  compound,
];

/** Every vocabulary that the default template names, with the content of `packages/model/content/vocabularies`. */
export function loadDefaultVocabularies(): DefaultVocabulary[] {
  return files.map(({ name, description, terms }) => ({
    name,
    description,
    terms: terms.map((term) => ({
      ...(term.code === undefined ? {} : { code: term.code }),
      label: term.label,
      synonyms: (term.synonyms ?? []).map((label) => ({ label, scope: 'exact' })),
      broader: [...(term.broader ?? [])],
      ...(term.unit === undefined ? {} : { unit: { ...term.unit } }),
    })),
  }));
}
