import type { Bilingual } from '../../src/platform/i18n/bilingual';

const locale = process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || '';

/** The text in the language of the terminal; English unless the locale is Chinese. */
export function inTerminalLanguage(text: Bilingual): string {
  return locale.toLowerCase().startsWith('zh') ? text.zh : text.en;
}

export function printLine(text: Bilingual | string): void {
  process.stdout.write(`${typeof text === 'string' ? text : inTerminalLanguage(text)}\n`);
}

export function printError(text: Bilingual | string): void {
  process.stderr.write(`${typeof text === 'string' ? text : inTerminalLanguage(text)}\n`);
}
