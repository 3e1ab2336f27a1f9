import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../support/pages/browser';
import {
  overflowsSideways,
  seriousFaults,
  signInAt,
  visitConsole,
  type ConsoleVisitor,
} from '../../support/pages/console-page';
import { AppLab } from '../../support/factories/app-lab';
import { signUpUser } from '../../support/factories/users';

const MARKUP = '<img src=x onerror="document.title=`broken into`">';

describe('the apps in the console', () => {
  let lab: AppLab;
  let browser: Browser;
  let visitor: ConsoleVisitor;
  let page: Page;

  beforeAll(async () => {
    lab = await AppLab.start();
    const image = await lab.image({ listen: [80], listenAfterSeconds: 4, prints: [MARKUP] });
    await lab.writeApp(
      'noisy',
      `services:\n  noisy:\n    image: ${image}\n    ports: ["\${W9_HTTP_PORT_SET}:80"]\n    environment:\n      COLOR: \${COLOR}\n      APP_PASSWORD: \${APP_PASSWORD}\n    volumes: [data:/data]\nvolumes:\n  data:\n`,
      {
        '.env': 'W9_HTTP_PORT_SET=9001\nCOLOR=\nAPP_PASSWORD=\n',
        'app.json': JSON.stringify({
          title: { zh: '吵闹', en: 'Noisy <b>app</b>' },
          category: 'tool',
          version: '1',
          main: { service: 'noisy', port: 80 },
          variables: [
            {
              name: 'COLOR',
              title: { zh: '颜色', en: 'Color' },
              type: 'string',
              pattern: '[a-z]+',
              required: true,
            },
            { name: 'APP_PASSWORD', title: { zh: '密码', en: 'Password' }, type: 'password' },
          ],
        }),
      },
    );
    await lab.admin.http.post('/api/v1/catalogue/reload');
    browser = await launchBrowser();
    visitor = await visitConsole(browser, lab.server.url);
    page = visitor.page;
    await signInAt(page, lab.admin.name, `password of ${lab.admin.name}`);
    await page.getByRole('heading', { name: 'Catalog' }).waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await lab?.close();
  });

  it('are found by a search, and titles are shown as text', async () => {
    await page.getByRole('searchbox', { name: 'Search apps' }).fill('noisy');
    await page.getByRole('link', { name: 'Noisy <b>app</b>' }).waitFor();
    await page.getByText('1 apps').waitFor();
    await page.getByRole('searchbox', { name: 'Search apps' }).fill('no such app at all');
    await page.getByText('No app matches.').waitFor();
    await page.getByRole('button', { name: 'Clear the search' }).click();
    await page.getByRole('link', { name: /Gitea/ }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('show the server’s objection at the field', async () => {
    await page.goto(`${lab.server.url}/#/apps/noisy`);
    await page.getByRole('heading', { name: 'What will happen' }).waitFor();
    const color = page.getByLabel('Color');
    await color.evaluate((input) => input.removeAttribute('pattern'));
    await color.fill('UPPER');
    await page.getByRole('button', { name: 'Install', exact: true }).click();
    const described = page.locator('input[aria-invalid=true]');
    await described.waitFor();
    expect(await described.inputValue()).toBe('UPPER');
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('install with live progress that survives a reload, by keyboard alone', async () => {
    await page.reload();
    const color = page.getByLabel('Color');
    await color.fill('teal');
    await page.getByRole('button', { name: 'Install', exact: true }).isEnabled();
    await pressable(page, 'Install');
    await color.press('Enter');
    await page.getByRole('progressbar', { name: 'Progress' }).waitFor();
    await page.reload();
    await page.getByRole('progressbar', { name: 'Progress' }).waitFor();
    await page
      .getByText(/container|network|volume|image/i)
      .first()
      .waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByText('Running', { exact: true }).waitFor({ timeout: 40_000 });
    const { body } = await lab.admin.http.get('/getAppInfo?appName=noisy');
    const link = page.getByRole('link', { name: 'Open' });
    expect(await link.getAttribute('href')).toBe(`http://127.0.0.1:${body.data.port}/`);
    expect(await fetch(`http://127.0.0.1:${body.data.port}/`)).toMatchObject({ status: 200 });
    await page.getByRole('link', { name: '‹ All apps' }).click();
    await page.getByRole('region', { name: 'Installed' }).getByText('Noisy <b>app</b>').click();
  });

  it('show log lines as text, follow them, and give passwords on demand', async () => {
    await page.getByRole('log').getByText(MARKUP).waitFor();
    await page.getByRole('switch', { name: 'Follow' }).check({ force: true });
    await page.getByRole('log').getByText(MARKUP).waitFor();
    expect(await page.title()).toBe('StackScape');
    await page.getByRole('button', { name: 'Show passwords' }).click();
    await page.getByText('APP_PASSWORD').waitFor();
    await page.getByRole('button', { name: 'Hide' }).click();
    await page.getByText('APP_PASSWORD').waitFor({ state: 'detached' });
    await page.locator('.plot canvas').nth(1).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('stop and start', async () => {
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Stopped', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByText('Running', { exact: true }).waitFor({ timeout: 30_000 });
  });

  it('explain to ordinary users why they cannot change them, on a phone too', async () => {
    const user = await signUpUser(lab.server, lab.admin);
    const phone = await visitConsole(browser, `${lab.server.url}/#/apps/gitea`, { phone: true });
    await signInAt(phone.page, user.name, `password of ${user.name}`);
    await phone.page.getByText('Only administrators install apps').waitFor();
    expect(await overflowsSideways(phone.page)).toBe(false);
    await phone.page.goto(`${lab.server.url}/#/apps/noisy`);
    await phone.page.getByText('Running', { exact: true }).waitFor();
    expect(await phone.page.getByRole('button', { name: 'Uninstall' }).count()).toBe(0);
    expect(await overflowsSideways(phone.page)).toBe(false);
    expect(phone.complaints).toEqual([]);
    await phone.context.close();
  });

  it('uninstall after saying what goes and what stays', async () => {
    await page.getByRole('button', { name: 'Uninstall' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(`${lab.prefix}noisy`).first().waitFor();
    await dialog.getByRole('checkbox', { name: 'Also delete its data' }).check();
    expect(await seriousFaults(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Uninstall' }).click();
    await page.getByText('Nothing is installed yet.').waitFor({ timeout: 30_000 });
    expect(await lab.leftovers()).toMatchObject({ containers: [], volumes: [] });
    expect(visitor.complaints).toEqual([]);
  });
});

/** A form that may not be sent yet ignores Enter. */
async function pressable(page: Page, name: string): Promise<void> {
  await page.locator('button:not([disabled])', { hasText: name }).first().waitFor();
}
