import type { Browser, Page } from 'playwright-core';
import { UpdateWatch } from '../../../src/apps/updates/update-watch';
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

describe('updates in the console', () => {
  let lab: AppLab;
  let browser: Browser;
  let visitor: ConsoleVisitor;
  let page: Page;
  let image: string;

  const publish = async (version: string, more: object = {}): Promise<void> => {
    const compose = `services:\n  wiki:\n    image: ${image}\n    environment: { S: "\${SIZE:-}" }\n    ports: ["\${HTTP_PORT:-9001}:80"]\n`;
    const about = { title: { zh: '维基', en: 'Wiki' }, category: 'tool', version, ...more };
    await lab.writeApp('wiki', compose, { 'app.json': JSON.stringify(about) });
    await lab.admin.http.post('/api/v1/catalogue/reload');
  };
  const installedCard = () => page.getByRole('region', { name: 'Installed' }).getByText('Wiki');
  const mark = () => page.getByText('Update', { exact: true });
  const upgrades = () => page.getByRole('button', { name: /^Upgrade/ });

  beforeAll(async () => {
    lab = await AppLab.start();
    image = await lab.image({ listen: [80] });
    await publish('1');
    await lab.installed('wiki');
    browser = await launchBrowser();
    visitor = await visitConsole(browser, lab.server.url);
    page = visitor.page;
    await signInAt(page, lab.admin.name, `password of ${lab.admin.name}`);
    await installedCard().waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await lab?.close();
  });

  it('are not offered where nothing would change', async () => {
    expect(await mark().count()).toBe(0);
    await installedCard().click();
    await page.getByRole('heading', { name: 'Updates' }).waitFor();
    await page.getByText('There is no update.').waitFor();
    await page.getByRole('button', { name: 'Restart' }).waitFor();
    expect(await upgrades().count()).toBe(0);
    await page.getByRole('button', { name: 'Check again' }).click();
    await page.getByText('The registries are asked in the background.').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('mark the app as soon as the server tells of one', async () => {
    const size = {
      name: 'SIZE',
      title: { zh: '大小', en: 'Size' },
      type: 'string',
      pattern: '[0-9]+',
      required: true,
    };
    await page.getByRole('link', { name: '‹ All apps' }).click();
    await installedCard().waitFor();
    expect(await mark().count()).toBe(0);
    await publish('2', { variables: [size] });
    await lab.server.app.get(UpdateWatch).tick(true);
    await mark().waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await installedCard().click();
    await page.getByText('version 1 → 2').waitFor();
    await mark().waitFor();
  });

  it('show people who may not upgrade what there is, on a phone too', async () => {
    const user = await signUpUser(lab.server, lab.admin);
    const phone = await visitConsole(browser, `${lab.server.url}/#/apps/wiki`, { phone: true });
    await signInAt(phone.page, user.name, `password of ${user.name}`);
    await phone.page.getByText('version 1 → 2').waitFor();
    expect(await phone.page.getByRole('button', { name: /Upgrade|Check again/ }).count()).toBe(0);
    expect(await overflowsSideways(phone.page)).toBe(false);
    expect(phone.complaints).toEqual([]);
    await phone.context.close();
  });

  it('ask for what the newer template requires, and lead to the upgrade', async () => {
    await page.reload(); // the catalog has changed
    await page.getByRole('button', { name: 'Upgrade to 2' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('version 1 → 2').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    const size = dialog.getByLabel('Size');
    await size.fill('large');
    await dialog.getByRole('button', { name: 'Upgrade' }).click();
    await dialog.locator('input[aria-invalid=true]').waitFor();
    expect((await lab.info('wiki')).version).toBe('1');
    await size.fill('9');
    await dialog.getByRole('button', { name: 'Upgrade' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('There is no update.').waitFor({ timeout: 90_000 });
    expect(await lab.info('wiki')).toMatchObject({ version: '2', phase: 'running' });
    expect(await mark().count()).toBe(0);
    expect(await upgrades().count()).toBe(0);
  });

  it('say why one cannot be made', async () => {
    await lab.writeApp('wiki', `services:\n  wiki:\n    image: ${image}\n    privileged: true\n    ports: ["\${HTTP_PORT:-9001}:80"]\n`, { 'app.json': JSON.stringify({ title: { zh: '维基', en: 'Wiki' }, category: 'tool', version: '3' }) }); // prettier-ignore
    await lab.admin.http.post('/api/v1/catalogue/reload');
    await page.reload();
    await page.getByText(/privileged/).first().waitFor(); // prettier-ignore
    expect(await page.getByRole('button', { name: 'Upgrade to 3' }).isDisabled()).toBe(true);
    expect(await mark().count()).toBe(0);
    expect(visitor.complaints).toEqual([]);
  });
});
