import { AppLab, CLEAN, pageAt } from '../../support/factories/app-lab';

describe('the app hello', () => {
  let lab: AppLab;
  beforeAll(async () => {
    lab = await AppLab.start();
  });
  afterAll(() => lab.close());

  it('is built on the spot, runs without any registry and goes without a trace', async () => {
    const info = await lab.installed('hello');
    expect(await pageAt(info.port)).toContain('hello');
    expect((await lab.uninstall('hello')).status).toBe(200);
    expect(await lab.leftovers()).toEqual(CLEAN);
  });
});
