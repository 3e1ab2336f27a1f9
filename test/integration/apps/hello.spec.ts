import { DataSource } from 'typeorm';
import { AppLab, CLEAN, pageAt } from '../../support/factories/app-lab';

describe('the app hello', () => {
  let lab: AppLab;
  beforeAll(async () => {
    lab = await AppLab.start();
  });
  afterAll(() => lab.close());

  it('is built locally, runs without a registry and is removed completely', async () => {
    const info = await lab.installed('hello');
    expect(await pageAt(info.port)).toContain('hello');
    expect((await lab.uninstall('hello')).status).toBe(200);
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('is installed by the name of its store and called by its own from then on', async () => {
    const { status } = await lab.install('stackscape/hello');
    expect(status).toBe(200);
    const again = await lab.install('stackscape/hello');
    expect([again.status, again.body]).toEqual([409, expect.objectContaining({ error: 20001 })]);
    expect((await lab.install('nowhere/hello')).status).toBe(404);
    const rows = await lab.server.app
      .get(DataSource)
      .query('SELECT appName, store FROM app_installations WHERE activeApp IS NOT NULL');
    expect(rows).toEqual([{ appName: 'hello', store: 'stackscape' }]);
    expect((await lab.uninstall('hello')).status).toBe(200);
  });
});
