export interface ExpiringCache<V> {
  get(key: string): V | undefined;
  /** Keeps a value until `expiresAt` (milliseconds since 1970), or until `limit` newer ones came. */
  set(key: string, value: V, expiresAt: number): void;
  deleteWhere(test: (value: V) => boolean): void;
  clear(): void;
  readonly size: number;
}

/** A bounded map whose entries expire; the oldest entry makes room for a new one. */
export function createExpiringCache<V>(limit: number, now: () => number = Date.now): ExpiringCache<V> {
  const entries = new Map<string, { value: V; expiresAt: number }>();

  function get(key: string): V | undefined {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresAt > now()) return entry.value;
    entries.delete(key);
    return undefined;
  }

  function set(key: string, value: V, expiresAt: number): void {
    entries.delete(key);
    if (expiresAt <= now()) return;
    entries.set(key, { value, expiresAt });
    if (entries.size <= limit) return;
    const oldest = entries.keys().next();
    if (!oldest.done) entries.delete(oldest.value);
  }

  function deleteWhere(test: (value: V) => boolean): void {
    for (const [key, { value }] of entries) if (test(value)) entries.delete(key);
  }

  return {
    get,
    set,
    deleteWhere,
    clear: () => entries.clear(),
    get size() {
      return entries.size;
    },
  };
}
