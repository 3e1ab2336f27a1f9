import type { Text } from '../app/language';
import type { PlotOption } from './chart-types';

export interface Series {
  readonly name: string;
  /** Time (ISO 8601 or ms) and value; null where it was not measured. */
  readonly points: readonly (readonly [string | number, number | null])[];
}

interface Range {
  /** Where the axis of values ends; absent: where the values do. */
  readonly max?: number;
  /** How much time before the newest point is shown; absent: all that there is. */
  readonly windowMs?: number;
}

/** Lines over time, with the unit at the axis. */
export function seriesOption(
  series: readonly Series[],
  unit: string,
  { max, windowMs }: Range = {},
): PlotOption {
  const newest = new Date(series[0]?.points.at(-1)?.[0] ?? Number.NaN).getTime();
  const window =
    windowMs === undefined || Number.isNaN(newest) ? {} : { min: newest - windowMs, max: newest };
  return {
    tooltip: { trigger: 'axis', valueFormatter: (value: unknown) => formatted(value, unit) },
    ...(series.length > 1 ? { legend: {} } : {}),
    xAxis: { type: 'time', ...window },
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

/** What came in and went out, in KiB a second. */
export function trafficOption(
  received: Series['points'],
  sent: Series['points'],
  text: Text,
  range: Range = {},
): PlotOption {
  return seriesOption(
    [
      { name: text('接收', 'Received'), points: received },
      { name: text('发送', 'Sent'), points: sent },
    ],
    'KiB/s',
    range,
  );
}

function formatted(value: unknown, unit: string): string {
  return typeof value === 'number' ? `${value.toFixed(1)} ${unit}` : '–';
}
