import type { AttributeValue, EntityFinding, Finding } from '@linnaea/model';

/** One entity of a submitted document, not yet judged against the data dictionary. */
export interface EntityRow {
  /** Place among the entities of the document, from 0. */
  index: number;
  /** Line of the document on which the entity begins, from 1. */
  line: number;
  /** As sent, with `*` of template headers taken off the names. Need not be an object: judging says so. */
  document: AttributeValue;
  /** What was wrong with the cells or tokens themselves: to be reported with what judging the document finds. */
  findings: readonly EntityFinding[];
}

/** What reading a document yields: entities, and findings about the document as a whole. */
export type DocumentItem = { kind: 'entity'; row: EntityRow } | { kind: 'finding'; finding: Finding };

export type EntityFormat = 'json' | 'tsv' | 'csv';

/** Text in pieces, as it arrives. */
export type TextChunks = AsyncIterable<string>;

/** A document that cannot be read on. Its message is the one the client sees. */
export class UnreadableDocument extends Error {
  readonly line: number | undefined;
  readonly column: number | undefined;

  constructor(message: string, place: { line?: number | undefined; column?: number | undefined } = {}) {
    super(message);
    this.name = 'UnreadableDocument';
    this.line = place.line;
    this.column = place.column;
  }
}

const formatsByType: Readonly<Record<string, EntityFormat>> = {
  'text/tab-separated-values': 'tsv',
  'text/tsv': 'tsv',
  'text/csv': 'csv',
};

/** The format of a body by its media type; parameters (`; charset=utf-8`) and case do not matter, and all else is JSON. */
export function entityFormat(mediaType: string | undefined): EntityFormat {
  const essence = (mediaType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  return formatsByType[essence] ?? 'json';
}
