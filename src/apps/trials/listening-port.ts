import { readFile } from 'node:fs/promises';

/** State `LISTEN` in the tables of the kernel. */
const LISTEN = '0A';

/** Whether a process listens on this TCP port in the network of another one of this machine, by process id. */
export async function isListening(pid: number, port: number): Promise<boolean> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => '')),
  );
  return tables.some((table) => listeningPorts(table).has(port));
}

/** Ports of a table such as `/proc/net/tcp`. */
export function listeningPorts(table: string): ReadonlySet<number> {
  const rows = table.split('\n').slice(1).map((line) => line.trim().split(/\s+/)); // prettier-ignore
  return new Set(
    rows
      .filter(([, , , state]) => state === LISTEN)
      .map(([, local = '']) => Number.parseInt(local.split(':')[1] ?? '', 16)),
  );
}
