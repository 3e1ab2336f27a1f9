import { readFileSync } from 'node:fs';

/**
 * Identifies a process beyond its lifetime. The pid alone is not enough: pids are reused, above all
 * after a reboot or in a container, and another process must never be signalled.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in clock ticks since boot (`/proc/<pid>/stat`, field 22); null where unknown. */
  readonly started: string | null;
}

export function identify(pid: number): ProcessIdentity {
  return { pid, started: statOf(pid)?.started ?? null };
}

/** Whether exactly this process still runs; a zombie counts as gone. */
export function isRunning(identity: ProcessIdentity): boolean {
  // Pid 0 would mean our own process group.
  if (identity.pid <= 0) return false;
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const stat = statOf(identity.pid);
  if (stat === null) return identity.started === null;
  if (stat.state === 'Z' || stat.state === 'X') return false;
  return identity.started === null || identity.started === stat.started;
}

/** Reads what `JSON.stringify(identity)` wrote; null for anything else. */
export function parseIdentity(text: string): ProcessIdentity | null {
  try {
    const value = JSON.parse(text) as Partial<ProcessIdentity> | null;
    if (!value || !Number.isInteger(value.pid) || (value.pid ?? 0) <= 0) return null;
    return {
      pid: value.pid as number,
      started: typeof value.started === 'string' ? value.started : null,
    };
  } catch {
    return null;
  }
}

function statOf(pid: number): { state: string; started: string } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name stands in brackets and may itself hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', started: fields[19] ?? '' };
  } catch {
    return null;
  }
}
