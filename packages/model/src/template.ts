/** The type that a template asks of a value. Values are stored as given and compared by this type. */
export type AttributeType = 'string' | 'integer' | 'decimal' | 'boolean' | 'date' | 'link';

/** What a template attaches rules to: a kind's records, or (`-group`) the metadata of a whole data file. */
export type TemplateTarget =
  | 'study'
  | 'sample'
  | 'library'
  | 'preparation'
  | 'expression'
  | 'expression-group'
  | 'variant'
  | 'variant-group'
  | 'flow-cytometry'
  | 'flow-cytometry-group';

export interface AttributeRule {
  target: TemplateTarget;
  name: string;
  type: AttributeType;
  required: boolean;
  readOnly: boolean;
  /** Accession of the vocabulary that the value must be a preferred label of. */
  vocabulary?: string;
  /** Name of that vocabulary, as template files spell it; the accession of a name changes when it is loaded anew. */
  vocabularyName?: string;
  description?: string;
}

/** Ordered attribute rules per target: a lens on the records of a study that never changes data. */
export interface Template {
  accession: string;
  name: string;
  rules: readonly AttributeRule[];
}
