import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pollUntil } from './poll-until';

const program = resolve(__dirname, '..', '..', 'cli', 'bin', 'stackscape.js');

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command `stackscape` of one person: a home of its own, and a server. */
export class CommandLine {
  readonly home = mkdtempSync(join(tmpdir(), 'stackscape-cli-'));
  private readonly environment: NodeJS.ProcessEnv;

  constructor(url: string, environment: NodeJS.ProcessEnv = {}) {
    this.environment = {
      PATH: `${join(this.home, 'bin')}:${process.env['PATH']}`,
      HOME: this.home,
      STACKSCAPE_URL: url,
      LANG: 'en_US.UTF-8',
      TERM: 'xterm-256color',
      ...environment,
    };
  }

  /** Runs it without a terminal. */
  run(args: readonly string[], input = ''): Promise<Finished> {
    return this.execute(process.execPath, [program, ...args], input);
  }

  /** Runs a bash script in which `stackscape` is this program. */
  script(text: string): Promise<Finished> {
    const head = `set -euo pipefail\nstackscape() { '${process.execPath}' '${program}' "$@"; }\n`;
    return this.execute('bash', ['-c', head + text], '');
  }

  /** Runs it in a pseudo-terminal. */
  terminal(args: readonly string[]): TerminalRun {
    const quoted = [process.execPath, program, ...args].map((word) => `'${word}'`).join(' ');
    return new TerminalRun(
      spawn('script', ['-qefc', `stty cols 100 rows 40; ${quoted}`, '/dev/null'], {
        env: this.environment,
      }),
    );
  }

  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }

  private execute(file: string, args: readonly string[], input: string): Promise<Finished> {
    const child = spawn(file, args, { env: this.environment });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += String(chunk)));
    child.stderr.on('data', (chunk) => (stderr += String(chunk)));
    child.stdin.end(input);
    return new Promise((done) => child.once('close', (status) => done({ status, stdout, stderr })));
  }
}

/** A command on a terminal, which a person reads and types on. */
export class TerminalRun {
  /** All that the terminal got, escape sequences included. */
  output = '';
  private status: number | null | undefined;

  constructor(private readonly child: ChildProcessWithoutNullStreams) {
    child.stdout.on('data', (chunk) => (this.output += String(chunk)));
    child.once('close', (status) => (this.status = status));
  }

  /** Waits for a question and answers it. */
  async answer(question: RegExp, text: string): Promise<void> {
    await pollUntil(`the terminal to ask ${String(question)}`, () => {
      if (this.status !== undefined) throw new Error(`it ended: ${this.output}`);
      return question.test(this.output);
    });
    this.output = this.output.replace(question, '');
    this.child.stdin.write(`${text}\r`);
  }

  /** Waits for the end; the output without escape sequences. */
  async finished(): Promise<{ readonly status: number | null; readonly text: string }> {
    await pollUntil('the command to end', () => this.status !== undefined, { deadlineMs: 50_000 });
    const text = this.output.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replace(/\r\n/g, '\n');
    return { status: this.status ?? null, text };
  }
}
