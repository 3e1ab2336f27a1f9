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
});
