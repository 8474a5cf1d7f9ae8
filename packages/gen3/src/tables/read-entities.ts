import { type DataDictionary, type Finding, FindingCollector } from '@linnaea/model';
import { readDelimited } from './delimited-reader.ts';
import {
  type DocumentItem,
  type EntityFormat,
  type EntityRow,
  entityFormat,
  UnreadableDocument,
} from './entity-row.ts';
import { readJson } from './json-reader.ts';
import { type DocumentSource, readText } from './text-source.ts';

/**
 * Reads a submitted document as it arrives: entities, and findings about the document. A document that cannot be read
 * to its end yields what came before and then an error; nothing is thrown for bad data.
 */
export async function* streamEntities(
  format: EntityFormat,
  source: DocumentSource,
  dictionary: DataDictionary,
): AsyncGenerator<DocumentItem> {
  const text = readText(source, format);
  try {
    yield* format === 'json' ? readJson(text) : readDelimited(text, format, dictionary);
  } catch (error) {
    if (!(error instanceof UnreadableDocument)) throw error;
    yield { kind: 'finding', finding: toFinding(error) };
  }
}

function toFinding({ message, line, column }: UnreadableDocument): Finding {
  const place = { ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
  return {
    code: 'document-unreadable',
    severity: 'error',
    message,
    ...(line === undefined ? {} : { location: place }),
  };
}

export interface EntityDocument {
  entities: EntityRow[];
  /** About the document. With an error among them the peers answer 400 with its message, and no transaction begins. */
  findings: Finding[];
  /** The first error's message, ready for `{"message": …}`; null when the document could be read. */
  error: string | null;
}

/** Reads a whole document into memory, as one transaction needs it. `mediaType` is a Content-Type or a bare format. */
export async function readEntities(
  mediaType: string | undefined,
  source: DocumentSource,
  dictionary: DataDictionary,
): Promise<EntityDocument> {
  const format = mediaType === 'tsv' || mediaType === 'csv' ? mediaType : entityFormat(mediaType);
  const entities: EntityRow[] = [];
  const collector = new FindingCollector();
  let error: string | null = null;
  for await (const item of streamEntities(format, source, dictionary)) {
    if (item.kind === 'entity') entities.push(item.row);
    else {
      collector.add(item.finding);
      // Kept apart: a thousand warnings before it must not hide an error.
      if (item.finding.severity === 'error') error ??= item.finding.message;
    }
  }
  return { entities, findings: collector.findings, error };
}
