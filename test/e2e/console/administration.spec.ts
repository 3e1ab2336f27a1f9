import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../support/pages/browser';
import { useApp } from '../../support/app-with-admin';
import {
  overflowsSideways,
  registerAt,
  seriousFaults,
  signInAt,
  visitConsole,
  visitAsAdmin,
  type ConsoleVisitor,
} from '../../support/pages/console-page';

const PASSWORD = 'correct horse battery';

describe('administration and account in the console', () => {
  const app = useApp();
  let browser: Browser;
  let visitor: ConsoleVisitor;
  let page: Page;

  beforeAll(async () => {
    browser = await launchBrowser();
    visitor = await visitAsAdmin(browser, app, 'administration', 'Administration');
    page = visitor.page;
  });
  afterAll(() => browser?.close());

  it('issues invite codes as links and QR codes, with which somebody registers and waits for approval', async () => {
    await page.getByRole('tab', { name: 'Invite codes' }).click();
    await page.getByLabel('Note').fill('for <i>Ada</i>');
    await page.getByRole('switch', { name: 'With approval' }).check({ force: true });
    await page.getByRole('button', { name: 'Issue' }).click();
    await page.getByText('1 issued').waitFor();
    await page.getByText('for <i>Ada</i>').waitFor();
    const link = await page.getByRole('region', { name: 'Invite links' }).innerText();
    await page.getByRole('button', { name: 'Link', exact: true }).click();
    await page.getByRole('img', { name: 'QR code of the invite link' }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await page.keyboard.press('Escape');

    const guest = await visitConsole(browser, link.trim(), { phone: true });
    await registerAt(guest.page, 'ada', PASSWORD);
    await guest.page.getByText('once an administrator approves it').waitFor();

    await page.getByRole('tab', { name: 'Users' }).click();
    await page.getByRole('button', { name: 'Actions for ada' }).click();
    await page.getByRole('menuitem', { name: 'Approve' }).click();
    await page.getByText('ada is changed').first().waitFor();
    await guest.page.getByRole('link', { name: 'Sign in' }).click();
    await signInAt(guest.page, 'ada', PASSWORD);
    await guest.page.getByRole('heading', { name: 'Catalog' }).waitFor();
    await guest.context.close();
  });

  it('says why the last administrator stays one', async () => {
    await page.getByRole('searchbox', { name: 'Search users' }).fill(app.admin.name);
    await page.getByRole('button', { name: 'Actions for ada' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: `Actions for ${app.admin.name}` }).click();
    await page.getByRole('menuitem', { name: 'Ban', exact: true }).click();
    await page
      .getByRole('status')
      .getByText(/administrator/i)
      .first()
      .waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('bans and frees addresses, with objections at the field', async () => {
    await page.getByRole('tab', { name: 'Banned addresses' }).click();
    await page.getByText('No address is banned.').waitFor();
    await page.getByLabel('Address or CIDR block').fill('nonsense');
    await page.getByRole('button', { name: 'Ban', exact: true }).click();
    await page.locator('input[aria-invalid=true]').waitFor();
    await page.getByLabel('Address or CIDR block').fill('203.0.113.0/24');
    await page.getByRole('button', { name: 'Ban', exact: true }).click();
    await page.getByRole('cell', { name: '203.0.113.0/24' }).waitFor();
    await page.locator('button[data-loading]').waitFor({ state: 'detached' });
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Lift' }).click();
    await page.getByText('No address is banned.').waitFor();
  });

  it('shows where a user is signed in, and ends one of the sessions', async () => {
    const theirs = await visitConsole(browser, app.url);
    await signInAt(theirs.page, 'ada', PASSWORD);
    await theirs.page.getByRole('heading', { name: 'Catalog' }).waitFor();
    await page.getByRole('tab', { name: 'Users' }).click();
    await page.getByRole('button', { name: 'Actions for ada' }).click();
    await page.getByRole('menuitem', { name: 'Sessions' }).click();
    const dialog = page.getByRole('dialog', { name: 'Sessions of ada' });
    const end = dialog.getByRole('button', { name: 'End' });
    await end.first().waitFor();
    expect(await end.count()).toBe(2);
    expect(await seriousFaults(page)).toEqual([]);
    await end.first().click(); // the latest used
    await theirs.page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await theirs.page.getByText('This session was removed').waitFor();
    await theirs.context.close();
    await page.keyboard.press('Escape');
  });

  it('shows the audit log, filtered by action, user, object and day', async () => {
    await page.getByRole('tab', { name: 'Audit log' }).click();
    await page.getByLabel('Action', { exact: true }).fill('user.registered');
    await page.getByText('2 in all').waitFor();
    await page.getByRole('combobox', { name: 'By' }).fill(app.admin.name);
    await page.getByRole('option', { name: app.admin.name }).click();
    await page.getByText('1 in all').waitFor();
    await page.getByLabel('Action', { exact: true }).fill('');
    await page.getByLabel('On', { exact: true }).fill('203.0.113.0/24');
    await page.getByText('2 in all').waitFor();
    await page.getByRole('cell', { name: 'address.ban-lifted' }).waitFor();
    await page.getByLabel('Up to').fill('2020-01-01');
    await page.getByText('No entry matches.').waitFor();
    await page.getByLabel('Up to').fill('');
    await page.getByLabel('From', { exact: true }).fill('2020-01-01');
    await page.getByText('2 in all').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('changes the own password, language and brightness, and ends other sessions', async () => {
    const other = await visitConsole(browser, app.url, { phone: true });
    await signInAt(other.page, app.admin.name, `password of ${app.admin.name}`);
    await other.page.getByRole('heading', { name: 'Catalog' }).waitFor();
    await page.getByRole('link', { name: 'Account' }).click();
    await page.getByLabel('Present password').fill('not this one');
    await page.getByLabel('New password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByRole('main').getByRole('alert').waitFor();
    await page.getByLabel('Present password').fill(`password of ${app.admin.name}`);
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByText('all other sessions have ended').waitFor();
    await other.page.reload();
    await other.page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await other.context.close();

    await page.getByText('Dark', { exact: true }).click();
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByText('中文', { exact: true }).first().click();
    await page.getByRole('heading', { name: '账号' }).waitFor();
    await page.setViewportSize({ width: 375, height: 740 });
    expect(await overflowsSideways(page)).toBe(false);
    expect(visitor.complaints).toEqual([]);
  });
});
