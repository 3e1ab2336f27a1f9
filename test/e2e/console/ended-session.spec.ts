import type { Browser } from 'playwright-core';
import { passwordDigest } from '../../../src/auth/passwords/password-digest';
import { useApp } from '../../support/app-with-admin';
import { signUpUser, succeeded } from '../../support/factories/users';
import { launchBrowser } from '../../support/pages/browser';
import { signInAt, visitAsAdmin, visitConsole } from '../../support/pages/console-page';

describe('a page of the console that is only looked at', () => {
  const app = useApp();
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  it.each([
    ['apps', 'a ban', 'banned'],
    ['server', 'a reset of the password', 'The password was changed'],
  ])('goes to the sign-in and says why (%s, %s)', async (path, what, reason) => {
    const user = await signUpUser(app, app.admin);
    const { page, context, complaints } = await visitConsole(browser, `${app.url}/#/${path}`);
    const streaming = page.waitForResponse((response) => response.url().endsWith('/events'));
    await signInAt(page, user.name, `password of ${user.name}`);
    await streaming;
    const password = { new_password: passwordDigest('new') };
    succeeded(
      what === 'a ban'
        ? await app.admin.http.post(`/api/v1/user/admin/modifyStatus/${user.uid}?status=1`)
        : await app.admin.http.post(`/api/v1/user/modifyPassword/${user.uid}`, password),
    );
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.getByText(reason).first().waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('comes back when the user signs in again', async () => {
    const { page, complaints } = await visitAsAdmin(browser, app, 'administration?tab=codes', 'Administration'); // prettier-ignore
    await page.getByLabel('Note').fill('typed before the end');
    const sessions = (await app.admin.http.get('/api/v1/user/sessions')).body.data as { sid: string; current: boolean }[]; // prettier-ignore
    for (const { sid, current } of sessions)
      if (!current) await app.admin.http.delete(`/api/v1/user/sessions/${sid}`);
    await page.getByText('This session was removed').waitFor();
    await signInAt(page, app.admin.name, `password of ${app.admin.name}`);
    await page.getByLabel('Note').waitFor();
    expect(complaints).toEqual([]);
  });
});

describe('a form of the console that stays open over the end of its token', () => {
  const app = useApp({ ACCESS_TOKEN_SECONDS: '5' });
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  it('is sent with a new token, and nothing that was typed is lost', async () => {
    const { page, complaints } = await visitAsAdmin(browser, app, 'administration?tab=codes', 'Administration'); // prettier-ignore
    await page.getByLabel('Note').fill('typed before the end');
    const before = await page.evaluate('JSON.stringify(localStorage)');
    await page.waitForTimeout(5_500);
    await page.getByRole('button', { name: 'Issue' }).click();
    await page.getByText('1 issued').waitFor();
    await page.getByText('typed before the end').waitFor();
    expect(await page.evaluate('JSON.stringify(localStorage)')).not.toBe(before);
    expect(complaints).toEqual([]);
  });
});
