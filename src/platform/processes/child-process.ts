import { spawn } from 'node:child_process';
import { onAbort } from '../waiting/on-abort';

export interface ChildOptions {
  readonly cwd?: string;
  /** The whole environment of the child: nothing of ours leaks into it. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Ends the child; the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** What ends it, TERM by default. */
  readonly endsBy?: NodeJS.Signals;
  readonly onLine?: (line: string) => void;
  /** Lines of its standard error. */
  readonly onErrorLine?: (line: string) => void;
  /** Keeps the standard output; otherwise only its lines are passed on. */
  readonly keepOutput?: boolean;
  /** Written to its standard input, which then ends; nothing is written where this rejects. */
  readonly input?: Promise<string>;
  readonly onStart?: (pid: number) => void;
}

export interface ChildResult {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly output: string;
  /** The end of its standard error, and the signal that ended it. */
  readonly errors: string;
}

/** A child that does not obey is killed after this. */
const KILL_AFTER_MS = 10_000;
const MAX_ERRORS = 16_384;
const MAX_OUTPUT = 16 * 1024 * 1024;

/**
 * Runs a program to its end. The child ends with this process, even where this process is killed
 * (`setpriv --pdeathsig`, Linux).
 * @throws the abort reason; an ENOENT where the program is not there
 */
export async function runChild(
  program: string,
  args: readonly string[],
  options: ChildOptions = {},
): Promise<ChildResult> {
  const {
    cwd,
    environment = {},
    signal,
    endsBy = 'SIGTERM',
    onLine,
    onErrorLine,
    keepOutput = false,
    input,
    onStart,
  } = options;
  input?.catch(() => undefined);
  signal?.throwIfAborted();
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', program, ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env: environment,
    stdio: 'pipe',
  });
  // It may end before it has read anything.
  child.stdin.on('error', () => undefined);
  if (input)
    input.then((text) => child.stdin.end(text), () => child.stdin.end()); // prettier-ignore
  else child.stdin.end();
  let kill: NodeJS.Timeout | undefined;
  const stopListening = onAbort(signal, () => {
    child.kill(endsBy);
    kill = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
  });
  let output = '';
  let errors = '';
  const lines = onLine ? lineSplitter(onLine) : null;
  const errorLines = onErrorLine ? lineSplitter(onErrorLine) : null;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    if (keepOutput && output.length < MAX_OUTPUT) output += chunk;
    lines?.add(chunk);
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors = (errors + chunk).slice(-MAX_ERRORS);
    errorLines?.add(chunk);
  });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exitCode, endedBy) => {
        if (endedBy) errors += `ended by ${endedBy}`;
        resolve(exitCode);
      });
      if (child.pid !== undefined) onStart?.(child.pid);
    });
    signal?.throwIfAborted();
    lines?.end();
    errorLines?.end();
    return { code, output, errors };
  } finally {
    stopListening();
    clearTimeout(kill);
    child.stdin.destroy();
  }
}

function lineSplitter(onLine: (line: string) => void) {
  let rest = '';
  return {
    add: (chunk: string): void => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    },
    end: (): void => {
      if (rest !== '') onLine(rest);
    },
  };
}
