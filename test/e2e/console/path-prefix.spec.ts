import type { Browser, Page } from 'playwright-core';
import { useApp } from '../../support/app-with-admin';
import { launchBrowser } from '../../support/pages/browser';
import { signInAt, visitConsole, type ConsoleVisitor } from '../../support/pages/console-page';
import { PrefixProxy } from '../../support/pages/prefix-proxy';

describe('the console below a path that a proxy puts in front', () => {
  const app = useApp();
  let browser: Browser;
  let proxy: PrefixProxy;
  let visitor: ConsoleVisitor;
  let page: Page;
  const failures: string[] = [];

  beforeAll(async () => {
    browser = await launchBrowser();
    proxy = await PrefixProxy.start(app.url, '/stack');
    visitor = await visitConsole(browser, `${proxy.url}/`);
    page = visitor.page;
    page.on('response', (answer) => {
      const known = answer.url().includes('/getAppInfo?'); // 404: the app is not installed
      if (answer.status() >= 400 && !known) failures.push(`${answer.status()} ${answer.url()}`);
    });
  });
  afterAll(async () => {
    await browser?.close();
    proxy?.stop();
  });

  it('signs in and stays signed in after a reload', async () => {
    await signInAt(page, app.admin.name, `password of ${app.admin.name}`);
    await page.getByRole('heading', { name: 'Catalog' }).waitFor();
    await page.reload();
    await page.getByRole('link', { name: /Gitea/ }).waitFor();
  });

  it('shows every page, with plots and event streams', async () => {
    await page.getByRole('link', { name: /Gitea/ }).click();
    await page.getByRole('heading', { name: 'What will happen' }).waitFor();
    await page.getByRole('link', { name: 'Server' }).click();
    await page.locator('.plot canvas').first().waitFor();
    await page.getByText(/^Docker .* containers$/).waitFor(); // comes with the stream
    await page.getByRole('link', { name: 'Compute' }).click();
    await page.getByLabel('Patient id').fill('2333');
    await page.getByLabel('ctDNA fragment length (bp)').fill('209');
    await page.getByLabel('Methylated CpG sites').fill('5');
    await page.getByRole('button', { name: 'Compute' }).click();
    await page.getByRole('status', { name: 'Result' }).getByText('0.789').waitFor();
    await page.getByRole('link', { name: 'Administration' }).click();
    await page.getByRole('tab', { name: 'Audit log' }).click();
    await page.getByRole('table').waitFor();
    await page.getByRole('link', { name: 'Account' }).click();
    await page.getByText('This one').waitFor();
  });

  it('gives invite links that lead back to it', async () => {
    await page.getByRole('link', { name: 'Administration' }).click();
    await page.getByRole('tab', { name: 'Invite codes' }).click();
    await page.getByRole('button', { name: 'Issue' }).click();
    const link = await page.getByRole('region', { name: 'Invite links' }).innerText();
    expect(link.trim()).toMatch(new RegExp(`^${proxy.url}/#/register\\?code=`));
  });

  it('opens the queue board from the page of the server', async () => {
    await page.getByRole('link', { name: 'Server' }).click();
    const board = await page.getByRole('link', { name: /queue/i }).getAttribute('href');
    expect(board).toBe(`${proxy.url}/admin/queues`);
  });

  it('asks for nothing outside of the path and gets no failure', () => {
    expect(proxy.strays).toEqual([]);
    expect(failures).toEqual([]);
    expect(visitor.complaints).toEqual([]);
  });
});
