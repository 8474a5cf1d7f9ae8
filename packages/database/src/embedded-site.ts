import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chmod, chown, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import {
  codeOf,
  isTraversable,
  type PostgresBinaries,
  preparePostgres,
  type RunAs,
  runAs,
  sharedTemporaryFolder,
} from './embedded-binaries.ts';

export const userName = 'linnaea';

/** Where the server lives and as whom. */
export interface Site {
  directory: string;
  data: string;
  /** The data folder as the server is told of it; see `dataArgument`. */
  dataArgument: string;
  account: RunAs | undefined;
  binaries: PostgresBinaries;
  password: string;
}

export async function prepareSite(directory: string): Promise<Site> {
  const account = runAs();
  return {
    directory,
    data: path.join(directory, 'data'),
    dataArgument: await dataArgument(directory, account),
    account,
    binaries: await preparePostgres(),
    password: await readPassword(directory),
  };
}

/**
 * When root keeps the data below a folder that others may not enter (as /root), the server's account cannot name its
 * own data folder. It can still be put into it before it gives up root's rights, and call it its working folder.
 */
async function dataArgument(directory: string, account: RunAs | undefined): Promise<string> {
  if (account === undefined || (await isTraversable(directory))) return path.join(directory, 'data');
  const here = '/proc/self/cwd';
  const works = await access(here).then(
    () => true,
    () => false,
  );
  if (works) return here;
  throw new Error(
    `PostgreSQL may not run as root, and other accounts cannot enter ${directory}. Set LINNAEA_DATA_DIR to a folder that they can enter`,
  );
}

async function readPassword(directory: string): Promise<string> {
  const file = path.join(directory, 'password');
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  const password = randomBytes(24).toString('base64url');
  await writeFile(`${file}.new`, password, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return password;
}

/** Makes the data folder under another name and renames it when whole, so that an interrupted start leaves no half. */
export async function initialise(site: Site, unsafe: boolean): Promise<void> {
  const ready = await access(path.join(site.data, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
  if (ready) return checkVersion(site);
  const draft = path.join(site.directory, 'data.new');
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  const secret = await privateFolder(site.account);
  try {
    if (site.account !== undefined) await chown(draft, site.account.uid, site.account.gid);
    const passwordFile = path.join(secret, 'password');
    await writeFile(passwordFile, site.password, { mode: 0o600 });
    if (site.account !== undefined) await chown(passwordFile, site.account.uid, site.account.gid);
    const target = site.dataArgument === site.data ? draft : site.dataArgument;
    // the built-in locale sorts and folds case alike on every machine
    const locale = ['--no-locale', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--encoding=UTF8'];
    const access = [`--username=${userName}`, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
    const speed = unsafe ? ['--no-sync'] : [];
    await promisify(execFile)(site.binaries.initdb, [`--pgdata=${target}`, ...locale, ...access, ...speed], {
      cwd: draft,
      env: serverEnvironment(),
      ...site.account,
    });
    await rename(draft, site.data);
  } catch (cause) {
    throw new Error(`The embedded PostgreSQL could not make its data folder: ${reasonOf(cause)}`, { cause });
  } finally {
    await rm(secret, { recursive: true, force: true });
  }
}

/** What initdb said, e.g. that the account has no entry in the list of users. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const said = 'stderr' in error && typeof error.stderr === 'string' ? error.stderr.trim() : '';
  return said === '' ? error.message : said;
}

async function checkVersion(site: Site): Promise<void> {
  const found = (await readFile(path.join(site.data, 'PG_VERSION'), 'utf8')).trim();
  const { stdout } = await promisify(execFile)(site.binaries.postgres, ['--version'], { ...site.account, cwd: '/' });
  const own = /(\d+)/.exec(stdout)?.[1];
  if (own === found) return;
  throw new Error(
    `The data in ${site.data} was written by PostgreSQL ${found}; the embedded one is ${own}. Dump it with the old version and load it into the new`,
  );
}

// nothing of the surroundings (PGPORT, LC_ALL, …) may change what the server does
export function serverEnvironment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    LC_ALL: 'C',
    TZ: 'UTC',
    ...(process.platform === 'win32' ? { SystemRoot: process.env.SystemRoot } : {}),
  };
}

export async function privateFolder(account: RunAs | undefined): Promise<string> {
  const folder = await mkdtemp(path.join(await sharedTemporaryFolder(), 'linnaea-pg-'));
  await chmod(folder, 0o700);
  if (account !== undefined) await chown(folder, account.uid, account.gid);
  return folder;
}
