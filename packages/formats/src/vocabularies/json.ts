import {
  type BroaderRelation,
  type SynonymScope,
  synonymScopes,
  type TermSynonym,
  type VocabularyBatch,
  type VocabularyTerm,
} from '@linnaea/model';
import type { ByteSource, FindingSink } from '../blocks.ts';
import { JsonRecords } from './json-records.ts';
import { shortCode } from './rdf-terms.ts';
import { scan, TextScanner } from './scanner.ts';

/** Keys whose arrays hold terms; `edges` hold relations. */
const recordKeys: ReadonlySet<string> = new Set(['nodes', 'edges', 'terms', 'concepts', 'items', 'data']);

/**
 * Reads a vocabulary in JSON: OBO graphs (`graphs[].nodes[]` and `edges[]`), or an array of terms, alone or under
 * `terms`, `concepts`, `items` or `data`: `{label, id?, synonyms?, broaders?, definition?}` or just texts.
 */
export async function* readVocabularyJson(source: ByteSource, sink: FindingSink): AsyncGenerator<VocabularyBatch> {
  const scanner = new TextScanner(sink);
  let batch: VocabularyBatch = { terms: [], relations: [] };
  let records = 0;
  const take = (record: unknown, key: string, start: number): void => {
    records += 1;
    if (key === 'edges') {
      const relation = toRelation(record);
      if (relation !== undefined) batch.relations.push(relation);
      return;
    }
    const term = key === 'nodes' && isObject(record) ? fromNode(record) : fromRecord(record);
    if (term === 'unlabelled') scanner.warn('vocabulary-empty-label', 'The term has no label', start);
    else if (term !== undefined) batch.terms.push(term);
  };
  const reader = new JsonRecords(scanner, recordKeys, take);
  for await (const _ of scan(source, scanner, () => reader.step())) {
    if (batch.terms.length + batch.relations.length > 0) yield batch;
    batch = { terms: [], relations: [] };
  }
  if (scanner.stopped) return;
  if (!reader.complete) scanner.error('vocabulary-truncated', 'The file ends before its JSON does');
  else if (records === 0) scanner.warn('vocabulary-no-terms', 'The JSON holds no array of terms');
}

/** A node of an OBO graph; properties, deprecated ones and bare references are not terms. */
function fromNode(node: Record<string, unknown>): VocabularyTerm | undefined {
  const meta = isObject(node.meta) ? node.meta : {};
  if (node.type !== undefined && node.type !== 'CLASS') return undefined;
  const label = textOf(node.lbl);
  if (meta.deprecated === true || label === '') return undefined;
  const definition = isObject(meta.definition) ? textOf(meta.definition.val) : '';
  const code = textOf(node.id);
  const exactMatch = listOf(meta.basicPropertyValues)
    .filter(isObject)
    .filter((property) => textOf(property.pred).endsWith('exactMatch'))
    .map((property) => textOf(property.val));
  return {
    ...(code === '' ? {} : { code: shortCode(code) }),
    label,
    synonyms: synonymsOf(meta.synonyms, label),
    broader: [],
    ...(definition === '' ? {} : { definition }),
    ...(exactMatch.length === 0 ? {} : { exactMatch }),
  };
}

function fromRecord(record: unknown): VocabularyTerm | 'unlabelled' {
  if (typeof record === 'string') {
    return record.trim() === '' ? 'unlabelled' : { label: record.trim(), synonyms: [], broader: [] };
  }
  if (!isObject(record)) return 'unlabelled';
  const label = firstText(record, ['label', 'prefLabel', 'lbl', 'name']);
  if (label === '') return 'unlabelled';
  const code = firstText(record, ['code', 'id', 'termId', 'iri']);
  const definition = firstText(record, ['definition', 'description']);
  const broader = listOf(record.broaders ?? record.broader ?? record.parents)
    .map((each) => (isObject(each) ? firstText(each, ['code', 'id', 'label']) : textOf(each)))
    .filter((each) => each !== '');
  const exactMatch = listOf(record.exactMatch).map(textOf);
  return {
    ...(code === '' ? {} : { code: shortCode(code) }),
    label,
    synonyms: [...synonymsOf(record.synonyms, label), ...synonymsOf(record.altLabel, label)],
    broader: broader.map(shortCode),
    ...(definition === '' ? {} : { definition }),
    ...(exactMatch.length === 0 ? {} : { exactMatch }),
  };
}

function toRelation(edge: unknown): BroaderRelation | undefined {
  if (!isObject(edge)) return undefined;
  const predicate = textOf(edge.pred);
  if (predicate !== 'is_a' && !predicate.endsWith('subClassOf')) return undefined;
  const [narrower, broader] = [textOf(edge.sub), textOf(edge.obj)];
  return narrower === '' || broader === '' ? undefined : { narrower: shortCode(narrower), broader: shortCode(broader) };
}

/** Texts, or objects with the text under `val`, `label` or `value` and the scope under `pred`, `scope` or `type`. */
function synonymsOf(value: unknown, label: string): TermSynonym[] {
  const synonyms: TermSynonym[] = [];
  for (const each of listOf(value)) {
    const text = isObject(each) ? firstText(each, ['val', 'label', 'value']) : textOf(each);
    if (text === '' || text === label) continue;
    synonyms.push({
      label: text,
      scope: isObject(each) ? scopeOf(firstText(each, ['pred', 'scope', 'type'])) : 'exact',
    });
  }
  return synonyms;
}

function scopeOf(text: string): SynonymScope {
  const lower = text.toLowerCase();
  return synonymScopes.find((scope) => lower.includes(scope)) ?? 'exact';
}

function firstText(record: Record<string, unknown>, keys: readonly string[]): string {
  for (const key of keys) {
    const text = Object.hasOwn(record, key) ? textOf(record[key]) : '';
    if (text !== '') return text;
  }
  return '';
}

function listOf(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
