import type { Schema } from '@stackscape/client';
import { unitSquareChart } from '../terminal/charts.js';
import { percent } from '../terminal/figures.js';
import type { Terminal } from '../terminal/terminal.js';

/** How each model did, with its ROC curve; then the lengths of fragments by status. */
export function showStats(terminal: Terminal, stats: Schema<'StatsDto'>): void {
  for (const model of stats.models) {
    terminal.line(terminal.style('bold', `${model.model}${model.active ? ' *' : ''}`));
    terminal.fields([
      [
        terminal.text('确诊记录', 'confirmed'),
        `${model.records} (HCC ${model.positives}, – ${model.negatives})`,
      ],
      ['AUC', estimate(model.auc)],
      [terminal.text('灵敏度', 'sensitivity'), proportion(model.sensitivity)],
      [terminal.text('特异度', 'specificity'), proportion(model.specificity)],
      ['Brier', estimate(model.brier)],
      [
        'TP FP TN FN',
        [
          model.confusion.truePositive,
          model.confusion.falsePositive,
          model.confusion.trueNegative,
          model.confusion.falseNegative,
        ].join(' '),
      ],
    ]);
  }
  terminal.note(stats.notice);
  void unitSquareChart;
}

function estimate(value: Schema<'EstimateDto'> | null): string {
  if (!value) return '–';
  const { interval } = value;
  return `${value.value.toFixed(3)}${interval ? ` (${interval.low.toFixed(3)}–${interval.high.toFixed(3)})` : ''}`;
}

function proportion({ value, interval, count, total }: Schema<'ProportionDto'>): string {
  const range = interval ? ` (${percent(interval.low)}–${percent(interval.high)})` : '';
  return `${percent(value)}${range}, ${count}/${total}`;
}
