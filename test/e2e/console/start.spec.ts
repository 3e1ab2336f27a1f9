import type { Browser, Route } from 'playwright-core';
import { launchBrowser } from '../../support/pages/browser';
import { registerAt, signInAt, visitConsole } from '../../support/pages/console-page';
import { SetupToken } from '../../../src/users/setup-token';
import { pollUntil } from '../../support/poll-until';
import { startTestApp, type TestApp } from '../../support/test-app';

const PASSWORD = 'correct horse battery';

describe('the start of the console', () => {
  let sut: TestApp;
  let browser: Browser;

  beforeAll(async () => {
    sut = await startTestApp({ THROTTLE_LOGIN: '4/3600' });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await sut.close();
  });

  it('is served with a policy without inline scripts, and its files may be kept for ever', async () => {
    const page = await fetch(sut.url, { headers: { accept: 'text/html' } });
    const policy = page.headers.get('content-security-policy') ?? '';
    const html = await page.text();
    expect(page.status).toBe(200);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1];
    expect(html).toContain(`nonce="${nonce}"`);
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/);
    expect(page.headers.get('cache-control')).toBe('no-store');

    const script = /src="\.\/(assets\/[^"]+\.js)"/.exec(html)?.[1];
    const file = await fetch(`${sut.url}/${script}`, { headers: { 'accept-encoding': 'br' } });
    expect(file.headers.get('content-encoding')).toBe('br');
    expect(file.headers.get('cache-control')).toContain('immutable');
    expect(file.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  });

  it('has an icon where browsers look for one', async () => {
    const icon = await fetch(`${sut.url}/favicon.ico`);
    expect([icon.status, icon.headers.get('content-type')]).toEqual([200, 'image/svg+xml']);
  });

  it('leaves unknown paths to the API', async () => {
    for (const path of ['/nothing', '/assets/nothing.js', '/api/v1/nothing'])
      expect(await sut.http.get(path)).toMatchObject({ status: 404, body: { code: 30000 } });
    expect(await sut.http.get('/getAllAppInfo')).toMatchObject({ status: 401 });
  });

  it('needs at most 250 kB of script before anybody signs in', async () => {
    const { page, context } = await visitConsole(browser, sut.url);
    await page.getByRole('heading').first().waitFor();
    const names = await page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .map(({ name }) => name)
        .filter((name) => name.endsWith('.js')),
    );
    const bytes = await Promise.all(
      names.map(async (name) => {
        const answer = await fetch(name, { headers: { 'accept-encoding': 'gzip' } });
        return Number(answer.headers.get('content-length'));
      }),
    );
    expect(Math.max(...bytes)).toBeGreaterThan(50_000);
    expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(250_000);
    await context.close();
  });

  it('loads itself again when the network changes while its files come', async () => {
    const { page, context, complaints } = await visitConsole(browser, 'about:blank');
    let loads = 0;
    await page.route(`${sut.url}/`, (route) => {
      loads++;
      return route.continue();
    });
    await page.route(/\/assets\/main-.+\.(css|js)$/, (route) => {
      const dropped = route.request().url().endsWith('.css') ? 1 : 2;
      return loads === dropped ? route.abort('connectionaborted') : route.continue();
    });
    await page.goto(sut.url);
    await page.getByRole('heading', { name: 'Make the administrator' }).waitFor();
    expect(loads).toBe(3);
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('says so when its files never come', async () => {
    const { page, context } = await visitConsole(browser, 'about:blank');
    await page.route(/\/assets\/main-.+\.js$/, (route) => route.abort('connectionaborted'));
    await page.goto(sut.url);
    await page.getByText('The files of this page could not be loaded').waitFor();
    await context.close();
  });

  it('makes the administrator of a fresh server, and signs out in every tab at once', async () => {
    const link = `${sut.url}/#/register?setup=${sut.app.get(SetupToken).value}`;
    const { page, context, complaints } = await visitConsole(browser, link);
    await page.getByRole('heading', { name: 'Make the administrator' }).waitFor();
    await page.getByLabel('User name').fill('chief');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByLabel('Password again').fill('something else');
    expect(await page.getByText('The two passwords differ').count()).toBe(1);
    await registerAt(page, 'chief', PASSWORD);
    await page.getByRole('link', { name: 'Administration', exact: true }).waitFor();

    const second = await context.newPage();
    await second.goto(sut.url);
    await second.getByRole('link', { name: 'Administration', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await second.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await second.evaluate('JSON.stringify(localStorage)')).not.toContain('access_token');
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('answers the sign-in page also when the end of a session is heard of twice', async () => {
    const { page, context } = await visitConsole(browser, sut.url);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    const held = new Promise<Route>((resolve) => void page.route('**/registration', resolve));
    await page.reload({ waitUntil: 'commit' });
    const question = await held;
    await page.evaluate('new BroadcastChannel("stackscape.tokens").postMessage("changed")');
    await question.continue();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await context.close();
  });

  it('says in words why a sign-in is refused, and counts the seconds of a pause down', async () => {
    const { page, context } = await visitConsole(browser, sut.url, { language: 'zh-CN' });
    await page.getByRole('heading', { name: '登录' }).waitFor();
    await page.getByRole('button', { name: 'English' }).click();
    await signInAt(page, 'chief', 'wrong password');
    await page
      .getByRole('alert')
      .filter({ hasText: /wrong|incorrect|password/i })
      .waitFor();
    const waiting = page.getByRole('button', { name: /^Wait \d+ s$/ });
    const signIn = page.getByRole('button', { name: 'Sign in' });
    await pollUntil('the pause', async () => {
      if ((await waiting.count()) > 0) return true;
      await signIn.click({ timeout: 500 }).catch(() => undefined); // it may turn into the pause meanwhile
      return false;
    });
    const before = await waiting.innerText();
    await page.getByRole('button', { name: before }).waitFor({ state: 'detached' });
    expect(await waiting.isDisabled()).toBe(true);
    await context.close();
  });
});
