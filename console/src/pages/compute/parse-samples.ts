import type { Schema } from '@stackscape/client';
import type { Text } from '../../app/language';

export interface ParsedSample {
  /** Line 1 is the header. */
  readonly line: number;
  readonly item: Schema<'AddTaskDto'>;
}

export interface ParsedSamples {
  readonly samples: readonly ParsedSample[];
  readonly problems: readonly { readonly line: number; readonly message: string }[];
}

const LABELS: Readonly<Record<string, boolean>> = {
  '1': true,
  true: true,
  '0': false,
  false: false,
};

/** Reads a CSV of samples as far as it is good; the server checks again what is sent. */
export function parseSamples(content: string, text: Text): ParsedSamples {
  const [head = '', ...lines] = content.replace(/^\uFEFF/, '').split(/\r?\n/);
  // Spreadsheets write `;` where the comma is the decimal sign.
  const delimiter = [',', ';', '\t'].find((mark) => head.includes(mark)) ?? ',';
  const names = head.split(delimiter).map((name) => name.trim().toLowerCase());
  const missing = ['pid', 'ctdna', 'cpg'].filter((name) => !names.includes(name));
  if (missing.length > 0) {
    const message = text(
      `缺少列：${missing.join('、')}；列之间用逗号、分号或制表符分隔`,
      `Missing columns: ${missing.join(', ')}; separate columns by comma, semicolon or tab`,
    );
    return { samples: [], problems: [{ line: 1, message }] };
  }
  const samples: ParsedSample[] = [];
  const problems: { line: number; message: string }[] = [];
  lines.forEach((line, index) => {
    if (line.trim() === '') return;
    const number = index + 2;
    const cells = line.split(delimiter).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
    const cell = (name: string): string => cells[names.indexOf(name)] ?? '';
    const wrong = [
      /^\d{1,15}$/.test(cell('pid')) ? null : 'pid',
      isInteger(cell('ctdna'), 1, 10_000) ? null : 'ctdna',
      isInteger(cell('cpg'), 0, 1_000) ? null : 'cpg',
      cell('hcc') === '' || cell('hcc') in LABELS ? null : 'hcc',
    ].filter((name) => name !== null);
    if (wrong.length > 0) {
      const shown = wrong.map((name) => `${name} = "${cell(name)}"`).join(', ');
      problems.push({ line: number, message: text(`无效：${shown}`, `not valid: ${shown}`) });
      return;
    }
    const hcc = LABELS[cell('hcc')];
    const item = { pid: cell('pid'), ctdna: Number(cell('ctdna')), cpg: Number(cell('cpg')) };
    samples.push({ line: number, item: hcc === undefined ? item : { ...item, hcc } });
  });
  return { samples, problems };
}

function isInteger(value: string, from: number, to: number): boolean {
  return /^\d{1,6}$/.test(value) && Number(value) >= from && Number(value) <= to;
}
