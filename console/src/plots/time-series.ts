import type { PlotOption } from './chart-types';

export interface Series {
  readonly name: string;
  /** Time (ISO 8601 or ms) and value; null where it was not measured. */
  readonly points: readonly (readonly [string | number, number | null])[];
}

/** Lines over time, with the unit at the axis; the axis ends at `max` where that is given. */
export function seriesOption(series: readonly Series[], unit: string, max?: number): PlotOption {
  return {
    tooltip: { trigger: 'axis', valueFormatter: (value: unknown) => formatted(value, unit) },
    ...(series.length > 1 ? { legend: {} } : {}),
    xAxis: { type: 'time' },
    yAxis: { type: 'value', name: unit, min: 0, ...(max === undefined ? {} : { max }) },
    series: series.map(({ name, points }) => ({
      type: 'line',
      name,
      data: points,
      showSymbol: points.length === 1,
      lineStyle: { width: 1.8 },
      areaStyle: series.length === 1 ? { opacity: 0.12 } : undefined,
    })),
  };
}

function formatted(value: unknown, unit: string): string {
  return typeof value === 'number' ? `${value.toFixed(1)} ${unit}` : '–';
}
