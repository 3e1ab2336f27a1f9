import { UpdatePolicies } from '../../../src/apps/updates/update-policies.service';
import { UpdateWatch } from '../../../src/apps/updates/update-watch';
import { UpdateWindows } from '../../../src/apps/updates/update-windows';
import { AppLab, pageAt, type AppInfo } from '../../support/factories/app-lab';
import { pollUntil } from '../../support/poll-until';
import type { TestApp } from '../../support/test-app';

const PATIENT = { everyMs: 100 };
/** Always open. */
const WINDOW = { mode: 'window', cron: '* * * * *', minutes: 10 };

describe('the policy for updates of an app', () => {
  let lab: AppLab;
  let one: string;
  let two: string;
  let broken: string;
  beforeAll(async () => {
    lab = await AppLab.start();
    one = await lab.image({ listen: [8080], page: 'one' });
    two = await lab.image({ listen: [8080], page: 'two' });
    broken = await lab.image({ exitCode: 9 });
  });
  afterAll(() => lab.close());

  const english = () => lab.admin.http.with({ 'accept-language': 'en' });
  const policy = (app: string) => english().get(`/api/v1/apps/${app}/update-policy`);
  const put = (app: string, body: object) =>
    english().send('PUT', `/api/v1/apps/${app}/update-policy`, body);
  const looked = (server: TestApp = lab.server) => server.app.get(UpdateWatch).tick(true);
  const events = async (app: string): Promise<string[]> =>
    (
      await lab.server.dataSource.query(
        "SELECT data FROM app_events WHERE appName = ? AND type = 'update' ORDER BY id",
        [app],
      )
    ).map(
      // prettier-ignore
      ({ data }: { data: string }) => JSON.parse(data).text.en,
    );
  const audited = async (action: string, app: string): Promise<{ actorName: string }[]> =>
    lab.server.dataSource.query('SELECT * FROM audit_events WHERE action = ? AND targetId = ?', [action, app]); // prettier-ignore
  const ended = (app: string): Promise<AppInfo> =>
    pollUntil(`the upgrade of ${app} to end`, async () => {
      const info = await lab.info(app);
      return info.phase === 'running' ? info : null;
    }, PATIENT); // prettier-ignore
  const publish = async (app: string, version: string, image: string, more: object = {}) => {
    await lab.writeApp(
      app,
      `services:\n  web:\n    image: ${image}\n    environment: { S: "\${SIZE:-}" }\n    ports: ["\${HTTP_PORT:-9001}:8080"]\n    volumes: [data:/data]\nvolumes: { data: }\n`,
      {
        'app.json': JSON.stringify({
          title: { zh: app, en: app },
          category: 'tool',
          version,
          ...more,
        }),
      },
    );
    await lab.admin.http.post('/api/v1/catalogue/reload');
  };
  const installed = async (app: string): Promise<AppInfo> => {
    await publish(app, '1', one);
    return lab.installed(app);
  };

  it('is to be told, as long as nobody sets another', async () => {
    await installed('plain');
    expect((await policy('plain')).body.data).toEqual({
      appName: 'plain',
      mode: 'told',
      cron: null,
      timeZone: 'UTC',
      minutes: 0,
      nextAt: null,
      isOpen: false,
      triedAt: null,
      obstacle: null,
    });
    await publish('plain', '2', two);
    await looked();
    expect(await events('plain')).toEqual([expect.stringContaining('Update: version 1 → 2')]);
    expect((await lab.info('plain')).version).toBe('1');
  });

  it('by hand tells nobody, and shows it to those who look', async () => {
    await installed('quiet');
    expect((await put('quiet', { mode: 'hand' })).body.data).toMatchObject({ mode: 'hand' });
    await publish('quiet', '2', two);
    await looked();
    expect(await events('quiet')).toEqual([]);
    const { body } = await english().get('/api/v1/apps/updates');
    expect(body.data.find(({ appName }: { appName: string }) => appName === 'quiet')).toMatchObject(
      {
        // prettier-ignore
        available: true,
        mode: 'hand',
      },
    );
    await put('quiet', { mode: 'told' });
    await looked();
    expect(await events('quiet')).toHaveLength(1);
    expect(await audited('app.update-policy-set', 'quiet')).toHaveLength(2);
  });

  it('in a window upgrades by itself, once among several workers, with a backup before', async () => {
    const { port } = await installed('selfish');
    const set = await put('selfish', { ...WINDOW, timeZone: 'Europe/Berlin' });
    expect(set.body.data).toMatchObject({ ...WINDOW, timeZone: 'Europe/Berlin', isOpen: true });
    expect(set.body.data.nextAt).toBeGreaterThan(Date.now());
    await looked();
    expect((await policy('selfish')).body.data.triedAt).toBeNull();
    await publish('selfish', '2', two);
    const second = await lab.startSecondServer();
    await Promise.all([looked(), looked(second)]);
    expect(await ended('selfish')).toMatchObject({ version: '2', info: '' });
    await Promise.all([looked(), looked(second)]);
    await second.close();
    expect(await pageAt(port)).toBe('two');
    expect(await events('selfish')).toEqual([
      expect.stringContaining('Update: version 1 → 2'),
      expect.stringContaining('Upgraded by itself in its window: version 1 → 2'),
    ]);
    expect(await audited('app.upgrade-requested', 'selfish')).toEqual([
      expect.objectContaining({ actorName: 'server (update window)' }),
    ]);
    const backups = await english().get('/api/v1/apps/selfish/backups');
    expect(backups.body.data.items).toEqual([
      expect.objectContaining({ state: 'saved', verifiedAt: expect.any(Number) }),
    ]);
    expect((await policy('selfish')).body.data).toMatchObject({ obstacle: null, triedAt: expect.any(Number) }); // prettier-ignore
  });

  it('does nothing while the window is closed', async () => {
    await installed('patient');
    const hour = (new Date().getUTCHours() + 12) % 24;
    await put('patient', { mode: 'window', cron: `0 ${hour} * * *`, minutes: 60 });
    await publish('patient', '2', two);
    await looked();
    expect((await policy('patient')).body.data).toMatchObject({ isOpen: false, triedAt: null });
    expect(await lab.info('patient')).toMatchObject({ version: '1', phase: 'running' });
    const inside = new Date();
    inside.setUTCDate(inside.getUTCDate() + 1);
    inside.setUTCHours(hour, 30);
    await lab.server.app.get(UpdateWindows).begin(inside);
    expect((await ended('patient')).version).toBe('2');
  });

  it('never touches an app whose update wants a value, and says so', async () => {
    await installed('asking');
    await put('asking', WINDOW);
    const size = {
      name: 'SIZE',
      title: { zh: '大小', en: 'Size' },
      type: 'string',
      required: true,
    };
    await publish('asking', '2', two, { variables: [size] });
    await looked();
    await looked();
    expect(await lab.info('asking')).toMatchObject({ version: '1', phase: 'running' });
    const { obstacle, triedAt } = (await policy('asking')).body.data;
    expect(obstacle).toContain('SIZE');
    expect(triedAt).toBeNull();
    expect(await events('asking')).toEqual([expect.stringContaining('SIZE')]);
  });

  it('leaves an app alone that somebody has stopped', async () => {
    await installed('resting');
    await put('resting', WINDOW);
    await english().post('/api/v1/apps/resting/stop');
    await publish('resting', '2', two);
    await looked();
    expect(await lab.info('resting')).toMatchObject({ version: '1', phase: 'stopped' });
    expect((await policy('resting')).body.data.obstacle).toContain('stopped');
  });

  it('returns everything where the new version fails, and does not try it again', async () => {
    const { port } = await installed('failing');
    await put('failing', WINDOW);
    await publish('failing', '2', broken);
    await looked();
    const info = await ended('failing');
    expect(info).toMatchObject({ version: '1' });
    expect(info.info).toContain('the old version runs again with its data');
    expect(await pageAt(port)).toBe('one');
    await looked();
    await looked();
    expect(await lab.info('failing')).toMatchObject({ version: '1', phase: 'running' });
    expect((await policy('failing')).body.data.obstacle).toContain('tried by itself once');
    expect(await audited('app.upgrade-requested', 'failing')).toHaveLength(1);
    await publish('failing', '3', two);
    await looked();
    expect((await ended('failing')).version).toBe('3');
  });

  it('waits for other work on the app while the window is open', async () => {
    await installed('busy');
    await put('busy', WINDOW);
    await publish('busy', '2', two);
    const policies = lab.server.app.get(UpdatePolicies);
    const [row] = (await policies.open(new Date())).filter(({ appName }) => appName === 'busy');
    expect(row && (await policies.claim(row, 'x'.repeat(64)))).toBe(true);
    expect(row && (await policies.claim(row, 'x'.repeat(64)))).toBe(false);
    if (row) await policies.giveBack(row, 'x'.repeat(64));
    expect((await policy('busy')).body.data.triedAt).toBeNull();
    await looked();
    expect((await ended('busy')).version).toBe('2');
  });

  it.each([
    [{ mode: 'weekly' }, ['mode']],
    [{}, ['mode']],
    [{ mode: 'window' }, ['cron', 'minutes']],
    [{ mode: 'window', cron: '30 3 * * *' }, ['minutes']],
    [{ mode: 'window', cron: '0 0 30 2 *', minutes: 5 }, ['cron']],
    [{ mode: 'window', cron: '99 3 * * *', minutes: 5 }, ['cron']],
    [{ mode: 'window', cron: '30 3 * * *', minutes: 0 }, ['minutes']],
    [{ mode: 'window', cron: '30 3 * * *', minutes: 10_081 }, ['minutes']],
    [{ mode: 'window', cron: '30 3 * * *', minutes: 5, timeZone: 'Mars/Olympus' }, ['timeZone']],
    [{ mode: 'told', cron: '30 3 * * *', minutes: 5 }, ['cron', 'minutes']],
  ])('refuses %j', async (body, fields) => {
    const before = (await policy('plain')).body.data;
    const answer = await put('plain', body);
    expect(answer).toMatchObject({ status: 400, body: { code: 30001 } });
    expect(JSON.stringify(answer.body)).toContain(fields[0]);
    for (const field of fields) expect(JSON.stringify(answer.body)).toContain(field);
    expect((await policy('plain')).body.data).toEqual(before);
  });

  it('is of installed apps only', async () => {
    expect(await put('nosuchapp', { mode: 'hand' })).toMatchObject({ status: 404 });
    expect(await policy('nosuchapp')).toMatchObject({ status: 404 });
  });
});
