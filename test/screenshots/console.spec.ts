import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { portRanges } from '../support/factories/app-lab';
import { removeFromEngine } from '../support/factories/lab-engines';
import { importCsv, labelledCsv } from '../support/factories/compute';
import { signUpAdmin, signUpUser, type SignedIn } from '../support/factories/users';
import { launchBrowser } from '../support/pages/browser';
import { visitConsole } from '../support/pages/console-page';
import { pollUntil } from '../support/poll-until';
import { startTestApp, type TestApp } from '../support/test-app';

/** `npm run screenshots`: every page in both languages, light and dark, on a desk and on a phone. */
const FOLDER = join(__dirname, '../../.tmp/screenshots');
const PAGES = {
  apps: '/apps',
  app: '/apps/hello',
  install: '/apps/gitea',
  compute: '/compute',
  plots: '/compute?tab=plots',
  history: '/compute?tab=history',
  server: '/server',
  users: '/administration',
  codes: '/administration?tab=codes',
  account: '/account',
};

describe('screenshots of the console', () => {
  let server: TestApp;
  let admin: SignedIn;
  let browser: Browser;

  beforeAll(async () => {
    await mkdir(FOLDER, { recursive: true });
    server = await startTestApp(portRanges());
    admin = await signUpAdmin(server, 'admin');
    for (const name of ['ada', 'grace', 'lin', 'noether']) await signUpUser(server, admin, name);
    await importCsv(admin, admin.uid, labelledCsv(60, 40));
    await admin.http.post('/installApp', { appName: 'hello' });
    await pollUntil('hello to run', async () => {
      const { body } = await admin.http.post('/getAppInfo', { appName: 'hello' });
      return body.data.status === '1';
    });
    browser = await launchBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await removeFromEngine(server.settings.containerPrefix);
  });

  for (const language of ['en-US', 'zh-CN'] as const)
    for (const dark of [false, true])
      for (const phone of [false, true])
        it(`${language}, ${dark ? 'dark' : 'light'}, ${phone ? 'phone' : 'desktop'}`, async () => {
          const { page, context } = await visitConsole(browser, server.url, {
            language,
            dark,
            phone,
          });
          const suffix = `${language.slice(0, 2)}-${dark ? 'dark' : 'light'}-${phone ? 'phone' : 'desktop'}`;
          await settled(page);
          await page.screenshot({ path: join(FOLDER, `sign-in-${suffix}.png`) });
          await page.getByLabel(/^(User name|用户名)$/).fill(admin.name);
          await page.getByLabel(/^(Password|密码)$/).fill(`password of ${admin.name}`);
          await page.getByRole('button', { name: /^(Sign in|登录)$/ }).click();
          await page.getByRole('searchbox').waitFor();
          for (const [name, path] of Object.entries(PAGES)) {
            await page.goto(`${server.url}/#${path}`);
            await settled(page);
            await page.screenshot({ path: join(FOLDER, `${name}-${suffix}.png`) });
          }
          await context.close();
        }, 120_000);
});

/** Nothing is being loaded any more, and plots stand still. */
async function settled(page: Page): Promise<void> {
  await page.getByRole('heading').first().waitFor();
  const busy = page.locator('.mantine-Loader-root, [data-loading]');
  await pollUntil('the page to load', async () => (await busy.count()) === 0);
  await page.waitForTimeout(700);
}
