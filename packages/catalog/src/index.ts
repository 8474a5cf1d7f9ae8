export * from './accessions.ts';
export * from './changes.ts';
export * from './counts.ts';
export * from './cross-references/search.ts';
export * from './cross-references/set-links.ts';
export * from './cross-references/sets.ts';
export * from './dictionary-check.ts';
export type { NodeExample, NodeFindingGroup } from './dictionary-findings.ts';
export * from './dictionary-versions.ts';
export * from './edit.ts';
export * from './filter.ts';
export * from './full-text.ts';
export * from './graph/index.ts';
export { requireFileAccess, requireIndexWrite, requireUploader } from './index-records/access.ts';
export * from './index-records/list.ts';
export {
  attachObject,
  createIndexRecord,
  deleteIndexRecord,
  findIndexRecord,
  findIndexRecords,
  getIndexRecord,
  updateIndexRecord,
} from './index-records/records.ts';
export * from './index-records/signed-links.ts';
export * from './index-records/types.ts';
export * from './layout.ts';
export * from './link-reads.ts';
export * from './links.ts';
export * from './list.ts';
export * from './metadata-documents/aliases.ts';
export {
  type DocumentFilter,
  deleteDocument,
  getDocument,
  listDocuments,
  type MetadataDocument,
  type WriteMode,
  writeDocument,
  writeDocuments,
} from './metadata-documents/documents.ts';
export * from './nodes/index.ts';
export * from './overview/projects.ts';
export * from './overview/search.ts';
export type { SearchMatch } from './overview/search-matches.ts';
export * from './overview/studies.ts';
export * from './overview/study-page.ts';
export * from './overview/study-tables.ts';
export * from './records.ts';
export * from './relations.ts';
export * from './remove.ts';
export * from './templates.ts';
export * from './vocabularies.ts';
export * from './vocabularies-terms.ts';
