import type { Schema } from '@stackscape/client';
import type { Terminal } from '../terminal/terminal.js';

/** Records as a table. */
export function showRecords(terminal: Terminal, records: readonly Schema<'RecordDto'>[]): void {
  const sign = (hcc: boolean | null): string => (hcc === null ? '–' : hcc ? '+' : '-');
  terminal.table(
    [
      { title: 'id', align: 'right' },
      { title: terminal.text('时间', 'time') },
      { title: 'pid', align: 'right' },
      { title: 'ctDNA', align: 'right' },
      { title: 'CpG', align: 'right' },
      { title: 'p', align: 'right' },
      { title: terminal.text('推断', 'inferred') },
      { title: terminal.text('确诊', 'confirmed') },
      { title: terminal.text('模型', 'model') },
    ],
    records.map((r) => [
      r.id,
      r.time,
      r.pid,
      r.ctdna,
      r.cpg,
      `${r.probability.toFixed(3)}${r.extrapolated ? '*' : ''}`,
      sign(r.hcc_infer),
      sign(r.hcc),
      r.model,
    ]),
  );
}
