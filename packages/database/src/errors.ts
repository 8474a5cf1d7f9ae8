/** SQLSTATE of an error that PostgreSQL reported, else undefined. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined;
}

function constraintOf(error: unknown): unknown {
  return error instanceof Error && 'constraint' in error ? error.constraint : undefined;
}

/** True for a broken unique constraint or index; with `constraint`, for that one only. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (sqlState(error) !== '23505') return false;
  return constraint === undefined || constraintOf(error) === constraint;
}

/** True when a reference points to a row that does not exist, or a row that is referred to was to be deleted. */
export function isForeignKeyViolation(error: unknown, constraint?: string): boolean {
  if (sqlState(error) !== '23503') return false;
  return constraint === undefined || constraintOf(error) === constraint;
}

/** True when the transaction lost against another one (serialization failure or deadlock) and may simply be run again. */
export function isSerializationFailure(error: unknown): boolean {
  const state = sqlState(error);
  return state === '40001' || state === '40P01';
}

/** True for a statement that was given up after the time it was allowed. */
export function isTimeout(error: unknown): boolean {
  return sqlState(error) === '57014';
}

const lostConnection = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ENOENT', 'ETIMEDOUT']);

// the driver's own errors have no code
const lostMessages = [
  'Connection terminated',
  'Client has encountered a connection error',
  'timeout exceeded when trying to connect',
];

/** True when the same work may succeed if it is simply done again: lost races, and a database that went away. */
export function isTransient(error: unknown): boolean {
  if (isSerializationFailure(error)) return true;
  const state = sqlState(error);
  // 08: connection; 57P01-57P03: the server is stopping, has crashed, or is starting
  if (state !== undefined) return state.startsWith('08') || /^57P0[123]$/.test(state);
  if (!(error instanceof Error)) return false;
  if ('syscall' in error && error.syscall !== 'connect' && error.syscall !== 'read' && error.syscall !== 'write')
    return false;
  if ('code' in error && typeof error.code === 'string') return lostConnection.has(error.code);
  return lostMessages.some((message) => error.message.startsWith(message));
}
