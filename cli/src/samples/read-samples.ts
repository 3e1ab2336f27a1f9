import type { Schema } from '@stackscape/client';
import { UsageError } from '../exit-codes.js';

/**
 * Samples of a CSV text with a header line: pid, ctdna, cpg and, if known, hcc. Separated by `,`,
 * `;` or tab; further columns are ignored. Values are checked by the server.
 *
 * @throws UsageError with the line
 */
export function readSamples(text: string): Schema<'AddTaskDto'>[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const header = lines[0] ?? '';
  const separator = [',', ';', '\t'].find((mark) => header.includes(mark)) ?? ',';
  const names = cellsOf(header, separator).map((name) => name.toLowerCase());
  for (const name of ['pid', 'ctdna', 'cpg']) {
    if (!names.includes(name)) throw new UsageError(`1: ${name}? (pid, ctdna, cpg, hcc)`);
  }
  return lines.slice(1).flatMap((line, i) => {
    if (line.trim() === '') return [];
    const cells = cellsOf(line, separator);
    const cell = (name: string): string => cells[names.indexOf(name)] ?? '';
    const hcc = hccOf(cell('hcc'), i + 2);
    return [
      {
        pid: cell('pid'),
        ctdna: numberOf(cell('ctdna'), 'ctdna', i + 2),
        cpg: numberOf(cell('cpg'), 'cpg', i + 2),
        ...(hcc === null ? {} : { hcc }),
      },
    ];
  });
}

function cellsOf(line: string, separator: string): string[] {
  return line.split(separator).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
}

function numberOf(cell: string, name: string, line: number): number {
  if (!/^\d{1,9}$/.test(cell)) throw new UsageError(`${line}: ${name}: ${cell}`);
  return Number(cell);
}

function hccOf(cell: string, line: number): boolean | null {
  if (cell === '') return null;
  if (/^(true|1)$/i.test(cell)) return true;
  if (/^(false|0)$/i.test(cell)) return false;
  throw new UsageError(`${line}: hcc: ${cell}`);
}
