import { AppLab, CLEAN } from '../../support/factories/app-lab';
import { pollUntil } from '../../support/poll-until';

const web = (image: string): string => `
services:
  web:
    image: ${image}
    ports: ["\${HTTP_PORT:-9001}:8080"]
    volumes: ["data:/data"]
volumes: { data: }
`;

interface Finding {
  readonly kind: string;
  readonly appName: string;
  readonly message: string;
  readonly remedy: string;
  readonly done?: boolean;
}

describe('an operation that makes no progress', () => {
  let lab: AppLab;
  let image: string;
  beforeAll(async () => {
    lab = await AppLab.start({ ROLE: 'api' });
    image = await lab.image({ listen: [8080] });
  });
  afterAll(() => lab.close());

  const http = () => lab.admin.http.with({ 'accept-language': 'en' });
  const drift = async (): Promise<Finding[]> =>
    (await http().get('/api/v1/apps/drift')).body.data as Finding[];
  const repair = async (): Promise<Finding[]> =>
    (await http().post('/api/v1/apps/drift/repair')).body.data as Finding[];
  const set = (appName: string, patch: string) =>
    lab.server.dataSource.query(`UPDATE app_installations SET ${patch} WHERE activeApp = ?`, [
      appName,
    ]);
  const stuckMetric = async (): Promise<string | undefined> =>
    /^stackscape_installs_stuck (\d+)$/m.exec((await http().get('/metrics')).body as string)?.[1];

  it('is named in drift, as a metric and as a risk; a repair ends it', async () => {
    await lab.writeApp('idle', web(image));
    await lab.install('idle');
    expect(await drift()).toEqual([]);
    await set('idle', 'updatedAt = UTC_TIMESTAMP(3) - INTERVAL 11 MINUTE');
    const found = await drift();
    expect(found).toMatchObject([{ kind: 'stuck', appName: 'idle', remedy: 'finish' }]);
    expect(found[0]?.message).toContain('queued');
    await pollUntil('the metric', async () => (await stuckMetric()) === '1');
    const risks = await http().post('/api/v1/server/risks/scan');
    expect(risks.body.data).toContainEqual(
      expect.objectContaining({ code: 'install-stuck', subject: 'idle', severity: 'high' }),
    );
    expect(await repair()).toMatchObject([{ appName: 'idle', done: true }]);
    expect(await lab.info('idle')).toMatchObject({ status: '2', phase: 'failed' });
    expect(await drift()).toEqual([]);
    await pollUntil('the metric', async () => (await stuckMetric()) === '0');
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it.each([
    ['rolling-back', 'failed', 0],
    ['uninstalling', null, 1],
    ['upgrading', 'running', 1],
  ])('in state %s is ended by a repair', async (state, phase, volumes) => {
    const app = `ends-${state}`;
    await lab.writeApp(app, web(image));
    const worker = await lab.startSecondServer({ ROLE: 'worker' });
    await lab.installed(app);
    await worker.close();
    const [row] = await lab.server.dataSource.query(
      'SELECT manifest, templateDigest FROM app_installations WHERE activeApp = ?',
      [app],
    );
    const previous = { ...row, manifest: JSON.parse(row.manifest), leaseKeys: ['web:8080/tcp'] };
    await lab.server.dataSource.query(
      `UPDATE app_installations
       SET state = ?, phase = 'queued', attempts = 4, previous = ?, pending = variables
       WHERE activeApp = ?`,
      [state, JSON.stringify(previous), app],
    );
    expect(await drift()).toMatchObject([{ kind: 'stuck', appName: app }]);
    expect(await repair()).toMatchObject([{ done: true }]);
    const answer = await http().post('/getAppInfo', { appName: app });
    expect(answer.body.data?.phase ?? null).toBe(phase);
    expect((await lab.leftovers()).volumes).toHaveLength(volumes);
    await lab.uninstall(app);
    expect(await lab.leftovers()).toEqual(CLEAN);
  });
});
