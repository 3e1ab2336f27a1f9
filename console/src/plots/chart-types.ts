import type { ReactNode } from 'react';

/** An option of ECharts; its own type is as large as the library. */
export type PlotOption = Record<string, unknown>;

export interface ChartProps {
  readonly option: PlotOption;
  /** What it shows: read aloud, and the title of a download. */
  readonly label: string;
  /** Number of records, period, model and the like. */
  readonly caption?: string;
  /** Without an ending; absent: no download. */
  readonly fileName?: string;
  readonly small?: boolean;
  /** Stands on the page in place of the drawing, which is only downloaded. */
  readonly children?: ReactNode;
}
