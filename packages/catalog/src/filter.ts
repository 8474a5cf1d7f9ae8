import { join, type Sql, sql, storableText } from '@linnaea/database';
import { accessionAttribute } from '@linnaea/model';
import type { FullTextQuery, Literal, MetadataCondition, MetadataFilter } from '@linnaea/query';
import type { View } from './records.ts';

/** What may be asked of records of one kind; everything given must hold. */
export interface RecordCondition {
  filter?: MetadataFilter;
  query?: FullTextQuery;
  /** Full text also finds the narrower terms of a vocabulary. */
  narrower?: boolean;
  accession?: string;
  /** Internal ids. */
  ids?: readonly number[];
}

/**
 * Compiles a metadata filter over a table alias of `record`. Equality and lists are served by the attribute index,
 * for whichever view; numbers are compared as numbers whatever text they were given as.
 */
export function compileMetadataFilter(filter: MetadataFilter, view: View, alias: Sql): Sql {
  switch (filter.kind) {
    case 'and':
      return sql`(${join(
        filter.terms.map((term) => compileMetadataFilter(term, view, alias)),
        ' and ',
      )})`;
    case 'or':
      return sql`(${join(
        filter.terms.map((term) => compileMetadataFilter(term, view, alias)),
        ' or ',
      )})`;
    case 'not':
      return sql`(not ${compileMetadataFilter(filter.term, view, alias)})`;
    default:
      return compileCondition(filter, view, alias);
  }
}

function compileCondition(condition: MetadataCondition, view: View, alias: Sql): Sql {
  if (condition.subject === accessionAttribute) return compileText(condition, sql`${alias}.accession`);
  if (condition.subject === 'groupId') {
    return compileText(condition, sql`(select owner.accession from record owner where owner.id = ${alias}.group_id)`);
  }
  switch (condition.kind) {
    case 'equals': {
      const present = condition.values.filter((value) => value.kind === 'text');
      const parts: Sql[] = [];
      if (present.length > 0)
        parts.push(matches(`$.${quoted(condition.subject)} ? (${present.map(equality).join(' || ')})`, view, alias));
      if (present.length < condition.values.length) parts.push(lacks(condition.subject, view, alias));
      const any = sql`(${join(parts, ' or ')})`;
      return condition.negated ? sql`(not ${any})` : any;
    }
    case 'compare':
      return matches(
        `$.${quoted(condition.subject)} ? (@.double() ${condition.operator} ${condition.number})`,
        view,
        alias,
      );
    case 'contains':
      return matches(
        `$.${quoted(condition.subject)} ? (@ like_regex ${quoted(condition.text)} flag "iq")`,
        view,
        alias,
      );
  }
}

/** A JSON string is a valid quoted key or text of the SQL/JSON path language, with the same escapes. */
function quoted(text: string): string {
  return JSON.stringify(storableText(text));
}

function equality(value: Literal): string {
  if (value.kind === 'null') return '@ == null';
  const text = `@ == ${quoted(value.text)}`;
  return value.number === null ? text : `${text} || @ == ${value.number}`;
}

/** The path goes in as a parameter; written over both columns so that either one's index serves it. */
function matches(path: string, view: View, alias: Sql): Sql {
  const draft = sql`${alias}.attributes @? ${path}::jsonpath`;
  if (view === 'draft') return sql`(${draft})`;
  // "is not null" keeps NOT two-valued: NULL would drop the records that a negation selects
  return sql`((${alias}.published is null and ${draft}) or (${alias}.published is not null and ${alias}.published @? ${path}::jsonpath))`;
}

function lacks(name: string, view: View, alias: Sql): Sql {
  const shown = view === 'draft' ? sql`${alias}.attributes` : sql`coalesce(${alias}.published, ${alias}.attributes)`;
  return sql`(not jsonb_exists(${shown}, ${name}))`;
}

/** Conditions on an accession, a plain text column. Numbers never compare with it. */
function compileText(condition: MetadataCondition, column: Sql): Sql {
  if (condition.kind === 'contains') return sql`(position(lower(${condition.text}) in lower(${column})) > 0)`;
  if (condition.kind !== 'equals') return sql`false`;
  const texts = condition.values.flatMap((value) => (value.kind === 'text' ? [value.text] : []));
  const any = sql`(coalesce(${column} = any(${texts}::text[]), false))`;
  return condition.negated ? sql`(not ${any})` : any;
}
