import type { Browser, Page } from 'playwright-core';
import { syntheticCatalog } from '../../support/catalog/synthetic-catalog';
import { startAppWithAdmin, type AppWithAdmin } from '../../support/app-with-admin';
import { launchBrowser } from '../../support/pages/browser';
import { signInAt, visitConsole, type ConsoleVisitor } from '../../support/pages/console-page';
import type { TemplateFolder } from '../../support/template-folder';

interface Smoothness {
  /** Milliseconds. */
  readonly longestTask: number;
  readonly longestFrame: number;
  readonly medianFrame: number;
  readonly frames: number;
}

const APPS = 1_500;

describe('a catalog of 1,500 apps in the console', () => {
  let folder: TemplateFolder;
  let app: AppWithAdmin;
  let browser: Browser;
  let visitor: ConsoleVisitor;
  let page: Page;

  beforeAll(async () => {
    folder = await syntheticCatalog(APPS);
    app = await startAppWithAdmin({ CATALOG_PATHS: folder.path });
    await app.admin.http.post('/api/v1/catalogue/reload');
    browser = await launchBrowser();
    visitor = await visitConsole(browser, app.url);
    page = visitor.page;
    await signInAt(page, app.admin.name, `password of ${app.admin.name}`);
    await page.getByRole('heading', { name: 'Catalog' }).waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await app?.close();
    await folder?.remove();
  });

  const cards = () => page.locator('.catalog-card');

  it('scrolls to its end and back without blocking the page', async () => {
    const total = Number((await page.getByText(/^\d+ apps$/).innerText()).replace(/\D/g, ''));
    expect(total).toBeGreaterThan(1_400);
    await cards().first().waitFor();
    await page.mouse.move(700, 500);
    const down = await measured(page, async () => {
      for (const deadline = Date.now() + 120_000; Date.now() < deadline;) {
        await page.mouse.wheel(0, 900);
        await page.waitForTimeout(16);
        if ((await cards().count()) === total) break;
      }
    });
    expect(await cards().count()).toBe(total);
    await cards().last().scrollIntoViewIfNeeded();
    const up = await measured(page, async () => {
      while ((await page.evaluate<number>('scrollY')) > 0) {
        await page.mouse.wheel(0, -3_000);
        await page.waitForTimeout(16);
      }
    });
    print(`${total} apps, down while they load`, down);
    print(`${total} apps, back up`, up);
    const search = await measured(page, async () => {
      await page.getByRole('searchbox', { name: 'Search apps' }).pressSequentially('App 1234');
      await page.getByText('1 apps').waitFor();
    });
    print('search among them', search);
    // What a person notices; the figures above say how far below it stays on a quiet machine.
    for (const { longestTask } of [down, up, search]) expect(longestTask).toBeLessThan(5_000);
    expect(up.medianFrame).toBeLessThan(500);
    expect(visitor.complaints).toEqual([]);
  });
});

/** Longest task of the page and time between its frames while something goes on. */
async function measured(page: Page, work: () => Promise<void>): Promise<Smoothness> {
  await page.evaluate(`{
    const seen = (window.seen = { tasks: [0], frames: [], last: performance.now(), on: true });
    seen.observer = new PerformanceObserver((list) =>
      seen.tasks.push(...list.getEntries().map((entry) => entry.duration)));
    seen.observer.observe({ type: 'longtask' });
    const frame = (now) => {
      seen.frames.push(now - seen.last);
      seen.last = now;
      if (seen.on) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }`);
  await work();
  const { tasks, frames } = await page.evaluate<{ tasks: number[]; frames: number[] }>(`(() => {
    seen.on = false;
    seen.observer.disconnect();
    return { tasks: seen.tasks, frames: seen.frames };
  })()`);
  const sorted = [...frames].sort((a, b) => a - b);
  return {
    longestTask: Math.max(...tasks),
    longestFrame: Math.max(...frames),
    medianFrame: sorted[Math.floor(sorted.length / 2)] ?? NaN,
    frames: frames.length,
  };
}

function print(what: string, { longestTask, longestFrame, medianFrame, frames }: Smoothness): void {
  process.stdout.write(
    `${what}: longest task ${longestTask.toFixed(0)} ms, longest frame ${longestFrame.toFixed(0)} ms, ` +
      `median frame ${medianFrame.toFixed(1)} ms of ${frames}\n`,
  );
}
