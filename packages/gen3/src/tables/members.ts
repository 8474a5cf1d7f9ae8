import type { Attributes, AttributeValue } from '@linnaea/model';

/** Sets a member of a document. Its name comes from outside: `__proto__` must become a member like any other. */
export function setMember(document: Attributes, name: string, value: AttributeValue): void {
  if (name !== '__proto__') document[name] = value;
  else Object.defineProperty(document, name, { value, enumerable: true, configurable: true, writable: true });
}
