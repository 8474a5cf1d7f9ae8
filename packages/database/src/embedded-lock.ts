import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from './embedded-binaries.ts';

/** Who runs the server of a data folder. A process is known by its id and start time: ids alone are used again. */
export interface LockOwner {
  pid: number;
  startTime: string;
  /** Folder of the server's socket, removed by the next owner when this one died. */
  runtime: string | null;
}

const fileName = 'linnaea.lock';

/** When a process started, in the system's own words; undefined when there is no such process. */
export function processStartTime(pid: number): string | undefined {
  if (process.platform === 'linux') return linuxStartTime(pid);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return undefined;
  }
  if (process.platform === 'win32') return 'unknown';
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

function linuxStartTime(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // the command in parentheses may hold spaces; the state and the rest follow the last one
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return undefined;
    return fields[19];
  } catch {
    return undefined;
  }
}

export function isAlive(owner: Pick<LockOwner, 'pid' | 'startTime'>): boolean {
  return processStartTime(owner.pid) === owner.startTime;
}

/**
 * Takes the lock of a data folder. Answers the dead owner it was taken from, if any, and how to change and release it.
 * Throws when a living process holds it.
 */
export async function takeLock(directory: string): Promise<{
  previous: LockOwner | undefined;
  update(runtime: string): Promise<void>;
  release(): Promise<void>;
}> {
  const file = path.join(directory, fileName);
  const owner: LockOwner = { pid: process.pid, startTime: processStartTime(process.pid) ?? 'unknown', runtime: null };
  let previous: LockOwner | undefined;
  while (!(await createWhole(file, JSON.stringify(owner)))) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const other = parseOwner(text);
    if (other !== undefined && isAlive(other)) {
      throw new Error(
        `The database in ${directory} is in use by process ${other.pid}. Stop that process, or set LINNAEA_DATA_DIR to another folder`,
      );
    }
    await removeIfStill(file, text);
    previous = other ?? previous;
  }
  return {
    previous,
    update: async (runtime) => {
      const draft = `${file}.${randomUUID()}`;
      await writeFile(draft, JSON.stringify({ ...owner, runtime }), { mode: 0o600 });
      await rename(draft, file);
    },
    release: () => rm(file, { force: true }),
  };
}

/** Creates a file with its content at once; false when it is there already. */
async function createWhole(file: string, text: string): Promise<boolean> {
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, text, { mode: 0o600 });
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Removes the dead owner's file, but not the one that a quicker process has put in its place meanwhile. */
async function removeIfStill(file: string, text: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  const taken = await readFile(aside, 'utf8');
  if (taken !== text) await createWhole(file, taken);
  await rm(aside, { force: true });
}

function parseOwner(text: string): LockOwner | undefined {
  try {
    const value: Partial<LockOwner> | null = JSON.parse(text);
    if (typeof value?.pid !== 'number' || typeof value.startTime !== 'string') return undefined;
    return { pid: value.pid, startTime: value.startTime, runtime: value.runtime ?? null };
  } catch {
    return undefined;
  }
}

/** Who holds the folder, or held it last and died without giving it back. */
export async function readOwner(directory: string): Promise<LockOwner | undefined> {
  const text = await readFile(path.join(directory, fileName), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseOwner(text);
}
