import type { Browser, Page } from 'playwright-core';
import { useApp } from '../../support/app-with-admin';
import { launchBrowser } from '../../support/pages/browser';
import {
  overflowsSideways,
  seriousFaults,
  visitAsAdmin,
  type ConsoleVisitor,
} from '../../support/pages/console-page';

describe('the server in the console', () => {
  const app = useApp();
  let browser: Browser;
  let visitor: ConsoleVisitor;
  let page: Page;

  beforeAll(async () => {
    browser = await launchBrowser();
    visitor = await visitAsAdmin(browser, app, 'server', 'Server');
    page = visitor.page;
  });
  afterAll(() => browser?.close());

  it('shows live figures, the last day and the engine', async () => {
    await page.getByRole('heading', { name: 'Now', exact: true }).waitFor();
    for (const plot of ['Processor, memory and disk', 'Network'])
      for (const time of ['now', '24 hours'])
        await page.getByRole('img', { name: `${plot}, ${time}` }).waitFor();
    await page.getByText(/^Docker \d\S* · \d+ containers$/).waitFor();
    expect(await page.locator('.plot canvas').count()).toBe(4);
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('accepts a risk with a reason and opens it again', async () => {
    await page.getByRole('button', { name: 'Check now' }).click();
    await page.getByText('The check is done').waitFor();
    const accept = page.getByRole('button', { name: 'Accept' }).first();
    await accept.click();
    await page.getByRole('dialog').getByLabel('Reason').fill('known <b>and</b> watched');
    await page.getByRole('dialog').getByRole('button', { name: 'Accept' }).click();
    await page.getByText('Accepted: known <b>and</b> watched').waitFor();
    await page.getByRole('button', { name: 'Reopen' }).click();
    await page.getByText('The risk is open again').waitFor();
  });

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 375, height: 740 });
    expect(await overflowsSideways(page)).toBe(false);
    expect(visitor.complaints).toEqual([]);
  });
});
