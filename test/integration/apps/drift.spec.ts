import { AppLab, CLEAN, pageAt } from '../../support/factories/app-lab';
import { pollUntil } from '../../support/poll-until';
import type { TestApp } from '../../support/test-app';

interface Finding {
  readonly kind: string;
  readonly appName: string;
  readonly subject: string;
  readonly message: string;
  readonly remedy: string;
  readonly done?: boolean;
  readonly failure?: string | null;
}

const appJson = {
  'app.json': JSON.stringify({
    title: { zh: '偏', en: 'Drifting' },
    main: { service: 'web', port: 8080 },
    variables: [{ name: 'KEY', title: { zh: '键', en: 'Key' }, type: 'password' }],
  }),
  '.env': 'HTTP_PORT=9001\nKEY=\n',
};

describe('drift between the rows and the engine', () => {
  let lab: AppLab;
  let worker: TestApp;
  let image: string;
  beforeAll(async () => {
    lab = await AppLab.start({ ROLE: 'api' });
    worker = await lab.startSecondServer({ ROLE: 'worker' });
    image = await lab.image({ listen: [8080], page: 'here' });
  });
  afterAll(async () => {
    await worker.close();
    await lab.close();
  });

  const pair = (more = ''): string => `
services:
  web:
    image: ${image}
    restart: unless-stopped
    ports: ["\${HTTP_PORT:-9001}:8080"]
    environment: { KEY: "\${KEY:?}"${more} }
  db:
    image: ${image}
    restart: unless-stopped
    volumes: ["data:/data"]
volumes: { data: }
`;
  const http = () => lab.admin.http.with({ 'accept-language': 'en' });
  const drift = async (): Promise<Finding[]> =>
    (await http().get('/api/v1/apps/drift')).body.data as Finding[];
  const repair = async (): Promise<Finding[]> =>
    (await http().post('/api/v1/apps/drift/repair')).body.data as Finding[];

  async function installed(name: string) {
    await lab.writeApp(name, pair(), appJson);
    return lab.installed(name);
  }

  /** What a person does who wants the app at another port and does not know of us. */
  const recreateAt = (name: string, port: number): Promise<void> =>
    lab.engines.publishAt(lab.containerName(name), port);

  const lastPort = () => lab.server.settings.appPortRange.to;

  /** As a restored backup that is older than the installation. */
  async function loseRow(name: string): Promise<void> {
    const [row] = await lab.server.dataSource.query(
      'SELECT id FROM app_installations WHERE activeApp = ?',
      [name],
    );
    await lab.server.dataSource.query('DELETE FROM app_installations WHERE id = ?', [row.id]);
    await lab.server.dataSource.query('DELETE FROM app_port_leases WHERE installationId = ?', [
      row.id,
    ]);
  }

  it('moves the lease when a container was recreated with another port', async () => {
    await installed('moved');
    await recreateAt('moved', lastPort());
    await pollUntil(
      'the lease to follow',
      async () => (await lab.info('moved')).port === String(lastPort()),
    );
    expect(await drift()).toEqual([]);
    await lab.uninstall('moved');
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('reports a changed port without a worker and adopts it on repair', async () => {
    const { port } = await installed('noted');
    await worker.close();
    await recreateAt('noted', lastPort());
    expect((await lab.info('noted')).port).toBe(port);
    const name = lab.containerName('noted');
    expect(await drift()).toMatchObject([{ kind: 'port-differs', subject: name, remedy: 'adopt' }]);
    expect(await repair()).toMatchObject([{ subject: name, done: true, failure: null }]);
    expect((await lab.info('noted')).port).toBe(String(lastPort()));
    expect(await drift()).toEqual([]);
    worker = await lab.startSecondServer({ ROLE: 'worker' });
    await lab.uninstall('noted');
  });

  it('recreates a container that took the port of another app', async () => {
    const mine = await installed('greedy');
    const other = await installed('robbed');
    await lab.admin.http.post('/api/v1/apps/robbed/stop');
    await recreateAt('greedy', Number(other.port));
    const found = await drift();
    expect(found).toMatchObject([{ kind: 'port-differs', appName: 'greedy', remedy: 'reinstall' }]);
    expect(found[0]?.message).toContain(other.port);
    expect(await repair()).toMatchObject([{ done: true, failure: null }]);
    expect((await lab.settled('greedy', '1')).port).toBe(mine.port);
    expect((await lab.admin.http.post('/api/v1/apps/robbed/start')).status).toBe(200);
    expect((await lab.settled('robbed', '1')).port).toBe(other.port);
    expect(await drift()).toEqual([]);
    await lab.admin.http.post('/uninstallAllApp', { removeData: true });
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('adopts an app whose row is lost without touching its containers', async () => {
    const before = await installed('lost');
    const { Id } = await (await lab.container('lost')).inspect();
    await loseRow('lost');
    const refused = await http().post('/installApp', { appName: 'lost' });
    expect(refused).toMatchObject({ status: 409, body: { error: 20001 } });
    expect(refused.body.message).toContain('drift/repair');
    expect(refused.body.message).not.toContain('not made by this server');

    const found = await drift();
    expect(found.map((f) => [f.kind, f.remedy]).sort()).toEqual([
      ['container-without-app', 'adopt'],
      ['container-without-app', 'adopt'],
      ['network-without-app', 'adopt'],
      ['volume-without-app', 'adopt'],
    ]);
    expect((await repair()).map((f) => [f.done, f.failure])).toEqual(found.map(() => [true, null]));
    expect(await lab.settled('lost', '1')).toMatchObject({
      port: before.port,
      jobId: before.jobId,
      containerName: before.containerName,
    });
    expect((await (await lab.container('lost')).inspect()).Id).toBe(Id);
    expect(await pageAt(before.port)).toBe('here');
    expect(await drift()).toEqual([]);
    await lab.uninstall('lost');
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('explains why it cannot adopt an app, then removes all but its data', async () => {
    await installed('changed');
    await loseRow('changed');
    await lab.writeApp('changed', pair(', MORE: "1"'), appJson);
    const found = await drift();
    const containers = found.filter((f) => f.kind === 'container-without-app');
    expect(containers.map((f) => f.remedy)).toEqual(['remove', 'remove']);
    expect(containers[0]?.message).toContain('other settings than its template gives now');
    const outcomes = await repair();
    expect(outcomes.filter((f) => f.failure)).toEqual([]);
    const left = await lab.leftovers();
    expect(left).toMatchObject({ containers: [], networks: [], leases: 0 });
    expect(left.volumes).toHaveLength(1);
    await lab.installed('changed');
    await lab.uninstall('changed');
    expect(await lab.leftovers()).toEqual(CLEAN);
  });
});
