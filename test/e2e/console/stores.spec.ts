import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { useApp } from '../../support/app-with-admin';
import { selfSigned } from '../../support/certificate';
import { GitServer } from '../../support/git/git-server';
import { launchBrowser } from '../../support/pages/browser';
import { overflowsSideways, seriousFaults, visitAsAdmin } from '../../support/pages/console-page';

describe('git stores in the console', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stores-'));
  const certificate = selfSigned(folder);
  const app = useApp({ STORE_NETWORKS: '127.0.0.1/32', STORE_CA_FILE: certificate.certFile });
  let browser: Browser;
  let server: GitServer;

  beforeAll(async () => {
    server = await GitServer.start(certificate);
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('are added, say what fails, show what an update changes, and are taken and removed', async () => {
    const repository = server.repository('wikis');
    repository.write({ 'apps/wiki/docker-compose.yml': 'services: { w: { image: "w:1" } }\n' });
    const first = repository.commit();
    const visitor = await visitAsAdmin(browser, app, 'administration', 'Administration');
    const { page } = visitor;
    await page.getByRole('tab', { name: 'Stores' }).click();
    await page.getByText('There is no git store.').waitFor();

    await page.getByLabel('Git address').fill('http://plain.example.org/x.git');
    await page.getByRole('button', { name: 'Add' }).click();
    await page.locator('input[aria-invalid=true]').waitFor();

    await page.getByLabel('Git address').fill('https://10.1.2.3/x.git');
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByRole('alert').getByText('not a public one').waitFor();
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('There is no git store.').waitFor();

    await page.getByLabel('Git address').fill(repository.url);
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByText(first.slice(0, 12)).waitFor();
    repository.write({ 'apps/notes/docker-compose.yml': 'services: { n: { image: "n:1" } }\n' });
    const second = repository.commit();
    await page.getByRole('button', { name: 'Check' }).click();
    await page.getByText('added 1').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Take' }).click();
    await page.getByRole('dialog').getByText('added 1: notes').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Take' }).click();
    await page.getByText(second.slice(0, 12)).waitFor();
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await overflowsSideways(page)).toBe(false);
    await visitor.context.close();
  });
});
