import { execFileSync, fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { transformFileSync } from '@swc/core';
import { pollUntil } from '../../support/poll-until';

export const root = join(__dirname, '..', '..', '..');
export type Variables = Readonly<Record<string, string>>;

const children = new Set<ChildProcess>();
let stopping = false;

/** A server that this run started, and nothing else. */
export interface OwnServer {
  readonly url: string;
  readonly pid: number;
  /** From the start of the process to its first good answer. */
  readonly readyMs: number;
}

/** Starts the built product and waits until it is ready. */
export async function startProduct(
  environment: Variables,
  log: string,
  program = 'main.js',
): Promise<OwnServer> {
  const port = await freePort();
  const output = openSync(log, 'a');
  const begun = performance.now();
  // e.g. `--cpu-prof --cpu-prof-dir=.data/profiles`
  const options = process.env['BENCH_NODE_OPTIONS']?.split(' ') ?? [];
  // Another checkout's build, to compare the two.
  const built = process.env['BENCH_ROOT'] ?? root;
  const child = spawn(process.execPath, [...options, join(built, 'dist', 'src', program)], {
    cwd: built,
    env: {
      PATH: process.env['PATH'],
      HOST: '127.0.0.1',
      PORT: String(port),
      ...environment,
    },
    stdio: ['ignore', output, output],
  });
  return ready(child, `http://127.0.0.1:${port}`, '/health/ready', begun);
}

/** Starts one of the servers that the product is measured against. */
export function startNodeBaseline(file: string, environment: Variables): Promise<OwnServer> {
  const register = join(root, 'test', 'chaos', 'register.js');
  return startNode(join(__dirname, file), environment, ['-r', register]);
}

/** Compiled before, like the product: the compiler in the process would take memory and time. */
export function startBareNest(environment: Variables, folder: string): Promise<OwnServer> {
  const { code } = transformFileSync(join(__dirname, 'bare-nest.ts'), {
    configFile: join(root, '.swcrc'),
  });
  const file = join(folder, 'bare-nest.js');
  writeFileSync(file, code.replaceAll('../../../src/', `${root}/dist/src/`));
  return startNode(file, environment, []);
}

async function startNode(
  file: string,
  environment: Variables,
  execArgv: string[],
): Promise<OwnServer> {
  const port = await freePort();
  const begun = performance.now();
  const env = { PATH: process.env['PATH'], PORT: String(port), ...environment };
  const child = fork(file, [], { execArgv, env });
  return ready(child, `http://127.0.0.1:${port}`, '/bare', begun);
}

/** Null where Debian's FastAPI, uvicorn, psutil or Docker SDK is missing. */
export async function startPythonBaseline(environment: Variables): Promise<OwnServer | null> {
  const python = '/usr/bin/python3';
  try {
    execFileSync(python, ['-c', 'import fastapi, uvicorn, psutil, docker'], { stdio: 'ignore' });
  } catch {
    return null;
  }
  const port = await freePort();
  const begun = performance.now();
  const child = spawn(
    python,
    ['-m', 'uvicorn', 'baseline:app', '--port', String(port), '--log-level', 'error'],
    { cwd: __dirname, env: { PATH: process.env['PATH'], PYTHONDONTWRITEBYTECODE: '1', ...environment }, stdio: 'ignore' }, // prettier-ignore
  );
  return ready(child, `http://127.0.0.1:${port}`, '/bare', begun);
}

async function ready(
  child: ChildProcess,
  url: string,
  path: string,
  begun: number,
): Promise<OwnServer> {
  if (stopping) {
    child.kill('SIGKILL');
    throw new Error('the bench ends');
  }
  children.add(child);
  child.once('exit', () => children.delete(child));
  await pollUntil(
    `${url}${path}`,
    async () => {
      if (child.exitCode !== null) throw new Error(`it ended with status ${child.exitCode}`);
      return (await fetch(url + path).catch(() => null))?.ok === true;
    },
    { deadlineMs: 60_000, everyMs: 20 },
  );
  refuseForeignServer(child.pid ?? 0, Number(new URL(url).port));
  return { url, pid: child.pid ?? 0, readyMs: performance.now() - begun };
}

/** Whatever listens on the port must be the process that was started for it. */
function refuseForeignServer(pid: number, port: number): void {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const tables = ['tcp', 'tcp6'].map((name) => readFileSync(`/proc/${pid}/net/${name}`, 'utf8'));
  const inode = tables
    .flatMap((table) => table.split('\n'))
    .map((line) => line.trim().split(/\s+/))
    .find((cells) => cells[1]?.endsWith(`:${hex}`) && cells[3] === '0A')?.[9];
  if (!inode || !holds(pid, `socket:[${inode}]`))
    throw new Error(`port ${port} is served by a process that this run did not start`);
}

/** Whether the process has this open; files that it closes meanwhile are passed over. */
function holds(pid: number, target: string): boolean {
  return readdirSync(`/proc/${pid}/fd`).some((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`) === target;
    } catch {
      return false;
    }
  });
}

/** Ends every server of this run; none starts any more. */
export async function stopAll(): Promise<void> {
  stopping = true;
  await Promise.all([...children].map(endChild));
}

export async function stopServer({ pid }: OwnServer): Promise<void> {
  await Promise.all([...children].filter((child) => child.pid === pid).map(endChild));
}

async function endChild(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  clearTimeout(killer);
}

/** The process with all that it has started, and those have. */
export function processesOf(pid: number): number[] {
  const parents = readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return [{ pid: Number(name), parent: Number(stat[1]) }];
    } catch {
      return []; // it has ended
    }
  });
  const all = [pid];
  for (let i = 0; i < all.length; i++)
    all.push(...parents.filter(({ parent }) => parent === all[i]).map((each) => each.pid));
  return all;
}

/** Resident memory in MiB: now, and at its highest. */
export function memoryOf(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mebibytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024;
  return { now: mebibytes('VmRSS'), peak: mebibytes('VmHWM') };
}

/** Seconds of processor time so far, of the process and those that it started. */
export function cpuSecondsOf(pid: number): number {
  return processesOf(pid).reduce((sum, each) => sum + ownCpuSecondsOf(each), 0);
}

export function ownCpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
