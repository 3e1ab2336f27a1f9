import { SettingsError } from '../../platform/config/settings';
import { DomainError } from '../../platform/errors/domain-error';
import { OperatorError } from '../../platform/errors/operator-error';
import { bilingual, type Bilingual, type Language } from '../../platform/i18n/bilingual';

const LOCALE = process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || '';

/** English unless the terminal's locale is Chinese. */
export const TERMINAL_LANGUAGE: Language = LOCALE.toLowerCase().startsWith('zh') ? 'zh' : 'en';

export function printLine(text: Bilingual | string): void {
  process.stdout.write(`${typeof text === 'string' ? text : text[TERMINAL_LANGUAGE]}\n`);
}

export function printError(text: Bilingual | string): void {
  process.stderr.write(`${typeof text === 'string' ? text : text[TERMINAL_LANGUAGE]}\n`);
}

/** The command was called in a way that it does not know; the text ends with how it is called. */
export class UsageError extends OperatorError {}

/**
 * Runs a command to its end. Its result is the exit status (default 0). A failure is printed, with
 * a stack only where it is unexpected, and ends with status 1, or 2 for wrong settings or arguments.
 */
export async function runCommand(command: () => Promise<number | void>): Promise<void> {
  try {
    process.exitCode = (await command()) ?? 0;
  } catch (error) {
    process.exitCode = printFailure(error);
  }
}

/** @returns the exit status that the failure stands for */
export function printFailure(error: unknown): 1 | 2 {
  if (error instanceof SettingsError) {
    printError(error.message);
    printError(
      bilingual('所有设置见 docs/zh/settings.md。', 'docs/settings.md lists every setting.'),
    );
    return 2;
  }
  if (error instanceof OperatorError || error instanceof DomainError) {
    printError(error.text);
    if (error.cause instanceof Error) printError(error.cause.message);
    if (error instanceof UsageError) return 2;
  } else {
    printError(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  return 1;
}
