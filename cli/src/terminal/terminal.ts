import type { Language } from './language.js';
import { fit, harmless, pad, widthOf } from './width.js';

export type Style = 'red' | 'green' | 'yellow' | 'blue' | 'dim' | 'bold';

const sgr: Readonly<Record<Style, readonly [number, number]>> = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  dim: [2, 22],
  bold: [1, 22],
};

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

export type Cell = string | number | boolean | null | undefined;

/** Where a command writes: results to stdout, everything else to stderr. */
export class Terminal {
  constructor(
    readonly options: {
      readonly json: boolean;
      readonly color: boolean;
      readonly language: Language;
    },
    private readonly stdout: NodeJS.WriteStream = process.stdout,
    private readonly stderr: NodeJS.WriteStream = process.stderr,
  ) {}

  /** Whether a bar can move. */
  get isLive(): boolean {
    return this.stderr.isTTY && !this.options.json;
  }

  get columns(): number {
    return this.stdout.columns ?? 100;
  }

  text(zh: string, en: string): string {
    return this.options.language === 'zh' ? zh : en;
  }

  style(style: Style, text: string): string {
    if (!this.options.color) return text;
    const [on, off] = sgr[style];
    return `\u001b[${on}m${text}\u001b[${off}m`;
  }

  /** A result line. */
  line(text = ''): void {
    this.stdout.write(`${text}\n`);
  }

  /** Raw result text, e.g. CSV. */
  write(text: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.stdout.write(text, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Something that is no result: not part of what a pipe gets; silent with --json. */
  note(text: string): void {
    if (!this.options.json) this.stderr.write(`${text}\n`);
  }

  /** Rewrites the line of a bar. */
  live(text: string): void {
    this.stderr.write(`\r\u001b[2K${fit(text, this.columns - 1)}`);
  }

  clearLive(): void {
    this.stderr.write('\r\u001b[2K');
  }

  /** The value with --json, else what `human` prints. */
  result(value: unknown, human: () => void): void {
    if (this.options.json) this.line(JSON.stringify(value, null, this.stdout.isTTY ? 2 : 0));
    else human();
  }

  /** One value of a stream: a line of JSON, or what `human` prints. */
  event(value: unknown, human: () => void): void {
    if (this.options.json) this.line(JSON.stringify(value));
    else human();
  }

  table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): void {
    if (rows.length === 0) {
      this.note(this.style('dim', this.text('（无）', '(none)')));
      return;
    }
    const cells = rows.map((row) => row.map((cell) => this.cell(cell)));
    const widths = columns.map(({ title }, i) =>
      Math.max(widthOf(title), ...cells.map((row) => widthOf(row[i] ?? ''))),
    );
    const last = columns.length - 1;
    const lineOf = (row: readonly string[]): string =>
      row
        .map((cell, i) =>
          i === last && columns[i]?.align !== 'right'
            ? cell
            : pad(cell, widths[i] ?? 0, columns[i]?.align),
        )
        .join('  ')
        .trimEnd();
    const shown = (line: string): string => (this.stdout.isTTY ? fit(line, this.columns) : line);
    this.line(this.style('bold', shown(lineOf(columns.map(({ title }) => title)))));
    for (const row of cells) this.line(shown(lineOf(row)));
  }

  /** Names and values below each other. */
  fields(pairs: readonly (readonly [string, Cell])[]): void {
    const width = Math.max(...pairs.map(([name]) => widthOf(name)));
    for (const [name, value] of pairs)
      this.line(`${this.style('dim', pad(name, width))}  ${this.cell(value)}`);
  }

  private cell(value: Cell): string {
    if (value === null || value === undefined || value === '') return '–';
    if (typeof value === 'boolean') return value ? this.text('是', 'yes') : this.text('否', 'no');
    return harmless(String(value)).replace(/\s*\n\s*/g, ' ');
  }
}
