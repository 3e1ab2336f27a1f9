import { statusOfKind } from '../../src/http/errors/http-status';
import { settingSpecs } from '../../src/platform/config/settings';
import { BusinessCode, businessCodeMeaning } from '../../src/platform/errors/business-code';
import type { Language } from '../../src/platform/i18n/bilingual';
import { policyTable } from '../../src/apps/compose/policy/policy-table';
import { policyTextZh } from './policy-zh';
import { settingMeaningZh } from './settings-zh';
import { suiteTable } from './suite-figures';

const words = {
  zh: { head: '| 设置 | 默认值 | 含义 |', file: '（或 `_FILE`）', empty: '空' },
  en: { head: '| setting | default | meaning |', file: ' (or `_FILE`)', empty: 'empty' },
} as const;

/** Every setting with default and meaning, as a Markdown table. */
export function settingsTable(language: Language): string {
  const { head, file, empty } = words[language];
  const names = Object.keys(settingSpecs) as (keyof typeof settingSpecs)[];
  const rows = names.map((name) => {
    const spec = settingSpecs[name];
    const fallback =
      spec.fallback === null ? '–' : spec.fallback === '' ? empty : `\`${spec.fallback}\``;
    const meaning = language === 'zh' ? settingMeaningZh[name] : spec.meaning;
    return `| \`${spec.env}\`${'secret' in spec ? file : ''} | ${fallback} | ${meaning} |`;
  });
  return [head, '|---|---|---|', ...rows].join('\n');
}

const EXPECTATION_FAILED = 417;

/** HTTP statuses that a code may come with; the code alone says what happened. */
export const statusesOfCode: Readonly<Record<BusinessCode, readonly number[]>> = {
  20000: [200],
  20001: [statusOfKind.conflict],
  30000: [
    statusOfKind.invalid,
    statusOfKind['not-found'],
    statusOfKind.conflict,
    statusOfKind['too-many'],
  ],
  30001: [statusOfKind.invalid, EXPECTATION_FAILED],
  40000: [statusOfKind.unauthenticated],
  40001: [statusOfKind.unauthenticated],
  40002: [statusOfKind.unauthenticated],
  40300: [statusOfKind.forbidden],
  40303: [statusOfKind.forbidden],
  40304: [statusOfKind.forbidden],
  40305: [statusOfKind['too-many']],
  50000: [statusOfKind.internal, statusOfKind.unavailable],
  60101: [statusOfKind.unauthenticated],
  60102: [statusOfKind.forbidden],
  60103: [statusOfKind.forbidden],
  60201: [statusOfKind.conflict],
  60202: [statusOfKind.forbidden],
  60401: [statusOfKind['too-many']],
  0: [statusOfKind['not-implemented']],
};

/** Every business code with its HTTP status and meaning, as a Markdown table. */
export function codeTable(): string {
  const rows = Object.values(BusinessCode)
    .sort((a, b) => a - b)
    .map((code) => {
      const { zh, en } = businessCodeMeaning[code];
      return `| ${code} | ${statusesOfCode[code].join(', ')} | ${zh} | ${en} |`;
    });
  return ['| code | HTTP | 含义 | meaning |', '|---|---|---|---|', ...rows].join('\n');
}

/** The text with the table between `<!-- name:begin -->` and `<!-- name:end -->` replaced. */
export function withTable(text: string, name: string, table: string): string {
  const begin = `<!-- ${name}:begin -->`;
  const end = `<!-- ${name}:end -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`there is no place for the table of ${name}`);
  return `${text.slice(0, from + begin.length)}\n${table}\n${text.slice(to)}`;
}

/** The tables that come from the code, each with the files that hold it. */
export const generatedTables: readonly {
  readonly file: string;
  readonly name: string;
  readonly table: () => string;
}[] = [
  { file: 'docs/settings.md', name: 'settings', table: () => settingsTable('en') },
  { file: 'docs/zh/settings.md', name: 'settings', table: () => settingsTable('zh') },
  { file: 'docs/codes.md', name: 'codes', table: codeTable },
  { file: 'docs/zh/codes.md', name: 'codes', table: codeTable },
  { file: 'docs/catalog.md', name: 'policy', table: () => policyTable() },
  { file: 'docs/zh/catalog.md', name: 'policy', table: () => policyTable(policyTextZh) },
  { file: 'README.md', name: 'suites', table: suiteTable },
];
