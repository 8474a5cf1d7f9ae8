import { createHash, randomUUID } from 'node:crypto';

const programNamespace = '85b08c6a-56a6-4474-9c30-b65abfd214a8';
const projectNamespace = '249b4405-2c69-45d9-96bc-7410333d5d80';

/** A name-based UUID (version 5). */
export function uuid5(namespace: string, name: string): string {
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name, 'utf8');
  const bytes = hash.digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Programs and projects have the same ids on every server: clients compute them. */
export function programUuid(name: string): string {
  return uuid5(programNamespace, name);
}

export function projectUuid(code: string): string {
  return uuid5(projectNamespace, code);
}

let newest = 0;
let sequence = 0;

/** A random UUID that begins with its time (version 7): ids of one load lie side by side in the indexes. */
export function newNodeUuid(): string {
  sequence += 1;
  const now = Date.now();
  // more than the counter's 12 bits hold within a millisecond borrow from the next
  if (now > newest || sequence > 0xfff) {
    newest = Math.max(now, newest + 1);
    sequence = 0;
  }
  const time = newest.toString(16).padStart(12, '0');
  const order = sequence.toString(16).padStart(3, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${order}${randomUUID().slice(18)}`;
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function isUuid(text: unknown): text is string {
  return typeof text === 'string' && uuidPattern.test(text);
}

/** Unique within a project: the type and the submitter's name of a node, whatever the name's case. */
export function naturalKey(type: string, key: string): string {
  return `${type}/${key.toLowerCase()}`;
}
