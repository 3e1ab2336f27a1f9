import { stringify } from 'csv-stringify/sync';

export type Cell = string | number | boolean | null;

/**
 * Rows as CSV text (RFC 4180, CRLF). A text cell that a spreadsheet would take for a formula
 * (`=`, `+`, `-`, `@`, tab or carriage return in front) gets an apostrophe before it; numbers stay
 * numbers. Null is an empty cell.
 */
export function toCsv(rows: readonly (readonly Cell[])[]): string {
  return stringify(
    rows.map((row) => row.map((cell) => (typeof cell === 'string' ? defused(cell) : cell))),
    { record_delimiter: '\r\n', cast: { boolean: String }, quoted_match: /[\r\n]/ },
  );
}

function defused(text: string): string {
  return /^[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/.test(text) ? `'${text}` : text;
}
