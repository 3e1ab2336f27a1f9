import type { Browser, Locator, Page } from 'playwright-core';
import { passwordDigest } from '../../../src/auth/passwords/password-digest';
import { SetupToken } from '../../../src/users/setup-token';
import { launchBrowser } from '../../support/pages/browser';
import { PrefixProxy } from '../../support/pages/prefix-proxy';
import { startTestApp, type TestApp } from '../../support/test-app';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const NAME = 'swagger-admin';
// Longer than one block of SHA-256, with characters of several bytes.
const PASSWORD = `correct horse 密码 ${'x'.repeat(70)}`;

describe('Swagger UI in a real browser', () => {
  let sut: TestApp;
  let browser: Browser;
  let page: Page;
  const consoleErrors: string[] = [];

  beforeAll(async () => {
    sut = await startTestApp();
    browser = await launchBrowser();
    page = await browser.newPage({ locale: 'en-US' });
    page.setDefaultTimeout(60_000);
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

  it('makes the administrator from name and plain password and fills the token in', async () => {
    await fillForm(page, NAME, PASSWORD);
    await form(page).getByRole('button', { name: 'Make the administrator' }).click();
    await form(page).getByText(`Signed in as ${NAME} (administrator)`).waitFor();
    expect(page.url()).not.toContain('setup-token');
    // The client hashes as the documents say, so both must have sent the same.
    const login = await sut.http.post('/api/v1/user/login', {
      user_name: NAME,
      password: passwordDigest(PASSWORD),
    });
    expect(login.body.code).toBe(20000);
    await page.locator('.auth-wrapper .authorize.locked').first().waitFor();
    expect(await tryOut(page, 'getAllAppInfo')).toMatchObject({ code: '1', data: [] });
    expect(consoleErrors).toEqual([]);
  });

  it('stays signed in after a reload and forgets the token with its session', async () => {
    await page.reload();
    await form(page).getByText(`Signed in as ${NAME}`).waitFor();
    await page.locator('.auth-wrapper .authorize.locked').first().waitFor();
    await expandTags(page);
    expect(await tryOut(page, 'me')).toMatchObject({ code: 20000 });
    expect(await tryOut(page, 'logout')).toMatchObject({ code: 20000 });
    await page.locator('.auth-wrapper .authorize.unlocked').first().waitFor();
    await form(page).getByRole('button', { name: 'Sign in' }).waitFor();
    const stored = await page.evaluate('JSON.stringify([localStorage, sessionStorage])');
    expect(stored).not.toMatch(/eyJ|refresh_token/);
    expect(consoleErrors).toEqual([]);
  });

  it('speaks both languages, also in the messages of the server', async () => {
    await page.getByLabel('语言 / Language').selectOption('zh');
    await fillForm(page, NAME, 'wrong', { user: '用户名', password: '密码' });
    await form(page).getByRole('button', { name: '登录' }).click();
    await form(page).getByText('用户名或密码错误').waitFor();
    await page.reload();
    await form(page).getByRole('button', { name: '登录' }).waitFor();
    await page.getByLabel('语言 / Language').selectOption('en');
    await fillForm(page, NAME, PASSWORD);
    await form(page).getByRole('button', { name: 'Sign in' }).click();
    await form(page).getByRole('button', { name: 'Sign out' }).click();
    await form(page).getByRole('button', { name: 'Sign in' }).waitFor();
    expect(consoleErrors).toEqual([]);
  });

  it('opens the call that a link names', async () => {
    await page.goto(`${sut.url}/docs/#/Apps/installApp`);
    await page.locator('.opblock.is-open[id$="-installApp"]').waitFor();
    await form(page).getByRole('button', { name: 'Sign in' }).waitFor();
    expect(consoleErrors).toEqual([]);
  });

  it('works below a path that a proxy puts in front', async () => {
    const proxy = await PrefixProxy.start(sut.url, '/stack');
    const visitor = await browser.newPage({ locale: 'en-US' });
    const failures: string[] = [];
    visitor.on('pageerror', (error) => failures.push(error.message));
    visitor.on('response', (answer) => {
      if (answer.status() >= 400) failures.push(`${answer.status()} ${answer.url()}`);
    });
    try {
      await visitor.goto(`${proxy.url}/docs`);
      await fillForm(visitor, NAME, PASSWORD);
      await form(visitor).getByRole('button', { name: 'Sign in' }).click();
      await form(visitor).getByText(`Signed in as ${NAME}`).waitFor();
      await expandTags(visitor);
      expect(await tryOut(visitor, 'me')).toMatchObject({ code: 20000 });
      expect(failures).toEqual([]);
    } finally {
      await visitor.close();
      proxy.stop();
    }
  });

  it('runs without inline scripts or styles', async () => {
    const { headers } = await sut.http.get('/docs');
    expect(headers.get('content-security-policy')).not.toContain('unsafe-inline');
  });
});

const form = (page: Page): Locator => page.locator('.stackscape-sign-in');

async function fillForm(
  page: Page,
  name: string,
  password: string,
  labels = { user: 'User name', password: 'Password' },
): Promise<void> {
  await form(page).getByLabel(labels.user).fill(name);
  await form(page).getByLabel(labels.password).fill(password);
}

async function expandTags(page: Page): Promise<void> {
  const closed = page.locator('.opblock-tag-section:not(.is-open) .opblock-tag');
  while ((await closed.count()) > 0) await closed.first().click();
}

/** Opens the call, presses "Try it out" and "Execute", and reads the answer that the page shows. */
async function tryOut(page: Page, operationId: string): Promise<unknown> {
  const call: Locator = page.locator(`.opblock[id$="-${operationId}"]`);
  const log: string[] = [];
  page.on('request', (request) => log.push(`asked ${request.url()}`));
  page.on('requestfailed', (request) => log.push(`failed: ${request.failure()?.errorText}`));
  page.on('response', (answer) => log.push(`answered ${answer.status()} ${answer.url()}`));
  await call.locator('.opblock-summary-control').click();
  await call.locator('.try-out__btn').click();
  await execute(call);
  const shown = call.locator('.live-responses-table .response .highlight-code code').first();
  try {
    await shown.waitFor();
  } catch (error) {
    const page = await call.innerText();
    throw new Error(`${operationId} shows no answer: ${JSON.stringify({ log, page })}`, {
      cause: error,
    });
  }
  return JSON.parse(await shown.innerText()) as unknown;
}

/** A page that is laid out anew between press and release of the button loses the click: it is pressed again. */
async function execute(call: Locator): Promise<void> {
  for (let press = 0; press < 3; press += 1) {
    const sent = call.page().waitForEvent('request', { timeout: 20_000 });
    const isSent = sent.then(
      () => true,
      () => false,
    );
    await call.locator('button.execute').click();
    if (await isSent) return;
    console.log('The page sent nothing after a press of "Execute".');
  }
}
