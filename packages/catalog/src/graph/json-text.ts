import { join, raw, type Sql, sql } from '@linnaea/database';
import type { AttributeForm } from './selection.ts';

/**
 * SQL of the text of a JSON object. Text, not `json_build_object`: that takes 50 fields at most and copies every part
 * once a level.
 */
export function objectText(members: readonly (readonly [key: string, value: Sql])[]): Sql {
  if (members.length === 0) return sql`'{}'`;
  const parts = members.map(([key, value], index) => sql`${quoted(`${index === 0 ? '{' : ','}"${key}":`, key)}, ${value}`);
  return sql`concat(variadic array[${join(parts, ', ')}, '}'])`;
}

/** Keys are names of GraphQL, so they need no escape; any other text would be a way into the statement. */
function quoted(text: string, key: string): Sql {
  if (!/^[_A-Za-z][_0-9A-Za-z]*$/.test(key)) throw new RangeError(`Not a name: ${key}`);
  return raw(`'${text}'`);
}

/** SQL of the text of a JSON list of what a query gives in its column `item`. */
export function listText(query: Sql): Sql {
  return sql`(select concat('[', string_agg(listed.item, ','), ']') from (${query}) listed)`;
}

/** SQL of the JSON text of an SQL value. */
export function jsonOf(value: Sql): Sql {
  return sql`coalesce(to_json(${value})::text, 'null')`;
}

/** ISO 8601 with microseconds, as Python writes a time with zone. */
export function timeText(column: Sql): Sql {
  return sql`to_json(to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'))::text`;
}

/** SQL of the JSON text of a member of a `jsonb` object, in the form that the type system promised. */
export function memberText(object: Sql, name: string, as: AttributeForm): Sql {
  const member = sql`(${object} -> ${name}::text)`;
  switch (as) {
    case 'text':
      return jsonOf(sql`${object} ->> ${name}::text`);
    case 'json':
      return sql`coalesce(${member}::text, 'null')`;
    case 'number':
    case 'boolean':
      return sql`case when jsonb_typeof(${member}) = ${as} then ${member}::text else 'null' end`;
    case 'texts':
      return sql`case when coalesce(jsonb_typeof(${member}), 'null') = 'null' then 'null' else (
        select coalesce(json_agg(element.text)::text, '[]') from jsonb_array_elements_text(
          case jsonb_typeof(${member}) when 'array' then ${member} else jsonb_build_array(${member}) end) element(text)) end`;
  }
}
