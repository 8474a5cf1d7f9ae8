import { type Database, json, type Queryable, sql } from '@linnaea/database';
import { CatalogueError, type Principal } from '@linnaea/model';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWK,
} from 'jose';
import { requireAdministrator } from './principal.ts';

export const signingAlgorithm = 'RS256';

interface SigningKey {
  kid: string;
  publicJwk: JWK;
  publicKey: CryptoKey;
  privateKey: CryptoKey;
}

export interface SigningKeys {
  /** The newest key: the one to sign with. */
  current(): Promise<SigningKey>;
  /** The public key of this id, whichever process made it. */
  publicKey(kid: string): Promise<CryptoKey | undefined>;
  jwks(): Promise<JSONWebKeySet>;
  /** Key ids with their public keys in PEM (SPKI), newest first. */
  pem(): Promise<{ kid: string; pem: string }[]>;
}

/** Another key may have been made by another process; strangers' key ids must not cause a query each. */
const reloadAfterMs = 10_000;

/** The RSA keys that sign Gen3 tokens: made once, kept in the database, the same for every process. */
export function createSigningKeys(db: Database, now: () => number = Date.now): SigningKeys {
  let loaded: Promise<SigningKey[]> | undefined;
  let loadedAt = 0;

  function keys(): Promise<SigningKey[]> {
    loaded ??= reload();
    return loaded;
  }

  function reload(): Promise<SigningKey[]> {
    loadedAt = now();
    const attempt = readOrMake(db);
    loaded = attempt;
    // a failed attempt must not be remembered
    attempt.catch(() => {
      if (loaded === attempt) loaded = undefined;
    });
    return attempt;
  }

  async function publicKey(kid: string): Promise<CryptoKey | undefined> {
    const find = (all: SigningKey[]) => all.find((key) => key.kid === kid)?.publicKey;
    const known = find(await keys());
    if (known !== undefined || now() - loadedAt < reloadAfterMs) return known;
    return find(await reload());
  }

  async function current(): Promise<SigningKey> {
    const newest = (await keys())[0];
    if (newest === undefined) throw new Error('There is no signing key');
    return newest;
  }

  return {
    current,
    publicKey,
    jwks: async () => ({ keys: (await keys()).map((key) => key.publicJwk) }),
    pem: async () => {
      const all = await keys();
      return Promise.all(all.map(async ({ kid, publicKey: key }) => ({ kid, pem: await exportSPKI(key) })));
    },
  };
}

async function readOrMake(db: Database): Promise<SigningKey[]> {
  const known = await readKeys(db);
  if (known.length > 0) return known;
  await db.transaction(async (tx) => {
    await tx.query(sql`select pg_advisory_xact_lock(hashtext('linnaea signing keys'))`);
    const made = await tx.first(sql`select 1 from signing_key limit 1`);
    if (made === undefined) await insertKey(tx);
  });
  return readKeys(db);
}

/** Makes a new key that signs from now on (other processes: from their next start). Tokens signed before stay valid. */
export async function rotateSigningKey(db: Database, principal: Principal): Promise<{ kid: string }> {
  requireAdministrator(principal);
  return { kid: await insertKey(db) };
}

async function insertKey(db: Queryable): Promise<string> {
  const pair = await generateKeyPair(signingAlgorithm, { extractable: true, modulusLength: 2048 });
  const publicJwk = await exportJWK(pair.publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  const described: JWK = { ...publicJwk, kid, alg: signingAlgorithm, use: 'sig' };
  await db.run(sql`
    insert into signing_key (kid, algorithm, public_jwk, private_jwk)
    values (${kid}, ${signingAlgorithm}, ${json(described)}, ${json(await exportJWK(pair.privateKey))})`);
  return kid;
}

async function readKeys(db: Queryable): Promise<SigningKey[]> {
  const rows = await db.query<{ kid: string; publicJwk: JWK; privateJwk: JWK }>(sql`
    select kid, public_jwk as "publicJwk", private_jwk as "privateJwk"
    from signing_key order by created_at desc, kid`);
  return Promise.all(
    rows.map(async ({ kid, publicJwk, privateJwk }) => ({
      kid,
      publicJwk,
      publicKey: await importRsa(publicJwk),
      privateKey: await importRsa(privateJwk),
    })),
  );
}

async function importRsa(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, signingAlgorithm, { extractable: jwk.d === undefined });
  if (key instanceof Uint8Array) throw new CatalogueError('unavailable', 'signing-key-bad', 'A signing key is damaged');
  return key;
}
