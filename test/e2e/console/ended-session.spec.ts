import type { Browser } from 'playwright-core';
import { passwordDigest } from '../../../src/auth/passwords/password-digest';
import { useApp } from '../../support/app-with-admin';
import { signUpUser, succeeded } from '../../support/factories/users';
import { launchBrowser } from '../../support/pages/browser';
import { signInAt, visitConsole } from '../../support/pages/console-page';

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
});
