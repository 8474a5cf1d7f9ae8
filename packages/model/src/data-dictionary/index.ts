export {
  buildDataDictionary,
  type DictionaryFiles,
  type DictionaryReading,
  parseDictionaryYaml,
} from './data-dictionary.ts';
export { checkLinkCounts, type LinkCounts, takenTargetFinding } from './link-rules.ts';
export { pythonRepr, pythonTypeName } from './python-text.ts';
export { compileSchema } from './schema.ts';
export type { SchemaError, SchemaPath, SchemaRule } from './schema-types.ts';
export { sameValue } from './schema-values.ts';
export { joinAlternatives, nearest } from './suggest.ts';
export {
  type DataDictionary,
  isSchemaObject,
  type LinkGroup,
  type LinkMember,
  type Multiplicity,
  multiplicities,
  type NodeKind,
  type NodeLink,
  type NodeProperty,
  type PropertyKind,
  type SchemaObject,
} from './types.ts';
export {
  compileNode,
  type EntityErrorType,
  type EntityFinding,
  entityFinding,
  type NodeValidator,
  nodeValidator,
  systemDefaults,
  unknownTypeFinding,
  validateDocument,
} from './validate.ts';
