import { readFile } from 'node:fs/promises';

/**
 * Kills a process of a container and its process group: the engine has no call for a command that was begun in a
 * running container. Nothing is done where the process is not seen here to be of that container, as with an engine
 * on another machine.
 */
export async function endProcessGroup(pid: number, containerId: string): Promise<void> {
  if (pid <= 1) return;
  const groups = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
  if (!groups.includes(containerId)) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
