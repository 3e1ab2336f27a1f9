import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { daemonFolders, findBinary } from './find-binary';
import { identify, isRunning, parseIdentity, type ProcessIdentity } from './process-identity';

export interface ChildServiceSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly dataDir: string;
  /** Text for the standard input, for what must not be seen in the process list. */
  readonly stdin?: string;
  /** Runs the service as this user; only root can. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** How long an orderly stop may take before the process is killed. */
  readonly stopTimeoutMs?: number;
}

/**
 * A daemon that we started, in its own session so that a Ctrl-C in the terminal reaches only us and
 * the order of the shutdown stays ours. Where `setpriv` exists (every Debian), the kernel sends it
 * SIGTERM when this process dies in whatever way, so that nothing is left behind by a crash.
 */
export class ChildService {
  private exited: string | null = null;

  private constructor(
    private readonly spec: ChildServiceSpec,
    child: ChildProcess,
    readonly identity: ProcessIdentity,
  ) {
    child.once('exit', (code, signal) => {
      this.exited = signal ? `signal ${signal}` : `exit code ${code}`;
      process.removeListener('exit', this.killOnExit);
      rmSync(recordPath(spec.dataDir, spec.name), { force: true });
    });
    child.once('error', (error) => {
      this.exited = error.message;
    });
    process.once('exit', this.killOnExit);
  }

  static start(spec: ChildServiceSpec): ChildService {
    const log = logPath(spec.dataDir, spec.name);
    mkdirSync(dirname(log), { recursive: true });
    const output = openSync(log, 'a', 0o600);
    try {
      const { command, args } = tiedToThisProcess(spec);
      const child = spawn(command, args, {
        detached: true,
        stdio: [spec.stdin === undefined ? 'ignore' : 'pipe', output, output],
        // A service must not read our own secrets from its environment.
        env: serviceEnvironment(),
      });
      if (child.stdin) {
        child.stdin.on('error', () => undefined);
        child.stdin.end(spec.stdin);
      }
      // The daemons must not keep a process alive that has otherwise ended (a test run).
      child.unref();
      const identity = identify(child.pid ?? 0);
      if (child.pid !== undefined) writeRecord(spec.dataDir, spec.name, identity);
      return new ChildService(spec, child, identity);
    } finally {
      closeSync(output);
    }
  }

  /** Why it is no longer running, or null while it runs. */
  get failure(): string | null {
    return this.exited;
  }

  /** The last lines it wrote, for an error message. */
  lastOutput(lines = 6): string {
    return tailOf(logPath(this.spec.dataDir, this.spec.name), lines);
  }

  /** Polls `ready` until it is true; throws with the last output when the process ends or time is up. */
  async waitUntil(ready: () => Promise<boolean>, timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      if (this.exited !== null) {
        throw new Error(`${this.spec.name} ended (${this.exited})\n${this.lastOutput()}`);
      }
      if (await ready()) return;
      if (Date.now() > deadline) {
        throw new Error(
          `${this.spec.name} did not answer within ${timeoutMs / 1000} s\n${this.lastOutput()}`,
        );
      }
      await delay(50);
    }
  }

  /** Asks it to end, waits, and kills it only when it does not. Safe to call twice. */
  async stop(): Promise<void> {
    await endProcess(this.identity, this.spec.stopTimeoutMs ?? 30_000, () => this.exited !== null);
    rmSync(recordPath(this.spec.dataDir, this.spec.name), { force: true });
  }

  private readonly killOnExit = (): void => {
    if (this.exited === null && isRunning(this.identity))
      process.kill(this.identity.pid, 'SIGTERM');
  };
}

/**
 * Ends a service of an earlier start in the same data folder that outlived its owner. Recognised by
 * pid and start time, so that a stranger with the same pid is never touched.
 */
export async function endLeftover(dataDir: string, name: string): Promise<void> {
  const path = recordPath(dataDir, name);
  const identity = readRecord(path);
  if (identity && identity.started !== null && isRunning(identity)) {
    await endProcess(identity, 30_000);
  }
  rmSync(path, { force: true });
}

export function logPath(dataDir: string, name: string): string {
  return join(dataDir, 'logs', `${name}.log`);
}

async function endProcess(
  identity: ProcessIdentity,
  timeoutMs: number,
  ended: () => boolean = () => false,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let killed = false;
  send(identity, 'SIGTERM');
  while (!ended() && isRunning(identity)) {
    if (!killed && Date.now() > deadline) {
      killed = true;
      send(identity, 'SIGKILL');
    }
    await delay(20);
  }
}

function send(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  try {
    if (isRunning(identity)) process.kill(identity.pid, signal);
  } catch {
    // It ended in this very moment.
  }
}

function tiedToThisProcess(spec: ChildServiceSpec): { command: string; args: string[] } {
  const setpriv = process.platform === 'linux' ? findBinary('setpriv') : null;
  if (!setpriv) return { command: spec.command, args: [...spec.args] };
  const user = spec.user
    ? [`--reuid=${spec.user.uid}`, `--regid=${spec.user.gid}`, '--clear-groups']
    : [];
  return {
    command: setpriv,
    args: [...user, '--pdeathsig', 'TERM', '--', spec.command, ...spec.args],
  };
}

const passedOn = ['HOME', 'TMPDIR', 'LANG', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];

function serviceEnvironment(): NodeJS.ProcessEnv {
  const names = [...passedOn, ...passedOn.map((name) => name.toLowerCase())];
  const environment: NodeJS.ProcessEnv = {
    PATH: [process.env.PATH, ...daemonFolders].filter(Boolean).join(delimiter),
  };
  for (const name of names) environment[name] = process.env[name];
  return environment;
}

function recordPath(dataDir: string, name: string): string {
  return join(dataDir, 'run', `${name}.json`);
}

function writeRecord(dataDir: string, name: string, identity: ProcessIdentity): void {
  mkdirSync(join(dataDir, 'run'), { recursive: true });
  writeFileSync(recordPath(dataDir, name), JSON.stringify(identity));
}

function readRecord(path: string): ProcessIdentity | null {
  try {
    return parseIdentity(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

function tailOf(path: string, lines: number): string {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}
