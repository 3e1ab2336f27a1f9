import * as echarts from 'echarts';
import type { GrowthPoint } from './growth';

const WIDTH = 960;
const HEIGHT = 420;

/** Rates relative to the smallest size, one panel for each thing that grows: flat is good. */
export function growthPicture(points: readonly GrowthPoint[]): string {
  const panels = [...new Set(points.map(({ dimension }) => dimension))];
  const rates = points.filter(({ unit }) => unit === '/s');
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT }); // prettier-ignore
  const part = (WIDTH - 40) / panels.length;
  chart.setOption({
    animation: false,
    backgroundColor: '#fff',
    title: { text: 'Rate, relative to the smallest size', left: 'center' },
    legend: { bottom: 0 },
    grid: panels.map((_, i) => ({ left: 60 + i * part, width: part - 90, top: 60, bottom: 90 })),
    xAxis: panels.map((name, gridIndex) => ({ type: 'log', name, nameLocation: 'middle', nameGap: 28, gridIndex, min: 'dataMin', max: 'dataMax' })), // prettier-ignore
    yAxis: panels.map((_, gridIndex) => ({ type: 'value', min: 0, gridIndex })),
    series: [...new Set(rates.map(({ dimension, figure }) => `${dimension}|${figure}`))].map(
      (key) => {
        const [dimension, figure] = key.split('|');
        const own = rates.filter((p) => p.dimension === dimension && p.figure === figure);
        const index = panels.findIndex((panel) => panel === dimension);
        return {
          type: 'line',
          name: figure,
          xAxisIndex: index,
          yAxisIndex: index,
          data: own.map(({ size, value }) => [size, Number((value / own[0]!.value).toFixed(3))]),
        };
      },
    ),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
