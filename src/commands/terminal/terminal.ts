import type { Bilingual, Language } from '../../platform/i18n/bilingual';

const locale = process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || '';

/** English unless the terminal's locale is Chinese. */
export const terminalLanguage: Language = locale.toLowerCase().startsWith('zh') ? 'zh' : 'en';

/** The text in the language of the terminal. */
export function inTerminalLanguage(text: Bilingual): string {
  return text[terminalLanguage];
}

export function printLine(text: Bilingual | string): void {
  process.stdout.write(`${typeof text === 'string' ? text : inTerminalLanguage(text)}\n`);
}

export function printError(text: Bilingual | string): void {
  process.stderr.write(`${typeof text === 'string' ? text : inTerminalLanguage(text)}\n`);
}
