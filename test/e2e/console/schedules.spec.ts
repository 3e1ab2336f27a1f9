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

describe('schedules in the console', () => {
  let lab: AppLab;
  let browser: Browser;
  let visitor: ConsoleVisitor;
  let page: Page;

  const dialog = () => page.getByRole('dialog');
  const times = () => dialog().getByRole('listitem');
  const choose = async (select: string, option: string): Promise<void> => {
    await dialog().getByRole('combobox', { name: select }).click();
    await page.getByRole('option', { name: option }).click();
  };
  const schedule = async (path: string) => (await lab.admin.http.get(`/api/v1/${path}`)).body.data;

  beforeAll(async () => {
    lab = await AppLab.start({ BACKUP_REPOSITORIES: 'local=/tmp/nowhere-a,away=/tmp/nowhere-b' });
    const image = await lab.image({ listen: [80] });
    await lab.writeApp('wiki', `services:\n  wiki:\n    image: ${image}\n    ports: ["\${HTTP_PORT:-9001}:80"]\n`, { 'app.json': JSON.stringify({ title: { zh: '维基', en: 'Wiki' }, category: 'tool', version: '1' }) }); // prettier-ignore
    await lab.installed('wiki');
    browser = await launchBrowser();
    visitor = await visitConsole(browser, `${lab.server.url}/#/apps/wiki`);
    page = visitor.page;
    await signInAt(page, lab.admin.name, `password of ${lab.admin.name}`);
    await page.getByText('Not saved by itself.').waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await lab?.close();
  });

  it('of an app are set with words of cron, their next three times and what is kept', async () => {
    await page.getByRole('button', { name: 'Change schedule' }).click();
    await choose('Saved by itself', 'A schedule of its own');
    const when = dialog().getByLabel('When');
    await when.fill('0 0 1 1 *');
    await dialog().getByLabel('Time zone').fill('UTC');
    const shown = (): Promise<void> => times().nth(2).waitFor();
    await shown();
    const year = new Date().getUTCFullYear() + 1;
    await times().first().getByText(String(year)).waitFor();
    expect(await times().allInnerTexts()).toEqual(
      [year, year + 1, year + 2].map(
        (at) =>
        new Date(Date.UTC(at, 0, 1)).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }), // prettier-ignore
      ),
    );
    expect(await seriousFaults(page)).toEqual([]);
    await dialog().getByLabel('Days').fill('7');
    await dialog().getByLabel('Last backups').fill('2');
    await choose('Repository', 'away');
    await dialog().getByRole('switch', { name: /Verify/ }).uncheck({ force: true }); // prettier-ignore
    await dialog().getByRole('button', { name: 'Save' }).click();
    await dialog().waitFor({ state: 'detached' });
    await page.getByText(/Saved by itself: 0 0 1 1 \* \(UTC\), next .+, kept: 2 last, 7 days/).waitFor(); // prettier-ignore
    expect(await schedule('apps/wiki/backup-schedule')).toMatchObject({
      source: 'app',
      cron: '0 0 1 1 *',
      timeZone: 'UTC',
      repository: 'away',
      keepLast: 2,
      keepDaily: 7,
      keepWeekly: 0,
      keepMonthly: 0,
      verify: false,
    });
  });

  it('show at the field what is wrong, and change nothing', async () => {
    await page.getByRole('button', { name: 'Change schedule' }).click();
    expect(await dialog().getByLabel('When').inputValue()).toBe('0 0 1 1 *');
    expect(await dialog().getByLabel('Days').inputValue()).toBe('7');
    await dialog().getByLabel('When').fill('99 3 * * *');
    await dialog().getByText('must be the five words of cron').waitFor();
    await times().first().waitFor({ state: 'detached' });
    await dialog().getByLabel('When').fill('30 3 * * *');
    await times().nth(2).waitFor();
    await dialog().getByLabel('Time zone').fill('Mars/Olympus');
    await dialog().getByText('must be the name of a time zone').first().waitFor(); // prettier-ignore
    await dialog().getByRole('button', { name: 'Save' }).click();
    await dialog().getByRole('alert').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await dialog().getByRole('button', { name: 'Back' }).click();
    expect((await schedule('apps/wiki/backup-schedule')).cron).toBe('0 0 1 1 *');
  });

  it('of all apps hold for those without one of their own, until they never shall', async () => {
    await page.goto(`${lab.server.url}/#/administration?tab=backups`);
    await page.getByRole('heading', { name: 'Default backup schedule' }).waitFor();
    await page.getByText('Not saved by itself.').waitFor();
    await page.getByRole('button', { name: 'Change schedule' }).click();
    await choose('Saved by itself', 'At these times');
    await dialog().getByLabel('When').fill('@daily');
    await dialog().getByLabel('Time zone').fill('Europe/Berlin');
    await times().nth(2).waitFor();
    await dialog().getByRole('button', { name: 'Save' }).click();
    await page.getByText(/Saved by itself: @daily \(Europe\/Berlin\), next .+, all stay/).waitFor();
    await page.setViewportSize({ width: 375, height: 740 });
    await page.getByRole('button', { name: 'Change schedule' }).click();
    await times().nth(2).waitFor();
    expect(await overflowsSideways(page)).toBe(false);
    await dialog().getByRole('button', { name: 'Back' }).click();
    await page.setViewportSize({ width: 1280, height: 800 });

    await page.goto(`${lab.server.url}/#/apps/wiki`);
    await page.getByRole('button', { name: 'Change schedule' }).click();
    await choose('Saved by itself', 'As the default has it');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await page.getByText(/Saved by itself: @daily \(Europe\/Berlin\) \(the default\)/).waitFor();
    await page.getByRole('button', { name: 'Change schedule' }).click();
    await choose('Saved by itself', 'Never');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await page.getByText('Never saved by itself.').waitFor();
    expect(await schedule('apps/wiki/backup-schedule')).toMatchObject({
      source: 'app',
      cron: null,
    });

    await page.goto(`${lab.server.url}/#/administration?tab=backups`);
    await page.getByRole('button', { name: 'Change schedule' }).click();
    await choose('Saved by itself', 'Never');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await page.getByText('Not saved by itself.').waitFor();
    expect(await schedule('backups/schedule')).toMatchObject({ source: 'none', cron: null });
  });

  it('of updates open a window, with its next three times', async () => {
    await page.goto(`${lab.server.url}/#/apps/wiki`);
    await page.getByText('Updates: told').waitFor();
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    await choose('Policy', 'By itself in a window');
    await dialog().getByLabel('The window opens').fill('15 2 * * 1');
    await dialog().getByLabel('Time zone').fill('UTC');
    await times().nth(2).waitFor();
    await dialog().getByLabel('It stays open for so many minutes').fill('45');
    expect(await seriousFaults(page)).toEqual([]);
    await dialog().getByRole('button', { name: 'Save' }).click();
    await page
      .getByText(/Updates: by itself, within 45 minutes from 15 2 \* \* 1 \(UTC\)/)
      .waitFor();
    expect(await schedule('apps/wiki/update-policy')).toMatchObject({
      mode: 'window',
      cron: '15 2 * * 1',
      minutes: 45,
    });
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    await choose('Policy', 'By hand, nobody is told');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await page.getByText('Updates: by hand, nobody is told').waitFor();
    expect(visitor.complaints).toEqual([]);
  });
});
