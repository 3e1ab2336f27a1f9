import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { pollUntil } from '../platform/waiting/poll-until';
import { daemonFolders, findBinary } from './find-binary';
import { identify, isRunning, parseIdentity, type ProcessIdentity } from './process-identity';

export interface ChildServiceSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly dataDir: string;
  /** Standard input, for what must not appear in the process list. */
  readonly stdin?: string;
  /** Runs the service as this user; only root can. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** How long an orderly stop may take before the process is killed. */
  readonly stopTimeoutMs?: number;
}

/**
 * A daemon that we started. It has its own session, so that a Ctrl-C in the terminal reaches only
 * this process, which stops its services in order. With `setpriv` (every Debian) the kernel sends the
 * daemon SIGTERM when this process dies, so that a crash leaves nothing behind.
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
        // The service must not see our secrets.
        env: serviceEnvironment(),
      });
      if (child.stdin) {
        child.stdin.on('error', () => undefined);
        child.stdin.end(spec.stdin);
      }
      // A daemon must not keep this process alive (a test run that has ended).
      child.unref();
      const identity = identify(child.pid ?? 0);
      if (child.pid !== undefined) writeRecord(spec.dataDir, spec.name, identity);
      return new ChildService(spec, child, identity);
    } finally {
      closeSync(output);
    }
  }

  /** Why it has ended, or null while it runs. */
  get failure(): string | null {
    return this.exited;
  }

  /** The last lines it wrote, for an error message. */
  lastOutput(lines = 6): string {
    return tailOf(logPath(this.spec.dataDir, this.spec.name), lines);
  }

  /** Polls `ready`; throws with the last output when the process ends or the time is up. */
  async waitUntil(ready: () => Promise<boolean>, timeoutMs: number): Promise<void> {
    const fail = (reason: string): never => {
      throw new Error(`${this.spec.name} ${reason}\n${this.lastOutput()}`);
    };
    const probe = () => (this.exited === null ? ready() : fail(`ended (${this.exited})`));
    await pollUntil(probe, { deadlineMs: timeoutMs, everyMs: 50 }, () =>
      fail(`did not answer within ${timeoutMs / 1000} s`),
    );
  }

  /** Sends SIGTERM, waits, and kills it when it does not end in time. Safe to call twice. */
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
 * Ends a service of an earlier start in the same data folder that outlived its owner. It is identified
 * by pid and start time, so that another process with a reused pid is never signalled.
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
  deadlineMs: number,
  exited: () => boolean = () => false,
): Promise<void> {
  const ended = () => exited() || !isRunning(identity);
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    send(identity, signal);
    if (await pollUntil(ended, { deadlineMs, everyMs: 20 }, () => false)) return;
  }
}

function send(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  try {
    if (isRunning(identity)) process.kill(identity.pid, signal);
  } catch {
    // It has just ended.
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
