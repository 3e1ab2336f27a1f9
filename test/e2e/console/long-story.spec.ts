import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { SetupToken } from '../../../src/users/setup-token';
import { pageAt, portRanges } from '../../support/factories/app-lab';
import { removeFromEngine } from '../../support/factories/lab-engines';
import { labelledCsv } from '../../support/factories/compute';
import { launchBrowser } from '../../support/pages/browser';
import { registerAt, visitConsole, type ConsoleVisitor } from '../../support/pages/console-page';
import { startTestApp, type TestApp } from '../../support/test-app';

const PASSWORD = 'correct horse battery';

/** What a team does in its first hour, in two browsers, with our own catalog and a real engine. */
describe('the first hour with the console', () => {
  let server: TestApp;
  let browser: Browser;
  let chief: ConsoleVisitor;
  let guest: ConsoleVisitor;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'console-'));
    server = await startTestApp(portRanges());
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await removeFromEngine(server.settings.containerPrefix);
    await rm(folder, { recursive: true, force: true });
  });

  it('makes the administrator with the link that the start prints', async () => {
    const token = server.app.get(SetupToken).value;
    chief = await visitConsole(browser, `${server.url}/#/register?setup=${token}`);
    await registerAt(chief.page, 'chief', PASSWORD);
    await chief.page.getByRole('heading', { name: 'Catalog' }).waitFor();
  });

  it('invites a second person, who registers with the link', async () => {
    const { page } = chief;
    await openPage(page, 'Administration');
    await page.getByRole('tab', { name: 'Invite codes' }).click();
    await page.getByRole('button', { name: 'Issue' }).click();
    const link = await page.getByRole('region', { name: 'Invite links' }).innerText();
    guest = await visitConsole(browser, link.trim());
    await registerAt(guest.page, 'ada', PASSWORD);
    await guest.page.getByRole('heading', { name: 'Catalog' }).waitFor();
  });

  it('lets the second person install once she is an administrator', async () => {
    await guest.page.getByRole('searchbox', { name: 'Search apps' }).fill('hello');
    await guest.page.getByRole('link', { name: /^Hello\b/ }).click();
    await guest.page.getByText('Only administrators install apps').waitFor();
    await actOnUser(chief.page, 'ada', 'Make an administrator');
    await guest.page.reload();
    await guest.page.getByRole('button', { name: 'Install', exact: true }).click();
    await guest.page.getByRole('progressbar', { name: 'Progress' }).waitFor();
    await guest.page.getByText('Running', { exact: true }).waitFor();
  });

  it('opens the page of the app', async () => {
    const address = await guest.page.getByRole('link', { name: 'Open' }).getAttribute('href');
    const opened = await guest.context.newPage();
    await opened.goto(address ?? '');
    await opened.getByText(/hello/i).first().waitFor();
    await opened.close();
    expect(await pageAt(new URL(address ?? '').port)).toMatch(/hello/i);
  });

  it('uninstalls it', async () => {
    await guest.page.getByRole('button', { name: 'Uninstall' }).click();
    const dialog = guest.page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Uninstall' }).click();
    await guest.page.getByText('Nothing is installed yet.').waitFor();
  });

  it('imports labelled records and shows their ROC curve', async () => {
    const { page } = guest;
    const file = join(folder, 'labelled.csv');
    await writeFile(file, labelledCsv(60, 40));
    await openPage(page, 'Compute');
    await page.getByRole('tab', { name: 'Batch' }).click();
    await page.locator('input[type=file]').setInputFiles(file);
    await page.getByRole('button', { name: 'Import as confirmed records' }).click();
    await page.getByText(/records imported/).waitFor();
    await page.getByRole('tab', { name: 'Plots' }).click();
    await page.getByText(/AUC 0\.\d{3}/).waitFor();
    await page.getByRole('img', { name: 'ROC curve' }).waitFor();
  });

  it('says at once to the second person that she is banned', async () => {
    await actOnUser(chief.page, 'ada', 'Ban');
    await guest.page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await guest.page
      .getByRole('alert')
      .filter({ hasText: /banned/i })
      .waitFor();
    expect(guest.complaints).toEqual([]);
    expect(chief.complaints).toEqual([]);
  });
});

async function openPage(page: Page, name: string): Promise<void> {
  await page.getByRole('link', { name, exact: true }).click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
}

async function actOnUser(page: Page, userName: string, action: string): Promise<void> {
  await page.getByRole('tab', { name: 'Users' }).click();
  await page.getByRole('button', { name: `Actions for ${userName}` }).click();
  await page.getByRole('menuitem', { name: action, exact: true }).click();
  await page.getByText(`${userName} is changed`).last().waitFor();
}
