const longestKey = 1024; // bytes; the limit of S3
const longestName = 255; // bytes; the limit of file systems

/** Answers the key, or throws when it could leave the store or would not survive in every kind of store. */
export function checkKey(key: string): string {
  const fault = faultOf(key);
  if (fault !== undefined) throw new RangeError(`The object key ${JSON.stringify(key.slice(0, 100))} ${fault}`);
  return key;
}

/** The prefix with its `/` at the end; '' stays as it is. */
export function checkPrefix(prefix: string): string {
  if (prefix === '') return '';
  const folder = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
  return `${checkKey(folder)}/`;
}

export function checkRange(range: { start: number; length?: number }): void {
  const { start, length } = range;
  if (!Number.isSafeInteger(start) || start < 0) throw new RangeError(`The range starts at ${start}`);
  if (length !== undefined && (!Number.isSafeInteger(length) || length < 0)) {
    throw new RangeError(`The range is ${length} bytes long`);
  }
}

function faultOf(key: string): string | undefined {
  if (key === '') return 'is empty';
  if (!key.isWellFormed()) return 'is not Unicode text';
  if (Buffer.byteLength(key) > longestKey) return `is longer than ${longestKey} bytes`;
  for (const name of key.split('/')) {
    const fault = nameFault(name);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function nameFault(name: string): string | undefined {
  if (name === '') return 'has an empty name in it';
  if (name === '.' || name === '..') return `has the name ${name} in it`;
  if (Buffer.byteLength(name) > longestName) return `has a name longer than ${longestName} bytes in it`;
  for (let index = 0; index < name.length; index += 1) {
    const code = name.charCodeAt(index);
    if (code < 32 || code === 127) return 'has a control character in it';
    if (code === 92) return 'has a backslash in it'; // a separator on some systems
  }
  return undefined;
}
