import type { AttributeValue } from '../kind.ts';

export type SchemaPath = readonly (string | number)[];

/** One broken rule of a schema, worded as Python's jsonschema words it. */
export interface SchemaError {
  keyword: string;
  message: string;
  /** Where in the document, from its root. */
  path: SchemaPath;
  value: AttributeValue;
  /** The values that an `enum` allows. */
  allowed?: readonly AttributeValue[];
  /** For `required`: the missing property. */
  missing?: string;
  /** For `anyOf` and `oneOf`: why each branch was refused. */
  context?: readonly SchemaError[];
}

/** A compiled schema or keyword. `accepts` is the fast answer; `explain` is called only for what was refused. */
export interface SchemaRule {
  accepts(value: AttributeValue): boolean;
  explain(value: AttributeValue, path: SchemaPath, errors: SchemaError[]): void;
}
