export type * from './blocks.ts';
export {};
