import { lazy, Suspense } from 'react';
import { Loading } from '../ui/problem';
import type { ChartProps } from './chart-types';

const Chart = lazy(() => import('./chart'));

/** A plot; the library is loaded when the first one is looked at. */
export function Plot(props: ChartProps) {
  return (
    <Suspense
      fallback={
        props.children ?? (
          <div className={props.small ? 'plot small' : 'plot'}>
            <Loading />
          </div>
        )
      }
    >
      <Chart {...props} />
    </Suspense>
  );
}
