import type { AttributeValue } from '../kind.ts';
import { pythonRepr } from './python-text.ts';

/** An error text quotes at most this much of a value: a cell may hold a megabyte, and a report a thousand of them. */
const quotedLength = 2_000;
/** Room for the list of allowed values: the largest vocabularies of the field have thousands of terms. */
const listedLength = 20_000;

function shorten(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length - limit} more characters)`;
}

export function quote(value: AttributeValue): string {
  return shorten(pythonRepr(value), quotedLength);
}

export function listValues(values: AttributeValue[]): string {
  return shorten(pythonRepr(values), listedLength);
}

/** Equality of JSON values: by content, key order aside. */
export function sameValue(left: AttributeValue, right: AttributeValue): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => sameValue(item, right[index] ?? null));
  }
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && sameValue(left[key] ?? null, right[key] ?? null));
}

/** Whether an array holds the same value twice; plain values by a set, so that long arrays stay linear. */
export function hasRepeats(items: readonly AttributeValue[]): boolean {
  const plain = new Set<AttributeValue>();
  const compound: AttributeValue[] = [];
  for (const item of items) {
    if (typeof item !== 'object' || item === null) {
      if (plain.has(item)) return true;
      plain.add(item);
    } else {
      if (compound.some((other) => sameValue(other, item))) return true;
      compound.push(item);
    }
  }
  return false;
}

/** Length in characters, not in UTF-16 units. */
export function characterCount(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
