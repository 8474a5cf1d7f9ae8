export * from './templates.ts';
export * from './vocabularies.ts';
export * from './vocabularies-terms.ts';
