import { type AttributeRule, type Attributes, type AttributeValue, accessionAttribute, isUnset } from '@linnaea/model';

/** How much of a record's metadata is answered (`returnedMetadataFields`). */
export type Detail =
  /** The attributes of the default template. */
  | 'minimal'
  /** The attributes of the template in force. */
  | 'extended'
  /** Those, and every other attribute that has a value. */
  | 'original';

export const detailNames: Readonly<Record<string, Detail>> = {
  minimal_data: 'minimal',
  extended_data_included: 'extended',
  original_data_included: 'original',
  template: 'extended',
  all: 'original',
};

/** Orders and completes attributes: by the template first, then by the file, then by name. */
export interface Arrangement {
  /** Rules of the template in force (or, for `minimal`, of the default one) for the kind. */
  rules: readonly Pick<AttributeRule, 'name'>[];
  fileOrder: readonly string[];
  detail: Detail;
}

export interface Presentable {
  accession: string;
  attributes: Attributes;
  /** Accession of the group; null for what has none. */
  group?: string | null;
  /** Runs answer their id under `id` too. */
  isRun?: boolean;
}

export type Shown = Record<string, unknown>;

/**
 * A record as the ODM API answers it: a flat map that begins with the accession. Attributes of the template that have
 * no value are null. Own properties only, so that an attribute of any name is just that.
 */
export function presentRecord(record: Presentable, arrangement: Arrangement, showValue: ShowValue = plainValue): Shown {
  const entries: [string, unknown][] = [[accessionAttribute, record.accession]];
  for (const name of attributeOrder(record.attributes, arrangement)) {
    const value = Object.hasOwn(record.attributes, name) ? record.attributes[name] : undefined;
    entries.push([name, value === undefined ? null : showValue(name, value)]);
  }
  if (record.group !== undefined && record.group !== null) entries.push(['groupId', record.group]);
  if (record.isRun) entries.push(['id', record.accession]);
  return Object.fromEntries(entries);
}

/** Turns a stored value into what is answered. */
export type ShowValue = (name: string, value: AttributeValue) => unknown;
const plainValue: ShowValue = (_name, value) => value;

/** Names to answer, each once, without the accession. */
export function attributeOrder(attributes: Attributes, { rules, fileOrder, detail }: Arrangement): string[] {
  const names = new Set(rules.map((rule) => rule.name));
  if (detail === 'original') {
    const valued = Object.keys(attributes).filter((name) => !isUnset(attributes[name]));
    const present = new Set(valued);
    for (const name of fileOrder) if (present.has(name)) names.add(name);
    for (const name of valued.sort()) names.add(name);
  }
  names.delete(accessionAttribute);
  return [...names];
}

/** Rows as tab-separated text: several values joined with `|`, a literal `|` doubled. */
export function toTsv(rows: readonly Shown[]): string {
  const header = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) => header.map((name) => cell(Object.hasOwn(row, name) ? row[name] : null)).join('\t'));
  return `${[header.map(cell).join('\t'), ...lines].join('\r\n')}\r\n`;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(cell).join('|');
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.replace(/[\t\r\n]+/g, ' ').replaceAll('|', '||');
}
