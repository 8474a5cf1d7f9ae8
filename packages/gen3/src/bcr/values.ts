import type { AttributeValue } from '@linnaea/model';

/** How the text of an element becomes the value of a property. */
export type ValueType = 'text' | 'lower' | 'number' | 'whole' | 'flag';

/** What is not of its type stays text: judging the entity then says so, with its property. */
export function toValue(text: string, type: ValueType): AttributeValue {
  if (type === 'text') return text;
  if (type === 'lower') return text.toLowerCase();
  if (type === 'flag') {
    const word = text.toLowerCase();
    return word === 'yes' || word === 'true' ? true : word === 'no' || word === 'false' ? false : text;
  }
  const number = numberOf(text);
  return number === undefined || (type === 'whole' && !Number.isInteger(number)) ? text : number;
}

export function numberOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined;
  return Number(text);
}
