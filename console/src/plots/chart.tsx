import { LineChart, BarChart, HeatmapChart, ScatterChart, CustomChart } from 'echarts/charts';
import {
  AriaComponent,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  MarkPointComponent,
  TitleComponent,
  TooltipComponent,
  VisualMapComponent,
} from 'echarts/components';
import { init, use, type EChartsType } from 'echarts/core';
import { CanvasRenderer, SVGRenderer } from 'echarts/renderers';
import { Button, Group, Text as Words, useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useText } from '../app/language';
import { saveFile } from '../ui/save-file';
import type { ChartProps, PlotOption } from './chart-types';

use([
  AriaComponent,
  BarChart,
  CanvasRenderer,
  CustomChart,
  GridComponent,
  HeatmapChart,
  LegendComponent,
  LineChart,
  MarkLineComponent,
  MarkPointComponent,
  ScatterChart,
  SVGRenderer,
  TitleComponent,
  TooltipComponent,
  VisualMapComponent,
]);

const DOWNLOAD = { width: 900, height: 620 };

/** A plot in the colors of the page. With a file name it can be downloaded as SVG and PNG. */
export default function Chart({ option, label, caption, fileName, small, children }: ChartProps) {
  const text = useText();
  const scheme = useComputedColorScheme('light');
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(undefined);

  useEffect(() => {
    if (!box.current) return;
    const made = init(box.current, null, { renderer: 'canvas' });
    chart.current = made;
    const resized = new ResizeObserver(() => made.resize());
    resized.observe(box.current);
    return () => {
      resized.disconnect();
      made.dispose();
    };
  }, []);
  useEffect(() => {
    chart.current?.setOption(dressed(option, scheme), { notMerge: true, lazyUpdate: true });
  }, [option, scheme]);

  const download = async (kind: 'svg' | 'png'): Promise<void> => {
    if (!fileName) return;
    const svg = drawn(option, label, caption);
    if (kind === 'svg') saveFile(`${fileName}.svg`, new Blob([svg], { type: 'image/svg+xml' }));
    else saveFile(`${fileName}.png`, await toPng(svg));
  };
  return (
    <figure style={{ margin: 0 }}>
      {children ?? (
        <div ref={box} className={small ? 'plot small' : 'plot'} role="img" aria-label={label} />
      )}
      {(caption || fileName) && (
        <Group justify="space-between" gap="xs">
          <Words component="figcaption" size="xs" c="dimmed">
            {caption}
          </Words>
          {fileName && (
            <Group gap={4}>
              {(['svg', 'png'] as const).map((kind) => (
                <Button
                  key={kind}
                  size="compact-xs"
                  variant="default"
                  onClick={() => void download(kind)}
                  aria-label={text(
                    `下载 ${label}（${kind.toUpperCase()}）`,
                    `Download ${label} as ${kind.toUpperCase()}`,
                  )}
                >
                  {kind.toUpperCase()}
                </Button>
              ))}
            </Group>
          )}
        </Group>
      )}
    </figure>
  );
}

/** Colors of the page, and a tooltip that is drawn: one of HTML would need inline styles. */
function dressed(option: PlotOption, scheme: 'light' | 'dark'): PlotOption {
  const words = scheme === 'dark' ? '#c9c9c9' : '#495057';
  const line = scheme === 'dark' ? '#424242' : '#dee2e6';
  const axis = (one: object, name = {}): object => ({
    nameTextStyle: { color: words, ...name },
    axisLabel: { color: words, hideOverlap: true },
    axisLine: { lineStyle: { color: line } },
    splitLine: { lineStyle: { color: line } },
    ...one,
  });
  return {
    animation: false,
    backgroundColor: 'transparent',
    color: ['#0c8599', '#e8590c', '#6741d9', '#2b8a3e'],
    textStyle: { fontFamily: 'inherit' },
    grid: { left: 8, right: 16, top: 34, bottom: 8, containLabel: true },
    ...option,
    legend: option.legend && { top: 0, textStyle: { color: words }, ...option.legend },
    tooltip: option.tooltip && { renderMode: 'richText', confine: true, ...option.tooltip },
    visualMap: option.visualMap && { textStyle: { color: words }, ...option.visualMap },
    xAxis: axis((option.xAxis ?? {}) as object),
    // Its name stands above it: centered there, a long one would begin outside of the plot.
    yAxis: axis((option.yAxis ?? {}) as object, { align: 'left' }),
  };
}

/** As SVG with title and caption inside, on white, whatever the page looks like. */
function drawn(option: PlotOption, title: string, caption: string | undefined): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...DOWNLOAD });
  chart.setOption({
    ...dressed(option, 'light'),
    backgroundColor: '#fff',
    textStyle: { fontFamily: 'sans-serif' },
    grid: { left: 24, right: 32, top: 96, bottom: 40, containLabel: true },
    legend: option.legend && { ...(option.legend as object), top: 66 },
    title: {
      text: title,
      subtext: caption ?? '',
      left: 16,
      top: 10,
      subtextStyle: { color: '#495057', width: DOWNLOAD.width - 32, overflow: 'break' },
    },
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

async function toPng(svg: string): Promise<Blob> {
  const image = new Image();
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = DOWNLOAD.width * 2;
    canvas.height = DOWNLOAD.height * 2;
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) =>
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no image'))), 'image/png'),
    );
  } finally {
    URL.revokeObjectURL(url);
  }
}
