import type { AttributeValue } from '../kind.ts';
import { isSchemaObject, type NodeKind, own, type SchemaObject } from './types.ts';

/**
 * The schema that entities are judged by: every property that is not required also takes null, which clears it on an
 * update. The served dictionary does not show this; error texts do (`... 'Y', None]`).
 */
export function loosenedSchema(node: NodeKind): SchemaObject {
  const properties = own(node.schema, 'properties');
  if (!isSchemaObject(properties)) return node.schema;
  const fixed = new Set([...node.required, ...node.links.filter((link) => link.required).map((link) => link.name)]);
  const loosened = Object.entries(properties).map(([name, schema]): [string, AttributeValue] => [
    name,
    fixed.has(name) ? schema : acceptNull(schema),
  ]);
  return { ...node.schema, properties: Object.fromEntries(loosened) };
}

const nullBranch: AttributeValue = { type: 'null' };

function isNullBranch(branch: AttributeValue): boolean {
  if (!isSchemaObject(branch)) return false;
  const type = own(branch, 'type');
  return type === 'null' || (Array.isArray(type) && type.includes('null'));
}

function acceptNull(schema: AttributeValue): AttributeValue {
  if (!isSchemaObject(schema)) return schema;
  const changed = { ...schema };
  const type = own(schema, 'type');
  const types = Array.isArray(type) ? type : [type];
  if (type !== undefined && !types.includes('null'))
    changed.type = [...types.filter((name) => name !== undefined), 'null'];
  const allowed = own(schema, 'enum');
  if (Array.isArray(allowed) && !allowed.includes(null)) changed.enum = [...allowed, null];
  for (const keyword of ['anyOf', 'oneOf']) {
    const branches = own(schema, keyword);
    // With two null branches a `oneOf` would refuse null for matching twice.
    if (Array.isArray(branches) && !branches.some(isNullBranch)) changed[keyword] = [...branches, nullBranch];
  }
  return changed;
}
