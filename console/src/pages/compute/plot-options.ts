import type { Schema } from '@stackscape/client';
import type { Text } from '../../app/language';
import type { PlotOption } from '../../plots/chart-types';

type Stats = Schema<'ModelStatsDto'>;

/** Probability as color over fragment length and sites, with the sample where it lies. */
export function surfaceOption(
  surface: Schema<'ModelSurfaceDto'>,
  sample: { readonly ctdna: number; readonly cpg: number } | null,
  text: Text,
): PlotOption {
  const column = (length: number): number => nearest(surface.ctdna, length);
  const row = (sites: number): number => nearest(surface.cpg, sites);
  return {
    tooltip: {
      formatter: ({ data }: { data: number[] }) =>
        `${surface.ctdna[data[0] ?? 0]} bp, ${surface.cpg[data[1] ?? 0]} CpG: p = ${(data[2] ?? 0).toFixed(3)}`,
    },
    xAxis: { type: 'category', data: surface.ctdna, name: 'bp' },
    yAxis: { type: 'category', data: surface.cpg, name: 'CpG' },
    grid: { left: 8, right: 40, top: 34, bottom: 56, containLabel: true },
    visualMap: {
      min: 0,
      max: 1,
      calculable: false,
      orient: 'horizontal',
      left: 'center',
      bottom: 0,
      text: ['p = 1', '0'],
      seriesIndex: 0,
      inRange: { color: ['#1864ab', '#74c0fc', '#f8f9fa', '#ffa94d', '#c92a2a'] },
    },
    series: [
      {
        type: 'heatmap',
        data: surface.probability.flatMap((line, y) => line.map((p, x) => [x, y, p])),
      },
      {
        type: 'scatter',
        name: text('样本', 'Sample'),
        symbolSize: 16,
        itemStyle: { color: 'transparent', borderColor: '#000', borderWidth: 3 },
        data: sample === null ? [] : [[column(sample.ctdna), row(sample.cpg), Number.NaN]],
      },
    ],
  };
}

function nearest(values: readonly number[], wanted: number): number {
  let best = 0;
  values.forEach((value, index) => {
    if (Math.abs(value - wanted) < Math.abs((values[best] ?? 0) - wanted)) best = index;
  });
  return best;
}

/** Room for the legend above and the name of the axis below. */
const GRID = { left: 8, right: 24, top: 40, bottom: 30, containLabel: true };

/** One share, from 0 to 1, over another. */
function shares(x: string, y: string): PlotOption {
  const axis = { type: 'value', min: 0, max: 1 };
  return {
    tooltip: { trigger: 'item' },
    legend: {},
    grid: GRID,
    xAxis: { ...axis, name: x, nameLocation: 'middle', nameGap: 26 },
    yAxis: { ...axis, name: y },
  };
}

/** Where both shares are the same. */
function diagonal(name: string): object {
  return {
    type: 'line',
    name,
    showSymbol: false,
    lineStyle: { type: 'dashed', color: '#868e96' },
    itemStyle: { color: '#868e96' },
    data: [
      [0, 0],
      [1, 1],
    ],
  };
}

/** The ROC curves of several models on the same axes, and the diagonal of chance. */
export function rocOption(models: readonly Stats[], text: Text): PlotOption {
  return {
    ...shares(text('1 − 特异度', '1 − specificity'), text('灵敏度', 'Sensitivity')),
    series: [
      ...models.map(({ model, roc }) => ({
        type: 'line',
        name: model,
        showSymbol: roc.length < 30,
        data: roc.map((point) => [point.falsePositiveRate, point.truePositiveRate]),
      })),
      diagonal(text('随机', 'Chance')),
    ],
  };
}

/** Four cells with their counts: right ones green, wrong ones red. */
export function confusionOption(counts: Schema<'ConfusionDto'>, text: Text): PlotOption {
  const cell = (x: number, y: number, count: number): number[] => [x, y, Number(x !== y), count];
  const label = { show: true, fontSize: 28, color: '#212529', formatter: '{@[3]}' };
  return {
    grid: GRID,
    xAxis: {
      type: 'category',
      data: [text('确诊 HCC', 'Confirmed HCC'), text('确诊非 HCC', 'Confirmed not HCC')],
    },
    yAxis: {
      type: 'category',
      data: [text('推断非 HCC', 'Inferred not HCC'), text('推断 HCC', 'Inferred HCC')],
    },
    visualMap: {
      show: false,
      dimension: 2,
      min: 0,
      max: 1,
      inRange: { color: ['#ffc9c9', '#b2f2bb'] },
    },
    series: [
      {
        type: 'heatmap',
        label,
        data: [
          cell(0, 1, counts.truePositive),
          cell(1, 1, counts.falsePositive),
          cell(0, 0, counts.falseNegative),
          cell(1, 0, counts.trueNegative),
        ],
      },
    ],
  };
}

/** Observed share against mean predicted probability, with 95 % intervals. */
export function calibrationOption({ calibration }: Stats, text: Text): PlotOption {
  const rows = calibration.filter((row) => row.records > 0);
  return {
    ...shares(text('预测概率', 'Predicted probability'), text('实际比例', 'Observed share')),
    series: [
      ...rows.map(({ predicted, observed }) => ({
        type: 'line',
        name: '95 %',
        silent: true,
        showSymbol: false,
        lineStyle: { color: '#0c8599', width: 1.5, opacity: 0.5 },
        data: [
          [predicted, observed.interval?.low ?? observed.value],
          [predicted, observed.interval?.high ?? observed.value],
        ],
      })),
      {
        type: 'line',
        name: text('确诊记录', 'Confirmed records'),
        itemStyle: { color: '#0c8599' },
        symbolSize: 8,
        data: rows.map(({ predicted, observed }) => [predicted, observed.value]),
      },
      diagonal(text('理想', 'Ideal')),
    ],
  };
}

/** Records as points over time. Times stand as the server gives them, in its zone. */
export function probabilityOption(records: readonly Schema<'RecordDto'>[], text: Text): PlotOption {
  const points = (name: string, color: string, hcc: boolean | null): object => ({
    type: 'scatter',
    name,
    symbolSize: 7,
    itemStyle: { color, opacity: 0.75 },
    data: records
      .filter((record) => record.hcc === hcc)
      .map(({ time, probability, pid }) => ({
        name: `${text('患者', 'Patient')} ${pid}`,
        value: [Date.parse(`${time.replace(' ', 'T')}Z`), probability],
      })),
  });
  return {
    useUTC: true,
    tooltip: {
      formatter: ({ name, value }: { name: string; value: number[] }) =>
        `${name}: p = ${(value[1] ?? 0).toFixed(3)}`,
    },
    legend: {},
    grid: GRID,
    xAxis: { type: 'time' },
    yAxis: { type: 'value', min: 0, max: 1, name: 'p' },
    series: [
      points('HCC', '#e8590c', true),
      points(text('非 HCC', 'not HCC'), '#0c8599', false),
      points(text('未确诊', 'unconfirmed'), '#868e96', null),
    ],
  };
}

/** Records by fragment length, stacked by confirmed status. */
export function lengthsOption({ bins }: Schema<'LengthsDto'>, text: Text): PlotOption {
  const bars = (name: string, color: string, data: readonly number[]): object => ({
    type: 'bar',
    stack: 'all',
    barCategoryGap: '8%',
    name,
    itemStyle: { color },
    data,
  });
  return {
    tooltip: { trigger: 'axis' },
    legend: {},
    grid: GRID,
    xAxis: {
      type: 'category',
      name: text('片段长度（bp）', 'Fragment length (bp)'),
      nameLocation: 'middle',
      nameGap: 26,
      data: bins.map(({ from, to }) => (to === null ? `≥ ${from}` : String(from))),
    },
    yAxis: { type: 'value', name: text('记录数', 'Records'), minInterval: 1 },
    series: [
      bars(
        'HCC',
        '#e8590c',
        bins.map(({ positives }) => positives),
      ),
      bars(
        text('非 HCC', 'not HCC'),
        '#0c8599',
        bins.map(({ negatives }) => negatives),
      ),
      bars(
        text('未确诊', 'unconfirmed'),
        '#adb5bd',
        bins.map(({ unconfirmed }) => unconfirmed),
      ),
    ],
  };
}
