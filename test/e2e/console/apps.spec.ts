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
import { pollUntil } from '../../support/poll-until';

const MARKUP = '<img src=x onerror="document.title=`broken into`">';

describe('the apps in the console', () => {
  let lab: AppLab;
  let browser: Browser;
  let visitor: ConsoleVisitor;
  let page: Page;

  beforeAll(async () => {
    lab = await AppLab.start();
    const image = await lab.image({ listen: [80], listenAfterSeconds: 4, prints: [MARKUP] });
    const other = await lab.image({ prints: ['of the other service'] });
    await lab.writeApp(
      'noisy',
      `services:\n  noisy:\n    image: ${image}\n    ports: ["\${W9_HTTP_PORT_SET}:80"]\n    environment:\n      COLOR: \${COLOR}\n      APP_PASSWORD: \${APP_PASSWORD}\n    volumes: [data:/data]\n  other:\n    image: ${other}\nvolumes:\n  data:\n`,
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

  it('show a letter where an icon does not load, and ask no other host for one', async () => {
    const asked: string[] = [];
    const note = (request: { url(): string }): void => void asked.push(request.url());
    const list = /\/api\/v1\/apps\?/;
    await page.route(list, async (route) => {
      const answer = await route.fetch();
      const body = (await answer.json()) as {
        data: { items: { appName: string; icon: string }[] };
      };
      for (const app of body.data.items)
        app.icon = app.appName === 'gitea' ? './nosuch.png' : 'https://icons.example.org/x.png';
      await route.fulfill({ response: answer, json: body });
    });
    page.on('request', note);
    await page.reload();
    const gitea = page.getByRole('link', { name: /Gitea/ });
    await gitea.waitFor();
    await pollUntil('its icon to be asked for', () => asked.some((url) => url.endsWith('/nosuch.png'))); // prettier-ignore
    await gitea.locator('.app-icon img').waitFor({ state: 'detached' });
    expect(await gitea.locator('.app-icon').innerText()).toBe('G');
    expect(asked.filter((url) => !url.startsWith(lab.server.url))).toEqual([]);
    page.off('request', note);
    await page.unroute(list);
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
    await page.getByText('Running', { exact: true }).waitFor();
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
    await page.getByLabel('Service').selectOption('other');
    await page.getByRole('log').getByText('of the other service').waitFor();
    await page.getByRole('switch', { name: 'Follow' }).uncheck({ force: true });
    await page.getByRole('log').getByText('of the other service').waitFor();
    expect(await page.getByRole('log').innerText()).not.toContain(MARKUP);
    const wraps = page.getByRole('switch', { name: 'Wrap lines' });
    await wraps.uncheck({ force: true });
    await page.locator('.log.unwrapped').waitFor();
    await page.reload();
    await page.locator('.log.unwrapped').waitFor();
    await wraps.check({ force: true });
    await page.getByRole('log').getByText(MARKUP).waitFor();
    expect(await page.title()).toBe('StackScape');
    await page.getByRole('button', { name: 'Show passwords' }).click();
    await page.getByText('APP_PASSWORD').waitFor();
    await page.getByRole('button', { name: 'Hide' }).click();
    await page.getByText('APP_PASSWORD').waitFor({ state: 'detached' });
    await page.getByRole('img', { name: 'Network traffic' }).waitFor();
    await page.getByText(/^↓ .+\/s ↑ .+\/s$/).waitFor();
    await page.locator('.plot canvas').nth(2).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('stop and start', async () => {
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Stopped', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByText('Running', { exact: true }).waitFor();
  });

  it('are installed once more beside the first, under a name of their own', async () => {
    await page.getByRole('button', { name: 'Install another instance' }).click();
    await page.getByText('Shown once the instance has a name.').waitFor();
    await page.getByLabel('Color').fill('red');
    await page.getByLabel('Name of the instance').fill('two');
    await pressable(page, 'Install');
    await page.getByRole('button', { name: 'Install', exact: true }).click();
    await page.getByRole('heading', { name: 'Noisy <b>app</b> · two' }).waitFor();
    await page.getByText('Running', { exact: true }).waitFor();
    await page.getByRole('link', { name: '‹ All apps' }).click();
    const installed = page.getByRole('region', { name: 'Installed' });
    await installed.getByText('Noisy <b>app</b> · two').waitFor();
    await lab.uninstall('noisy--two');
    await installed.getByText('Noisy <b>app</b>', { exact: true }).click();
    await page.getByText('Running', { exact: true }).waitFor();
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
    await page.getByText('Nothing is installed yet.').waitFor();
    expect(await lab.leftovers()).toMatchObject({ containers: [], volumes: [] });
    expect(visitor.complaints).toEqual([]);
  });
});

/** A form that may not be sent yet ignores Enter. */
async function pressable(page: Page, name: string): Promise<void> {
  await page.locator('button:not([disabled])', { hasText: name }).first().waitFor();
}
