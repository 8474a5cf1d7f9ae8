export * from './deps.ts';
export { type FetchOptions, fetchLink } from './fetch/fetch-link.ts';
export type { FetchedLink } from './fetch/http.ts';
export * from './handlers.ts';
export * from './request.ts';
export {
  obtainSource,
  openStored,
  type StoredFile,
  type StoreOptions,
  storeFile,
  withoutCredentials,
} from './source.ts';
