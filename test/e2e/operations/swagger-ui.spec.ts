import { createHash } from 'node:crypto';
import type { Browser, Locator, Page } from 'playwright-core';
import { SetupToken } from '../../../src/users/setup-token';
import { launchBrowser } from '../../support/pages/browser';
import { startTestApp, type TestApp } from '../../support/test-app';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const account = { user_name: 'swagger-admin', password: sha256(sha256('correct horse')) };

describe('Swagger UI in a real browser', () => {
  let sut: TestApp;
  let browser: Browser;
  let page: Page;
  const consoleErrors: string[] = [];

  beforeAll(async () => {
    sut = await startTestApp();
    browser = await launchBrowser();
    page = await browser.newPage();
    page.setDefaultTimeout(15_000);
    page.on('pageerror', (error) => consoleErrors.push(error.message));
    page.on('console', (line) => {
      if (line.text().includes('Content Security Policy')) consoleErrors.push(line.text());
    });
    await page.goto(`${sut.url}/docs#setup-token=${sut.app.get(SetupToken).value}`);
    await page.locator('.swagger-ui .info .title').waitFor();
  });
  afterAll(async () => {
    await browser.close();
    await sut.close();
  });

  it('lists every call of the document', async () => {
    const { paths } = (await sut.http.get('/docs-json')).body as { paths: Record<string, object> };
    const calls = Object.values(paths).flatMap((item) =>
      Object.keys(item).filter((key) => METHODS.includes(key)),
    );
    await expandTags(page);
    expect(await page.locator('.opblock').count()).toBe(calls.length);
    expect(calls.length).toBeGreaterThan(20);
  });

  it('registers, signs in and runs getAllAppInfo by "Try it out"', async () => {
    const registered = await tryOut(page, 'register', JSON.stringify(account));
    expect(registered).toMatchObject({ code: 20000 });
    const login = (await tryOut(page, 'login', JSON.stringify(account))) as {
      data: { access_token: string };
    };

    await page.locator('.auth-wrapper .authorize').first().click();
    const dialog = page.locator('.dialog-ux');
    await dialog.locator('input').first().fill(login.data.access_token);
    await dialog.locator('button.authorize').first().click();
    await dialog.locator('button.btn-done').first().click();

    expect(await tryOut(page, 'getAllAppInfo')).toMatchObject({ code: '1', data: [] });
    expect(consoleErrors).toEqual([]);
  });

  it('stays signed in after a reload and forgets the token with its session', async () => {
    await page.reload();
    await page
      .locator('.authorization__btn.locked, .auth-wrapper .authorize.locked')
      .first()
      .waitFor();
    await expandTags(page);
    expect(await tryOut(page, 'me')).toMatchObject({ code: 20000 });
    expect(await tryOut(page, 'logout')).toMatchObject({ code: 20000 });
    await page.locator('.auth-wrapper .authorize.unlocked').first().waitFor();
    const stored = await page.evaluate('JSON.stringify([localStorage, sessionStorage])');
    expect(stored).not.toContain('eyJ');
    expect(consoleErrors).toEqual([]);
  });

  it('runs without inline scripts or styles', async () => {
    const { headers } = await sut.http.get('/docs');
    expect(headers.get('content-security-policy')).not.toContain('unsafe-inline');
  });
});

async function expandTags(page: Page): Promise<void> {
  const closed = page.locator('.opblock-tag-section:not(.is-open) .opblock-tag');
  while ((await closed.count()) > 0) await closed.first().click();
}

/** Opens the call, presses "Try it out" and "Execute", and reads the answer that the page shows. */
async function tryOut(page: Page, operationId: string, body?: string): Promise<unknown> {
  const call: Locator = page.locator(`.opblock[id$="-${operationId}"]`);
  await call.locator('.opblock-summary-control').click();
  await call.locator('.try-out__btn').click();
  if (body !== undefined) await call.locator('textarea.body-param__text').fill(body);
  await call.locator('button.execute').click();
  const shown = call.locator('.live-responses-table .response .highlight-code code').first();
  await shown.waitFor();
  return JSON.parse(await shown.innerText()) as unknown;
}
