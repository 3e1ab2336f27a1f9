import { statusOfKind } from '../../src/http/errors/http-status';
import { settingSpecs } from '../../src/platform/config/settings';
import { businessCodeMeaning } from '../../src/platform/errors/business-code';

/** Every setting with default and meaning, as a Markdown table. */
export function settingsTable(): string {
  const rows = Object.values(settingSpecs).map((spec) => {
    const file = 'secret' in spec ? ' (or `_FILE`)' : '';
    const fallback =
      spec.fallback === null ? '–' : spec.fallback === '' ? 'empty' : `\`${spec.fallback}\``;
    return `| \`${spec.env}\`${file} | ${fallback} | ${spec.meaning} |`;
  });
  return ['| setting | default | meaning |', '|---|---|---|', ...rows].join('\n');
}

/** HTTP statuses that a code may come with; the code alone says what happened. */
const statuses: Readonly<Record<string, string>> = {
  20000: '200',
  20001: `${statusOfKind.conflict}`,
  30000: `${statusOfKind.invalid}, ${statusOfKind['not-found']}, ${statusOfKind.conflict}, ${statusOfKind['too-many']}`,
  30001: `${statusOfKind.invalid}`,
  40000: `${statusOfKind.unauthenticated}`,
  40001: `${statusOfKind.unauthenticated}`,
  40002: `${statusOfKind.unauthenticated}`,
  40300: `${statusOfKind.forbidden}`,
  40303: `${statusOfKind.forbidden}`,
  40304: `${statusOfKind.forbidden}`,
  40305: `${statusOfKind['too-many']}`,
  50000: `${statusOfKind.internal}, ${statusOfKind.unavailable}`,
  60101: `${statusOfKind.unauthenticated}`,
  60102: `${statusOfKind.forbidden}`,
  60103: `${statusOfKind.forbidden}`,
  60201: `${statusOfKind.conflict}`,
  60202: `${statusOfKind.forbidden}`,
  60401: `${statusOfKind['too-many']}`,
  0: `${statusOfKind['not-implemented']}`,
};

/** Every business code with its HTTP status and meaning, as a Markdown table. */
export function codeTable(): string {
  const rows = Object.entries(businessCodeMeaning).map(
    ([code, meaning]) => `| ${code} | ${statuses[code] ?? ''} | ${meaning.zh} | ${meaning.en} |`,
  );
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
