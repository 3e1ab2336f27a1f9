import { CsvError, parse } from 'csv-parse';
import { pipeline, type Readable } from 'node:stream';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import type { FieldProblem } from '../../platform/errors/domain-error';
import { sampleRange } from '../inference/compute-model';
import { detectDelimiter, type CsvDelimiter } from './csv-delimiter';
import { parseZonedTime } from './zoned-time';

/** One line of an import: a sample with its confirmed status. */
export interface LabelledRecord {
  readonly line: number;
  readonly pid: number;
  readonly ctdna: number;
  readonly cpg: number;
  readonly hcc: boolean;
  /** Null where the file has no time for it. */
  readonly time: Date | null;
}

export interface BadLine {
  /** Line of the file on which the record begins, the header being line 1. */
  readonly line: number;
  readonly problems: readonly FieldProblem[];
}

export type ReadLine =
  { readonly ok: true; readonly record: LabelledRecord } | ({ readonly ok: false } & BadLine);

/** The file as a whole cannot be read: nothing after this was looked at. */
export class CsvUnreadableError extends Error {
  constructor(readonly problem: FieldProblem) {
    super(problem.message.en);
    this.name = CsvUnreadableError.name;
  }
}

export const importColumns = ['pid', 'ctdna', 'cpg', 'hcc', 'time'] as const;
const required: readonly string[] = ['pid', 'ctdna', 'cpg', 'hcc'];
/** No line of these five columns comes near it; an unclosed quote does. */
const MAX_LINE_LENGTH = 10_000;

/**
 * Reads labelled records line by line in constant memory: UTF-8 with or without BOM, LF or CRLF, cells
 * separated by comma, semicolon or tab (the header line decides), quoted or bare, columns in any order and case, further columns ignored, `time` optional in
 * column and cell. Each line comes back as a record or with all that is wrong with it; a missing
 * column or broken quoting throws `CsvUnreadableError`.
 */
export async function* readLabelledRecords(
  source: Readable,
  zone: string,
): AsyncGenerator<ReadLine> {
  let columns: Columns | null = null;
  const { delimiter, text } = await detectDelimiter(source);
  const parser = parse({
    bom: true,
    delimiter,
    relax_column_count: true,
    max_record_size: MAX_LINE_LENGTH,
    record_delimiter: ['\r\n', '\n', '\r'],
  });
  // The parser is read below; its iterator throws what pipeline would report here.
  pipeline(text, parser, () => undefined);
  let line = 1;
  try {
    for await (const cells of parser as AsyncIterable<string[]>) {
      const start = line;
      line += linesOf(cells);
      if (cells.length === 1 && cells[0] === '') continue; // an empty line
      if (columns) yield readLine(cells, columns, start, zone);
      else columns = headerOf(cells, delimiter);
    }
  } catch (error) {
    if (error instanceof CsvError) {
      const at = Number(error.lines) || line;
      const message = bilingual(
        `读到第 ${at} 行时无法按CSV解析（${error.code}）`,
        `stops being CSV at or before line ${at} (${error.code})`,
      );
      throw new CsvUnreadableError({ field: `line ${at}`, message });
    }
    throw error;
  }
  if (!columns) headerOf([], delimiter);
}

/** Lines of the file that a record takes up: quoted cells may hold line breaks. */
function linesOf(cells: readonly string[]): number {
  let lines = 1;
  for (const cell of cells) {
    for (let at = cell.indexOf('\n'); at >= 0; at = cell.indexOf('\n', at + 1)) lines++;
  }
  return lines;
}

/** Where each column is; -1 for `time` where there is none. */
interface Columns extends Readonly<Record<(typeof importColumns)[number], number>> {
  readonly count: number;
}

const delimiterName: Readonly<Record<CsvDelimiter, Bilingual>> = {
  ',': bilingual('逗号', 'comma'),
  ';': bilingual('分号', 'semicolon'),
  '\t': bilingual('制表符', 'tab'),
};

function headerOf(cells: readonly string[], delimiter: CsvDelimiter): Columns {
  const columns = cells.map((cell) => cell.trim().toLowerCase());
  const missing = required.filter((name) => !columns.includes(name));
  const twice = importColumns.filter((name) => columns.indexOf(name) !== columns.lastIndexOf(name));
  if (missing.length > 0) {
    const { zh, en } = delimiterName[delimiter];
    const message = bilingual(
      `缺少列：${missing.join('、')}；首行应为列名 ${importColumns.join(',')}（按${zh}分列；也可用逗号、分号或制表符）`,
      `has no column ${missing.join(', ')}; the first line must name the columns ${importColumns.join(',')} (read as separated by ${en}; comma, semicolon and tab are accepted)`,
    );
    throw new CsvUnreadableError({ field: 'line 1', message });
  }
  if (twice.length > 0) {
    const message = bilingual(
      `列名重复：${twice.join('、')}`,
      `has column ${twice.join(', ')} twice`,
    );
    throw new CsvUnreadableError({ field: 'line 1', message });
  }
  const [pid, ctdna, cpg, hcc, time] = importColumns.map((name) => columns.indexOf(name)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return { pid, ctdna, cpg, hcc, time, count: columns.length };
}

function readLine(
  cells: readonly string[],
  columns: Columns,
  line: number,
  zone: string,
): ReadLine {
  const problems: FieldProblem[] = [];
  const add = (field: string, message: Bilingual): void => void problems.push({ field, message });
  if (cells.length !== columns.count) {
    const [has, needs] = [cells.length, columns.count];
    add('', bilingual(`有 ${has} 列，应为 ${needs} 列`, `has ${has} cells instead of ${needs}`));
    return { ok: false, line, problems };
  }
  const cell = (name: (typeof importColumns)[number]): string =>
    (cells[columns[name]] ?? '').trim();
  const integer = (field: 'ctdna' | 'cpg'): number => {
    const { from, to } = sampleRange[field];
    const text = cell(field);
    const value = /^\d{1,6}$/.test(text) ? Number(text) : NaN;
    if (value >= from && value <= to) return value;
    add(
      field,
      bilingual(`应为 ${from} 到 ${to} 的整数`, `must be a whole number from ${from} to ${to}`),
    );
    return NaN;
  };
  const pidText = cell('pid');
  if (!/^\d{1,15}$/.test(pidText))
    add('pid', bilingual('应为1到15位数字', 'must be 1 to 15 digits'));
  const ctdna = integer('ctdna');
  const cpg = integer('cpg');
  const hcc = booleanOf(cell('hcc'));
  if (hcc === null) add('hcc', bilingual('应为true、false、1或0', 'must be true, false, 1 or 0'));
  const timeText = cell('time');
  const time = timeText === '' ? null : parseZonedTime(timeText, zone);
  if (timeText !== '' && (!time || time.getTime() > Date.now() + 86_400_000)) {
    add(
      'time',
      bilingual(
        '应为YYYY-MM-DD HH:mm:ss，且不在未来',
        'must be YYYY-MM-DD HH:mm:ss and not in the future',
      ),
    );
  }
  if (problems.length > 0 || hcc === null) return { ok: false, line, problems };
  return { ok: true, record: { line, pid: Number(pidText), ctdna, cpg, hcc, time } };
}

function booleanOf(text: string): boolean | null {
  const lower = text.toLowerCase();
  if (lower === 'true' || lower === '1') return true;
  if (lower === 'false' || lower === '0') return false;
  return null;
}
