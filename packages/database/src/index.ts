export { default as sql, empty, join, raw, Sql } from 'sql-template-tag';
export { type ConnectOptions, connect } from './connect.ts';
export { type EmbeddedOptions, type EmbeddedServer, startEmbedded } from './embedded.ts';
export {
  isForeignKeyViolation,
  isSerializationFailure,
  isTimeout,
  isTransient,
  isUniqueViolation,
  sqlState,
} from './errors.ts';
export { type Migration, migrate, readMigrations } from './migrate.ts';
export * from './types.ts';
export { JsonValue, json, jsonText, storableText } from './values.ts';
