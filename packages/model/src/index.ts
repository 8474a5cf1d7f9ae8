export * from './access.ts';
export * from './errors.ts';
export * from './finding.ts';
export * from './kind.ts';
export * from './template.ts';
