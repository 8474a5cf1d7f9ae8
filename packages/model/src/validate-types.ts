import type { AttributeValue } from './kind.ts';
import type { AttributeType } from './template.ts';

/** Whether a value that is not empty is of a type. Text counts as what it spells, because tables carry only text. */
export const valueChecks: Readonly<Record<AttributeType, (value: AttributeValue) => boolean>> = {
  string: () => true,
  integer: (value) => (typeof value === 'number' ? Number.isInteger(value) : matches(value, integerText)),
  decimal: (value) => (typeof value === 'number' ? Number.isFinite(value) : matches(value, decimalText)),
  boolean: (value) => typeof value === 'boolean' || matches(value, booleanText),
  date: isDate,
  link: (value) => matches(value, linkText),
};

/** How messages speak of a type, with its article. */
export const typeNames: Readonly<Record<AttributeType, string>> = {
  string: 'a text',
  integer: 'an integer',
  decimal: 'a decimal number',
  boolean: 'a yes/no value',
  date: 'a date',
  link: 'a link',
};

const integerText = /^\s*[+-]?\d{1,400}\s*$/;
const decimalText = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;
const booleanText = /^\s*(?:true|false|yes|no)\s*$/i;
const linkText = /^\s*[a-z][a-z0-9+.-]*:\/\/[^\s]+\s*$/i;
const dateText =
  /^\s*(\d{4})-(\d\d)-(\d\d)(?:[T ]([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?\s*$/;

/** ISO 8601 calendar dates that exist, with or without a time. */
function isDate(value: AttributeValue): boolean {
  if (typeof value !== 'string' || value.length > 60) return false;
  const parts = dateText.exec(value);
  if (parts === null) return false;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  return month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function matches(value: AttributeValue, pattern: RegExp): boolean {
  // the longest link that anything resolves is far shorter; the bound keeps hostile cells cheap
  return typeof value === 'string' && value.length <= 8192 && pattern.test(value);
}
