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
