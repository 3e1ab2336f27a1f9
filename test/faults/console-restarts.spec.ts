import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { findFreePort } from '../../src/local-services/free-port';
import { ApiProcess } from '../support/api-process';
import { AppLab } from '../support/factories/app-lab';
import { labelledCsv } from '../support/factories/compute';
import { ThrottledRegistry } from '../support/factories/throttled-registry';
import { launchBrowser } from '../support/pages/browser';
import { signInAt, visitConsole, type ConsoleVisitor } from '../support/pages/console-page';
import { publishStandIn } from '../support/stand-in-image';

/** The server of the page is one process that does everything, and dies; the lab's own only reads. */
describe('the console over restarts of the server', () => {
  let lab: AppLab;
  let registry: ThrottledRegistry;
  let server: ApiProcess;
  let port: number;
  let browser: Browser;
  let visitor: ConsoleVisitor;
  let page: Page;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'console-'));
    lab = await AppLab.start({ ROLE: 'api' });
    registry = await ThrottledRegistry.start(60_000);
    port = await findFreePort();
    await start();
    browser = await launchBrowser();
    visitor = await visitConsole(browser, server.http.url);
    page = visitor.page;
    await signInAt(page, lab.admin.name, `password of ${lab.admin.name}`);
    await page.getByRole('heading', { name: 'Catalog' }).waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.kill('SIGTERM');
    await registry?.stop();
    await lab?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function start(): Promise<void> {
    server = await ApiProcess.start(lab.installation.environment, { role: 'all', port });
  }

  /** An app whose image takes a while to come. */
  async function publish(version: string): Promise<void> {
    const image = await publishStandIn(`slow-${Date.now()}:${version}`, {
      listen: [8080],
      page: `version ${version}`,
      layersMebibytes: [1, 1],
    });
    await lab.writeApp(
      'slow',
      `services:\n  web: { image: "${lab.track(registry.through(image))}", ports: ["9001:8080"], restart: unless-stopped }\n`,
      { 'app.json': JSON.stringify({ title: { zh: '慢', en: 'Slow' }, version }) },
    );
    await server.http.as(lab.admin.accessToken).post('/api/v1/catalogue/reload');
  }

  const bar = () => page.getByRole('progressbar', { name: 'Progress' });
  const percent = async (): Promise<number> => Number(await bar().getAttribute('aria-valuenow'));
  const lost = () => page.getByText('The connection to the server is lost.');

  /** What the page shows while its server is away and comes back. */
  async function restart(): Promise<void> {
    await server.kill('SIGKILL');
    await lost().waitFor();
    await start();
    await lost().waitFor({ state: 'detached' });
  }

  it.each([
    ['an install', '1', '1'],
    // One whose worker died is not tried again: the old version is known to work.
    ['an upgrade', '2', '1'],
  ])(
    'loses nothing of %s, also after a reload in the middle of it',
    async (_what, version, runsInTheEnd) => {
      await publish(version);
      await page.goto(`${server.http.url}/#/apps/slow`);
      await page.reload(); // the catalog has changed
      if (version === '1') await page.getByRole('button', { name: 'Install', exact: true }).click();
      else {
        await page.getByRole('button', { name: 'Upgrade to 2' }).click();
        await page.getByRole('dialog').getByRole('button', { name: 'Upgrade' }).click();
      }
      await page
        .getByRole('progressbar', { name: /^Layer / })
        .nth(1)
        .waitFor();
      await page.getByText(/\d of \d layers/).waitFor();
      await restart();
      const running = page.getByText('Running', { exact: true });
      if (version === runsInTheEnd) {
        await bar().waitFor();
        await page.reload();
        await bar().waitFor();
        await page
          .getByRole('log')
          .getByText(/Fetching image/)
          .first()
          .waitFor();
        const seen = new Set<number>();
        while (!(await running.isVisible())) {
          const now = await percent().catch(() => NaN);
          if (!Number.isNaN(now)) seen.add(now);
          await page.waitForTimeout(50);
        }
        expect([...seen]).toEqual([...seen].sort((a, b) => a - b));
      } else {
        await page
          .getByRole('alert')
          .getByText(/upgrade/i)
          .waitFor();
        await running.waitFor();
      }
      const info = await lab.info('slow');
      expect(info).toMatchObject({ phase: 'running', version: runsInTheEnd });
      const answer = await fetch(`http://127.0.0.1:${info.port}/`);
      expect((await answer.text()).trim()).toBe(`version ${runsInTheEnd}`);
      expect((await lab.leftovers()).containers).toEqual([lab.containerName('slow')]);
    },
  );

  it('says that an upload did not arrive, and sends it again when asked to', async () => {
    const file = join(folder, 'labelled.csv');
    await writeFile(file, labelledCsv(60, 40));
    await page.getByRole('link', { name: 'Compute' }).click();
    await page.getByRole('tab', { name: 'Batch' }).click();
    await page.locator('input[type=file]').setInputFiles(file);
    server.freeze(); // takes the connection and answers nothing
    await page.getByRole('button', { name: 'Import as confirmed records' }).click();
    await page.getByRole('progressbar', { name: 'Upload' }).waitFor();
    await server.kill('SIGKILL');
    await page.getByText('The server does not answer.').waitFor();
    await start();
    await lost().waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Import as confirmed records' }).click();
    await page.getByText('2400 records imported, 0 lines refused').waitFor();
    expect(visitor.complaints).toEqual([]);
  });
});
