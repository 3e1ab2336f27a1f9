import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { useApp } from '../../support/app-with-admin';
import { launchBrowser } from '../../support/pages/browser';
import {
  overflowsSideways,
  seriousFaults,
  visitAsAdmin,
  type ConsoleVisitor,
} from '../../support/pages/console-page';
import { labelledCsv } from '../../support/factories/compute';
import { pollUntil } from '../../support/poll-until';

describe('computing in the console', () => {
  const app = useApp();
  let browser: Browser;
  let visitor: ConsoleVisitor;
  let page: Page;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'console-'));
    browser = await launchBrowser();
    visitor = await visitAsAdmin(browser, app, 'compute', 'Compute');
    page = visitor.page;
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('computes one sample, with its place on the map, and says objections at the field', async () => {
    await page.getByText('Research use only. Not for diagnosis.').waitFor();
    await page.getByLabel('Patient id').fill('2333');
    await page.getByLabel('ctDNA fragment length (bp)').fill('0');
    await page.getByLabel('Methylated CpG sites').fill('5');
    await page.getByRole('button', { name: 'Compute' }).click();
    await page.locator('input[aria-invalid=true]').waitFor();
    await page.getByLabel('ctDNA fragment length (bp)').fill('209');
    await page.getByRole('button', { name: 'Compute' }).click();
    const result = page.getByRole('status', { name: 'Result' });
    await result.getByText('0.789').waitFor();
    await result.getByText('Research use only').waitFor();
    await page.locator('.plot canvas').first().waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('reads a CSV dry, names bad lines as text, and computes the good ones', async () => {
    const file = join(folder, 'samples.csv');
    await writeFile(file, 'pid,ctdna,cpg\n1,209,5\n<b>x</b>,1,1\n2,168,0\n');
    await page.getByRole('tab', { name: 'Batch' }).click();
    await page.locator('input[type=file]').setInputFiles(file);
    await page.getByText('Dry run: 2 good lines, 1 bad ones').waitFor();
    await page.getByText('pid = "<b>x</b>"').waitFor();
    await page.getByRole('button', { name: 'Compute 2 samples' }).click();
    await page.getByText('2 of 2 done').waitFor();
    // Line 3 was the bad one.
    const results = page.getByRole('region', { name: 'Results' }).getByRole('row');
    expect(await results.last().innerText()).toMatch(/^4\s+2\s+168\s+0\s+0\.\d{3}\s+not HCC$/);
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('imports confirmed records and shows ROC, calibration, confusion and lengths, which download', async () => {
    const file = join(folder, 'labelled.csv');
    await writeFile(file, `${labelledCsv(60, 40)}x,1,1,1,\n`);
    await page.locator('input[type=file]').setInputFiles(file);
    await page.getByRole('button', { name: 'Import as confirmed records' }).click();
    await page.getByText(/records imported, 1 lines refused/).waitFor();
    await page.getByRole('tab', { name: 'Plots' }).click();
    await page.getByText(/AUC 0\.\d{3}/).waitFor();
    await page.getByRole('img', { name: 'Calibration' }).waitFor();
    await page.getByRole('img', { name: 'Fragment lengths by status' }).waitFor();
    await page.getByRole('slider', { name: 'Threshold' }).press('Home');
    await page.getByText('Sensitivity 100.0 %').waitFor();
    expect(await seriousFaults(page)).toEqual([]);

    await page.getByText(/^n = 2400 \(HCC 1200, not HCC 1200\) · 2026-01-\d\d – 2026-01-\d\d · hcc-fragment-nb@1\.0\.0 · [0-9a-f]{12} · research use only$/).first().waitFor(); // prettier-ignore
    await page
      .getByText(/^n = 2403 · 2026-01-\d\d – \d{4}-\d\d-\d\d · research use only$/)
      .waitFor();
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download Confusion matrix as SVG' }).click();
    const matrix = await readFile(await (await downloading).path(), 'utf8');
    expect(matrix).toMatch(/Threshold 0\.00 · Sensitivity 100\.0 % · Specificity 0\.0 %/);
    expect(matrix.match(/>1200</g)).toHaveLength(2);

    for (const kind of ['SVG', 'PNG']) {
      const started = page.waitForEvent('download');
      await page.getByRole('button', { name: `Download ROC curve as ${kind}` }).click();
      const content = await readFile(await (await started).path());
      if (kind === 'PNG') expect(content.subarray(1, 4).toString()).toBe('PNG');
      else expect(content.toString()).toMatch(/hcc-fragment-nb@1\.0\.0/);
    }
  });

  it('shows probability over time, of one patient too, and says what it is of', async () => {
    await page.getByRole('img', { name: 'Probability over time' }).waitFor();
    await page.getByText(/^n = newest 500 of 2403 · 2026-01-\d\d 08:00:00 – .* · hcc-fragment-nb@1\.0\.0 [0-9a-f]{12} · research use only$/).waitFor(); // prettier-ignore
    await page.getByLabel('Patient', { exact: true }).fill('7');
    await page.getByText(/^n = 40 · 2026-01-08 08:00:00 – 2026-01-08 08:00:00 · /).waitFor();
    const started = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download Probability over time as SVG' }).click();
    const svg = await readFile(await (await started).path(), 'utf8');
    expect(svg).toContain('n = 40');
    await page.getByLabel('Patient', { exact: true }).fill('999999');
    await page.getByText('No record matches.').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('confirms and deletes records of the history', async () => {
    await page.getByRole('tab', { name: 'History' }).click();
    const menu = page.getByRole('button', { name: /^Actions for record/ }).first();
    const name = (await menu.getAttribute('aria-label')) ?? '';
    await menu.click();
    await page.getByRole('menuitem', { name: 'Confirm HCC' }).click();
    await page.getByText('The diagnosis is confirmed').first().waitFor();
    await page.getByRole('button', { name }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name, exact: true }).waitFor({ state: 'detached' });
    await page.setViewportSize({ width: 375, height: 740 });
    expect(await overflowsSideways(page)).toBe(false);
    expect(visitor.complaints).toEqual([]);
  });
});

describe('a queue without a worker in the console', () => {
  const app = useApp({ ROLE: 'api' });
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it('shows the place of each waiting task, cancels one, and tells a new sample its own', async () => {
    const items = Array.from({ length: 250 }, (_, i) => ({ pid: String(i), ctdna: 209, cpg: 5 }));
    await app.admin.http.post('/api/v1/compute/addBatch', { items });
    const { page, complaints } = await visitAsAdmin(browser, app, 'compute?tab=queue', 'Compute');
    await page.getByText('250 in all').waitFor();
    const places = page.getByRole('region', { name: 'Queue' }).getByRole('row');
    expect(await places.nth(1).innerText()).toMatch(/^250\s+249\s+209\s+5\s/);
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Cancel the task of patient 249' }).click();
    await page.getByText('249 in all').waitFor();

    await page.getByRole('tab', { name: 'One sample' }).click();
    await page.getByLabel('Patient id').fill('2333');
    await page.getByLabel('ctDNA fragment length (bp)').fill('209');
    await page.getByLabel('Methylated CpG sites').fill('5');
    await page.getByRole('button', { name: 'Compute' }).click();
    await page.getByText('Queued at place 250').waitFor();
    await page.setViewportSize({ width: 375, height: 740 });
    expect(await overflowsSideways(page)).toBe(false);
    expect(complaints).toEqual([]);
  });

  it('names the lines of a batch that were not computed', async () => {
    const { page, complaints } = await visitAsAdmin(browser, app, 'compute?tab=batch', 'Compute');
    const lines = Array.from({ length: 210 }, (_, i) => `${i},209,5\n`).join('');
    const buffer = Buffer.from(`pid,ctdna,cpg\nbad,1,1\n${lines}`);
    const file = { name: 'samples.csv', mimeType: 'text/csv', buffer };
    await page.locator('input[type=file]').setInputFiles(file);
    await page.getByRole('button', { name: 'Compute 210 samples' }).click();
    await page.getByText('0 of 210 done').waitFor();
    const batch = await pollUntil('the batch', async () => {
      const { items } = (await app.admin.http.get('/api/v1/compute/tasks?limit=1')).body.data;
      return (items as { batch: string | null }[])[0]?.batch;
    });
    const list = `/api/v1/compute/tasks?batch=${batch}&limit=500`;
    const { items } = (await app.admin.http.get(list)).body.data as { items: { id: string }[] };
    for (const { id } of items) await app.admin.http.post(`/api/v1/compute/cancel/${id}`);
    await page.getByText('210 lines were not computed').waitFor();
    await page.getByText('Line 3: cancelled').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
