import type { Terminal } from './terminal.js';
import { pad } from './width.js';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Braille characters hold a raster of 2 by 4 dots, in this order of bits. */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;
const CHART_COLUMNS = 44;
const CHART_ROWS = 12;

/** A curve through points of the unit square and its diagonal, as lines of text. */
export function unitSquareChart(points: readonly Point[]): string[] {
  const width = CHART_COLUMNS * 2;
  const height = CHART_ROWS * 4;
  const cells = Array.from({ length: CHART_ROWS }, () => new Array<number>(CHART_COLUMNS).fill(0));
  const dot = (x: number, y: number): void => {
    const column = Math.min(width - 1, Math.max(0, Math.round(x * (width - 1))));
    const row = height - 1 - Math.min(height - 1, Math.max(0, Math.round(y * (height - 1))));
    const line = cells[row >> 2];
    const bit = DOTS[row % 4]?.[column % 2];
    if (line && bit) line[column >> 1] = (line[column >> 1] ?? 0) | bit;
  };
  for (let i = 0; i < width; i += 4) dot(i / width, i / width); // chance, dotted
  points.slice(1).forEach((to, i) => {
    const from = points[i] ?? to;
    const steps = Math.ceil(
      Math.max(Math.abs(to.x - from.x) * width, Math.abs(to.y - from.y) * height, 1),
    );
    for (let step = 0; step <= steps; step++)
      dot(from.x + ((to.x - from.x) * step) / steps, from.y + ((to.y - from.y) * step) / steps);
  });
  const rows = cells.map((row) => row.map((bits) => String.fromCharCode(0x2800 + bits)).join(''));
  const label = (i: number): string => (i === 0 ? '1.0 ' : i === CHART_ROWS - 1 ? '0.0 ' : '    ');
  return [
    ...rows.map((row, i) => `${label(i)}│${row}`),
    `    └${'─'.repeat(CHART_COLUMNS)}`,
    `     0.0${' '.repeat(CHART_COLUMNS - 6)}1.0`,
  ];
}

export interface Bar {
  readonly label: string;
  readonly parts: readonly { readonly count: number; readonly style: 'red' | 'green' | 'dim' }[];
}

const PARTS = { red: '█', green: '▓', dim: '░' } as const;

/** Stacked bars to one scale; the parts differ by pattern as well as by colour. */
export function barChart(terminal: Terminal, bars: readonly Bar[], columns = 48): string[] {
  const totals = bars.map(({ parts }) => parts.reduce((sum, { count }) => sum + count, 0));
  const most = Math.max(1, ...totals);
  const width = Math.max(0, ...bars.map(({ label }) => label.length));
  return bars.map(({ label, parts }, i) => {
    let before = 0;
    const drawn = parts.map(({ count, style }) => {
      const from = Math.round((before / most) * columns);
      before += count;
      const to = Math.round((before / most) * columns);
      return terminal.style(style, PARTS[style].repeat(to - from));
    });
    return `${pad(label, width, 'right')} │${drawn.join('')} ${totals[i] === 0 ? '' : totals[i]}`.trimEnd();
  });
}
