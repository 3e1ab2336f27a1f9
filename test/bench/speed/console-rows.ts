import type { Page } from 'playwright-core';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { launchBrowser } from '../../support/pages/browser';
import { root } from './processes';
import type { Row } from './rows';
import { once } from './shared';
import { PLAIN_PASSWORD, type World } from './world';

/** What Lighthouse calls good: first and largest contentful paint, and time blocked by long tasks. */
const GOOD = { firstPaint: 1_800, largestPaint: 2_500, longestTask: 200 } as const;
const VISITS = 3;

interface Load {
  /** Milliseconds after the page was asked for, or after the click that led to it. */
  readonly firstPaint: number;
  readonly largestPaint: number;
  /** Milliseconds; 0: none took 50. */
  readonly longestTask: number;
}

/** How the console comes up in a headless Chromium with nothing in its cache; medians of a few visits. */
export function consoleRowsOf(world: World): Row[] {
  const visits = once(() => visit(world));
  const row = (
    id: string,
    title: string,
    page: keyof Awaited<ReturnType<typeof visit>>,
    figure: keyof Load,
  ): Row => ({
    id,
    title: `console: ${title}`,
    unit: 'ms',
    baseline: `mark of ${GOOD[figure]} ms`,
    mark: { atMost: 1 },
    prepare: () =>
      Promise.resolve(
        existsSync(join(root, 'console', 'dist', 'index.html'))
          ? undefined
          : 'the console is not built: npm run setup',
      ),
    measure: async () => (await visits())[page][figure],
    measureBaseline: () => Promise.resolve(GOOD[figure]),
    rounds: 1,
  });
  return [
    row('console-paint', 'first contentful paint of the sign-in', 'start', 'firstPaint'),
    row('console-largest', 'largest contentful paint of the sign-in', 'start', 'largestPaint'),
    row('console-task', 'longest task of the sign-in', 'start', 'longestTask'),
    row('console-apps', 'from the sign-in to the first apps', 'apps', 'firstPaint'),
    row('console-apps-task', 'longest task until then', 'apps', 'longestTask'),
  ];
}

async function visit(world: World): Promise<{ start: Load; apps: Load }> {
  const browser = await launchBrowser();
  const starts: Load[] = [];
  const apps: Load[] = [];
  try {
    for (let i = 0; i < VISITS; i++) {
      const context = await browser.newContext({ locale: 'en-US' });
      const page = await context.newPage();
      await page.addInitScript(`
        window.seen = { tasks: [0], largest: 0 };
        new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map((e) => e.duration)))
          .observe({ type: 'longtask', buffered: true });
        new PerformanceObserver((list) => (seen.largest = list.getEntries().at(-1).startTime))
          .observe({ type: 'largest-contentful-paint', buffered: true });`);
      await page.goto(world.product.url);
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      await page.waitForLoadState('networkidle');
      const firstPaint = await page.evaluate<number>(
        'performance.getEntriesByName("first-contentful-paint")[0].startTime',
      );
      const largestPaint = await page.evaluate<number>('seen.largest');
      starts.push({ firstPaint, largestPaint, longestTask: await longestTask(page) });

      await page.getByLabel('User name').fill(world.admin.name);
      await page.getByLabel('Password', { exact: true }).fill(PLAIN_PASSWORD);
      const begun = performance.now();
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.locator('.catalog-card').first().waitFor();
      const shown = performance.now() - begun;
      await page.waitForLoadState('networkidle');
      apps.push({ firstPaint: shown, largestPaint: shown, longestTask: await longestTask(page) });
      await context.close();
    }
  } finally {
    await browser.close();
  }
  return { start: medians(starts), apps: medians(apps) };
}

/** Since the last time that this was asked. */
async function longestTask(page: Page): Promise<number> {
  return page.evaluate<number>('Math.max(...seen.tasks.splice(0, Infinity, 0))');
}

function medians(loads: readonly Load[]): Load {
  const middle = (figure: keyof Load): number =>
    loads.map((load) => load[figure]).sort((a, b) => a - b)[VISITS >> 1] ?? NaN;
  return {
    firstPaint: middle('firstPaint'),
    largestPaint: middle('largestPaint'),
    longestTask: middle('longestTask'),
  };
}
