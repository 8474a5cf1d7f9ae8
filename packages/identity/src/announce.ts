import { type Database, sql, type Transaction } from '@linnaea/database';

export const identityChannel = 'linnaea_identity';
const everybody = 'everybody';

type Listener = (userId: number | undefined) => void;

// Authenticators of this process, by the database they read. NOTIFY reaches other processes a moment after the commit;
// within this one, whoever changed something must see it with the very next request.
const listeners = new WeakMap<Database, Set<Listener>>();

/** Calls `listener` with the user whose rights or credentials changed; with undefined when it may be anybody. */
export async function onIdentityChange(db: Database, listener: Listener): Promise<() => Promise<void>> {
  const local = listeners.get(db) ?? new Set();
  listeners.set(db, local.add(listener));
  const stop = await db.listen(identityChannel, (payload) => {
    listener(payload === everybody ? undefined : Number(payload));
  });
  return async () => {
    local.delete(listener);
    await stop();
  };
}

export interface IdentityChange {
  tx: Transaction;
  /** Names a user whose cached principal must go; none named = nobody's. */
  affects(userId: number): void;
  affectsEverybody(): void;
}

/** Runs a change of users, groups or credentials in one transaction and tells every authenticator whom it touched. */
export async function changeIdentity<T>(db: Database, work: (change: IdentityChange) => Promise<T>): Promise<T> {
  const touched = new Set<number>();
  let all = false;
  const result = await db.transaction(async (tx) => {
    touched.clear();
    const answer = await work({
      tx,
      affects: (userId) => touched.add(userId),
      affectsEverybody: () => {
        all = true;
      },
    });
    // one notification for many users: each costs a round trip of every listener
    const payloads = all || touched.size > 20 ? [everybody] : [...touched].map(String);
    for (const payload of payloads) await tx.query(sql`select pg_notify(${identityChannel}, ${payload})`);
    return answer;
  });
  for (const listener of listeners.get(db) ?? []) {
    if (all) listener(undefined);
    else for (const userId of touched) listener(userId);
  }
  return result;
}
