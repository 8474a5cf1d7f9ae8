export { checkKey } from './keys.ts';
export { localStore } from './local-store.ts';
export { openObjectStore } from './open-store.ts';
export { type S3StoreOptions, s3Store } from './s3-store.ts';
export { type SweepOptions, type SweepResult, sweep } from './sweep.ts';
export * from './types.ts';
