import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';

/** The kernel's clock ticks in a second, the same on every Linux. */
const ticks = 100;

/** Fields of /proc/<pid>/stat from the third on; undefined for a process that is gone. */
function stat(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** Seconds of processor time of processes, their descendants and those of them that ended; each counts once. */
export function processorSeconds(roots: readonly number[]): number {
  const parents = new Map<number, number>();
  const used = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const fields = Number.isInteger(pid) ? stat(pid) : undefined;
    if (!fields) continue;
    parents.set(pid, Number(fields[1]));
    used.set(
      pid,
      fields.slice(11, 15).reduce((sum, value) => sum + Number(value), 0),
    );
  }
  const below = (pid: number): boolean => {
    for (let at = pid; at > 1; at = parents.get(at) ?? 0) if (roots.includes(at)) return true;
    return false;
  };
  let total = 0;
  for (const [pid, value] of used) if (below(pid)) total += value;
  return total / ticks;
}

/** Largest resident size of a process since the last reset, in MB. */
export function peakMegabytes(pid: number): number {
  const kilobytes = /^VmHWM:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** How many processes wanted to run during the last minute, on average. */
export function load(): number {
  return loadavg()[0] ?? 0;
}
