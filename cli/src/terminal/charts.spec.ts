import { barChart, unitSquareChart } from './charts';
import { Terminal } from './terminal';

describe(unitSquareChart.name, () => {
  it('draws a perfect curve along the left and upper edge', () => {
    const lines = unitSquareChart([
      { x: 0, y: 0 },
      { x: 0, y: 1 },
      { x: 1, y: 1 },
    ]);
    const plot = lines.slice(0, 12).map((line) => line.slice(5));
    expect(new Set(plot.map((line) => line.length))).toEqual(new Set([44]));
    const dots = (character: string): number => (character.codePointAt(0) ?? 0) - 0x2800;
    // Bits 1, 2, 3 and 7 are the left dots of a cell from top to bottom.
    expect(plot.every((line) => (dots(line[0] ?? '') & 0x47) === 0x47)).toBe(true);
    expect([...(plot[0] ?? '')].every((cell) => (dots(cell) & 0x09) === 0x09)).toBe(true);
    expect(dots(plot[6]?.[40] ?? '')).toBe(0);
  });
});

describe(barChart.name, () => {
  it('stacks parts to one scale, each with a pattern of its own', () => {
    const terminal = new Terminal({ json: false, color: false, language: 'en' });
    const bar = (label: string, ...counts: number[]) => ({
      label,
      parts: (['red', 'green', 'dim'] as const).map((style, i) => ({
        style,
        count: counts[i] ?? 0,
      })),
    });
    expect(barChart(terminal, [bar('9', 2, 1, 1), bar('10', 0, 2, 0), bar('11', 0)], 8)).toEqual([
      ' 9 │████▓▓░░ 4',
      '10 │▓▓▓▓ 2',
      '11 │',
    ]);
  });
});
