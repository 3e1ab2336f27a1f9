import type { Schema } from '@stackscape/client';
import { barChart, unitSquareChart } from '../terminal/charts.js';
import { percent } from '../terminal/figures.js';
import type { Terminal } from '../terminal/terminal.js';

/** How each model did, with its ROC curve; then the lengths of fragments by status. */
export function showStats(
  terminal: Terminal,
  stats: Schema<'StatsDto'>,
  lengths: Schema<'LengthsDto'>,
): void {
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
    if (model.roc.length > 0) {
      terminal.line(
        terminal.text(
          'ROC（纵轴灵敏度，横轴 1 − 特异度）',
          'ROC (sensitivity over 1 − specificity)',
        ),
      );
      const points = model.roc.map((p) => ({ x: p.falsePositiveRate, y: p.truePositiveRate }));
      for (const line of unitSquareChart(points)) terminal.line(line);
    }
    terminal.line();
  }
  showLengths(terminal, lengths);
  terminal.note(stats.notice);
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

function showLengths(terminal: Terminal, { bins }: Schema<'LengthsDto'>): void {
  if (bins.length === 0) return;
  terminal.line(
    terminal.text(
      '片段长度（bp）：█ 确诊 HCC，▓ 确诊非 HCC，░ 未确诊',
      'Fragment length (bp): █ confirmed HCC, ▓ confirmed not, ░ not confirmed',
    ),
  );
  const bars = bins.map((bin) => ({
    label: bin.to === null ? `≥ ${bin.from}` : `${bin.from}–${bin.to - 1}`,
    parts: [
      { count: bin.positives, style: 'red' },
      { count: bin.negatives, style: 'green' },
      { count: bin.unconfirmed, style: 'dim' },
    ] as const,
  }));
  for (const line of barChart(terminal, bars)) terminal.line(line);
}
