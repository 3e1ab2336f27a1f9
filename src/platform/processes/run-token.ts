import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';

/** One start of one kernel and one name space of process ids: only within it an id says anything. */
const MACHINE = readMachine();

/**
 * A new token for work that this process holds, of at most 36 characters. It names the process, so that others
 * on the machine can see whether the process is still there; where the system does not tell, it names nothing.
 */
export function newRunToken(): string {
  const since = MACHINE === null ? null : startOf(process.pid);
  const random = randomBytes(5).toString('hex');
  if (since === null) return `${random}${randomBytes(11).toString('hex')}`;
  return `${MACHINE}.${process.pid.toString(36)}.${since}.${random}`;
}

/** True only where the process that made the token is gone for certain: it ran on this machine, and ended. */
export function isHolderGone(token: string): boolean {
  const [where, pid, since] = token.split('.');
  if (MACHINE === null || where !== MACHINE || !pid || !since) return false;
  return startOf(Number.parseInt(pid, 36)) !== since;
}

function readMachine(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
    const space = readlinkSync('/proc/self/ns/pid');
    return createHash('sha256').update(`${boot} ${space}`).digest('hex').slice(0, 10);
  } catch {
    return null;
  }
}

/** When the process was started, in ticks since the start of the kernel; null where it is gone. */
function startOf(pid: number): string | null {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  // Behind the name, which may hold spaces and brackets itself: the state, then 18 numbers, then the start.
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
  const isOver = fields[0] === 'Z' || fields[0] === 'X';
  return isOver ? null : Number(fields[19]).toString(36);
}
