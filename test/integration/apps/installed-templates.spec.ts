import { mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PinnedTemplates } from '../../../src/apps/backups/pinned-templates';
import { InstallationStore } from '../../../src/apps/installations/installation.store';
import { AppLab } from '../../support/factories/app-lab';

const MONTH_AGO = new Date(Date.now() - 31 * 86_400_000);

describe('copies of the templates that apps were installed from', () => {
  let lab: AppLab;
  let folder: string;
  beforeAll(async () => {
    lab = await AppLab.start();
    folder = join(lab.server.settings.dataDir, 'backups', 'installed-templates');
  });
  afterAll(() => lab.close());

  async function installed(name: string): Promise<string> {
    const image = await lab.image({ listen: [8080] });
    await lab.writeApp(name, `services: { web: { image: "${image}", ports: ["9001:8080"] } }`);
    await lab.installed(name);
    const copy = (await readdir(folder)).find((one) => one.startsWith(`${name}-`));
    if (copy === undefined) throw new Error(`no copy of the template of ${name}`);
    return copy;
  }

  async function sweep(): Promise<string[]> {
    const needed = await lab.server.app.get(InstallationStore).listTemplates();
    await lab.server.app.get(PinnedTemplates).sweep(needed);
    return readdir(folder);
  }

  const age = (copy: string): Promise<void> => utimes(join(folder, copy), MONTH_AGO, MONTH_AGO);

  it('stay while the app is installed, and for a month after it was removed', async () => {
    const stays = await installed('stays');
    const goes = await installed('goes');
    for (const copy of [stays, goes]) await age(copy);
    expect((await sweep()).sort()).toEqual([goes, stays]);
    // Each sweep that finds it needed begins the month anew.
    expect((await stat(join(folder, goes))).mtimeMs).toBeGreaterThan(Date.now() - 60_000);

    await lab.uninstall('goes');
    expect(await sweep()).toContain(goes);
    await age(goes);
    expect(await sweep()).toEqual([stays]);
  });

  it('stay for both templates of an upgrade under way', async () => {
    const now = await installed('both');
    const before = `both-${'b'.repeat(32)}`;
    await mkdir(join(folder, before));
    await writeFile(join(folder, before, 'template.json'), '{}');
    const set = (previous: string | null) =>
      lab.server.dataSource.query('UPDATE app_installations SET previous = ? WHERE appName = ?', [
        previous,
        'both',
      ]);
    await set(JSON.stringify({ templateDigest: 'b'.repeat(64) }));
    for (const copy of [now, before]) await age(copy);
    expect(await sweep()).toEqual(expect.arrayContaining([now, before]));
    await set(null);
    await age(before);
    const left = await sweep();
    expect(left).toContain(now);
    expect(left).not.toContain(before);
  });

  it('go where a killed run left them half made', async () => {
    const half = `half-${'c'.repeat(32)}.9e107d9d-372b-4b6e-9d5a-1f0c6c1b2a3d`;
    await mkdir(join(folder, half));
    expect(await sweep()).toContain(half);
    await age(half);
    expect(await sweep()).not.toContain(half);
  });
});
