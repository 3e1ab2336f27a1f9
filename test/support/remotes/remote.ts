import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import type { Environment } from '../../../src/platform/config/load-settings';
import type { TcpProxy } from '../tcp-proxy';

/** A server for backups, in a process of its own, with faults. */
export interface Remote {
  /** What a server of ours needs to use it. */
  readonly environment: Environment;
  /** The same with a key that it does not know. */
  readonly wrongKey: Environment;
  /** Before it: away, slow, silent. */
  readonly proxy: TcpProxy;
  /** The folder in which it keeps the data of the repository. */
  readonly data: string;
  setReadOnly(readOnly: boolean): Promise<void>;
  close(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts a server; resolves once it has written the line that says that it listens. */
export async function startServer(
  program: string,
  args: readonly string[],
  ready: RegExp,
): Promise<ChildProcess> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-4_000);
      if (ready.test(output)) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${program} ended with ${code}: ${output}`)));
  });
  return child;
}

export async function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

export function hasProgram(program: string): Promise<boolean> {
  return new Promise((resolve) =>
    execFile('sh', ['-c', `command -v ${program}`], (error) => resolve(!error)),
  );
}
