import { createInterface } from 'node:readline';
import { UsageError } from '../exit-codes.js';
import type { Terminal } from './terminal.js';

/** Asks on the terminal; the answer is shown while it is typed. */
export function ask(terminal: Terminal, question: string): Promise<string> {
  needTerminal(terminal);
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: true });
  return new Promise((resolve, reject) => {
    lines.once('SIGINT', () => {
      lines.close();
      process.kill(process.pid, 'SIGINT');
    });
    lines.once('close', () =>
      reject(new UsageError(terminal.text('没有输入', 'Nothing was entered'))),
    );
    lines.question(question, (answer) => {
      resolve(answer.trim());
      lines.close();
    });
  });
}

/** Asks for a password without showing it. */
export function askPassword(terminal: Terminal, question: string): Promise<string> {
  needTerminal(terminal);
  process.stderr.write(question);
  const input = process.stdin;
  input.setRawMode(true);
  input.setEncoding('utf8');
  input.resume();
  return new Promise((resolve, reject) => {
    let typed = '';
    const settle = (done: () => void): void => {
      input.off('data', onData);
      input.setRawMode(false);
      input.pause();
      process.stderr.write('\n');
      done();
    };
    const onData = (chunk: string): void => {
      for (const key of chunk) {
        if (key === '\r' || key === '\n') return settle(() => resolve(typed));
        if (key === '\u0003') return settle(() => process.kill(process.pid, 'SIGINT'));
        if (key === '\u0004') {
          return settle(() =>
            reject(new UsageError(terminal.text('没有输入', 'Nothing was entered'))),
          );
        }
        if (key === '\u007f' || key === '\b') typed = [...typed].slice(0, -1).join('');
        else if (key === '\u0015') typed = '';
        else if (key >= ' ') typed += key;
      }
    };
    input.on('data', onData);
  });
}

/** The first line of stdin. */
export async function passwordFromStdin(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin) text += String(chunk);
  return text.split(/\r?\n/, 1)[0] ?? '';
}

/** A question that must be answered with yes; `--yes` answers it beforehand. */
export async function confirm(
  terminal: Terminal,
  question: string,
  yes: boolean | undefined,
): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY || terminal.options.json) {
    throw new UsageError(
      terminal.text('没有终端可以询问：请加上 --yes', 'There is no terminal to ask on: add --yes'),
    );
  }
  return /^(y|yes|是)$/i.test(await ask(terminal, `${question} [y/N] `));
}

function needTerminal(terminal: Terminal): void {
  if (process.stdin.isTTY) return;
  throw new UsageError(
    terminal.text(
      '没有终端可以询问：请用选项给出（密码用 --password-stdin）',
      'There is no terminal to ask on: give it as an option (a password by --password-stdin)',
    ),
  );
}
