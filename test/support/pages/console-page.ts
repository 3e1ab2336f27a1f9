import { readFileSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { AppWithAdmin } from '../app-with-admin';

export interface ConsoleVisitor {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page logged as an error, or a refused style or script; empty when all is well. */
  readonly complaints: string[];
}

/** Somebody with a browser of their own (tokens, language) at the console. */
export async function visitConsole(
  browser: Browser,
  url: string,
  options: {
    readonly language?: 'zh-CN' | 'en-US';
    readonly dark?: boolean;
    readonly phone?: boolean;
  } = {},
): Promise<ConsoleVisitor> {
  const context = await browser.newContext({
    locale: options.language ?? 'en-US',
    colorScheme: options.dark ? 'dark' : 'light',
    viewport: options.phone ? { width: 375, height: 740 } : { width: 1280, height: 800 },
    acceptDownloads: true,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const complaints = watch(page);
  await page.goto(url);
  return { page, context, complaints };
}

/** Errors of a page's scripts and of its content policy; refusals by the API are expected and shown. */
export function watch(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text());
  });
  return complaints;
}

/** Signs in by the form, as people do. */
export async function signInAt(page: Page, userName: string, password: string): Promise<void> {
  await page.getByLabel('User name').fill(userName);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** The first administrator of an application, signed in at a page of the console with this heading. */
export async function visitAsAdmin(
  browser: Browser,
  app: AppWithAdmin,
  path: string,
  heading: string,
): Promise<ConsoleVisitor> {
  const visitor = await visitConsole(browser, `${app.url}/#/${path}`);
  await signInAt(visitor.page, app.admin.name, `password of ${app.admin.name}`);
  await visitor.page.getByRole('heading', { name: heading }).waitFor();
  return visitor;
}

/** Makes an account by the form of a fresh server or of an invite link. */
export async function registerAt(page: Page, userName: string, password: string): Promise<void> {
  await page.getByLabel('User name').fill(userName);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('Password again').fill(password);
  await page.getByRole('button', { name: /^(Make the administrator|Register)$/ }).click();
}

/** Faults that axe finds on the page as it is now, the serious and critical ones. */
export async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
  const { violations } = await page.evaluate<{
    violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
  }>('axe.run()');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .slice(0, 3)
          .map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`)
          .join(' | ')}`,
    );
}

/** Whether the page can be scrolled sideways, which nobody wants on a phone. */
export async function overflowsSideways(page: Page): Promise<boolean> {
  return page.evaluate<boolean>(
    'document.documentElement.scrollWidth > document.documentElement.clientWidth',
  );
}
