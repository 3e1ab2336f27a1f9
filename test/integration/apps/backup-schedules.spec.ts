import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BackupScheduler } from '../../../src/apps/schedules/backup-scheduler';
import { AppLab } from '../../support/factories/app-lab';
import { pollUntil } from '../../support/poll-until';
import type { TestApp } from '../../support/test-app';

interface Backup {
  readonly id: string;
  readonly state: string;
  readonly origin: string;
  readonly verifiedAt: number | null;
}

const run = promisify(execFile);
const PATIENT = { deadlineMs: 90_000, everyMs: 200 };
const DAY_MS = 86_400_000;

describe('schedules of backups', () => {
  let lab: AppLab;
  let second: TestApp;
  let image: string;
  let repository: string;
  let key: string;
  beforeAll(async () => {
    repository = await mkdtemp(join(tmpdir(), 'scheduled-backups-'));
    await writeFile(join(repository, 'file'), '');
    lab = await AppLab.start({
      BACKUP_REPOSITORIES: `local=${repository}/one,spare=${repository}/two,broken=${repository}/file/broken`,
    });
    image = await lab.image({ listen: [8080], page: 'it runs' });
    second = await lab.startSecondServer();
    key = (await lab.admin.http.post('/api/v1/backups/repositories/local/key')).body.data.key;
  });
  afterAll(async () => {
    await second.close();
    await lab.close();
    await rm(repository, { recursive: true, force: true });
  });

  const english = () => lab.admin.http.with({ 'accept-language': 'en' });
  const schedule = (app: string, method = 'GET', body?: object) =>
    english().send(method, `/api/v1/apps/${app}/backup-schedule`, body);
  const standing = async (app: string) => (await schedule(app)).body.data;
  const backups = async (app: string): Promise<Backup[]> =>
    (await english().get(`/api/v1/apps/${app}/backups?limit=500`)).body.data.items;
  const sql = (text: string, values: unknown[] = []) => lab.server.dataSource.query(text, values);

  async function installed(name: string): Promise<void> {
    await lab.writeApp(
      name,
      `
services:
  web:
    image: ${image}
    ports: ["\${HTTP_PORT:-9001}:8080"]
    volumes: ["data:/data"]
volumes: { data: }
`,
    );
    await lab.installed(name);
    const Mountpoint = await lab.volumeFolder(name);
    await writeFile(join(Mountpoint, 'file'), name);
  }

  /** Sets a schedule and waits until the first time is written down. */
  async function scheduled(app: string, body: object = {}): Promise<void> {
    const answer = await schedule(app, 'PUT', { cron: '0 3 1 1 *', verify: false, ...body });
    expect([answer.status, answer.body]).toEqual([200, answer.body]);
    await tick();
    expect(await sql('SELECT 1 FROM backup_turns WHERE appName = ?', [app])).toHaveLength(1);
  }

  const due = (app: string, hours = 5) =>
    sql('UPDATE backup_turns SET nextAt = UTC_TIMESTAMP(3) - INTERVAL ? HOUR WHERE appName = ?', [
      hours,
      app,
    ]);

  const tick = () =>
    Promise.all([lab.server, second].map((server) => server.app.get(BackupScheduler).tick()));

  /** Lets the app have its turn and waits until nothing is left to be done. */
  async function turn(app: string): Promise<Backup> {
    const before = new Set((await backups(app)).map(({ id }) => id));
    await due(app);
    await tick();
    return pollUntil(`${app} to be saved by schedule`, async () => {
      await tick();
      const [newest] = (await backups(app)).filter(({ id }) => !before.has(id));
      const [{ retainAfter }] = await sql('SELECT retainAfter FROM backup_turns WHERE appName = ?', [app]); // prettier-ignore
      return newest && newest.state !== 'saving' && retainAfter === null ? newest : null;
    }, PATIENT); // prettier-ignore
  }

  async function restic(...args: string[]): Promise<string> {
    const { stdout } = await run('restic', ['-r', `${repository}/one`, ...args], {
      env: { ...process.env, RESTIC_PASSWORD: key },
    });
    return stdout;
  }

  const snapshots = async (app: string): Promise<string[]> =>
    (JSON.parse(await restic('snapshots', '--json', '--tag', `app=${app}`)) as { id: string }[])
      .map(({ id }) => id)
      .sort();
  const rowsOf = async (app: string): Promise<string[]> =>
    (await sql('SELECT snapshotId FROM app_backups WHERE appName = ? AND snapshotId IS NOT NULL', [app])) // prettier-ignore
      .map(({ snapshotId }: { snapshotId: string }) => snapshotId)
      .sort();

  it('refuses what it does not understand and changes nothing', async () => {
    await installed('refuses');
    const good = { cron: '30 3 * * *', timeZone: 'Europe/Berlin', keepDaily: 7 };
    expect((await schedule('refuses', 'PUT', good)).status).toBe(200);
    const before = await standing('refuses');
    expect(before).toMatchObject({
      ...good,
      source: 'app',
      keepLast: 0,
      verify: true,
      lastAt: null,
    });
    for (const bad of [
      {},
      { cron: 'soon' },
      { cron: '0 0 30 2 *' },
      { cron: '0 0 3 * * *' },
      { ...good, timeZone: 'Nowhere/X' },
      { ...good, keepLast: -1 },
      { ...good, keepLast: 1.5 },
      { ...good, repository: 'nosuch' },
    ])
      expect([bad, (await schedule('refuses', 'PUT', bad)).status]).toEqual([
        bad,
        'repository' in bad ? 404 : 400,
      ]);
    expect((await schedule('notinstalled', 'PUT', good)).status).toBe(404);
    expect(await standing('refuses')).toEqual(before);
    const berlin = new Date(before.nextAt).toLocaleTimeString('en-GB', {
      timeZone: 'Europe/Berlin',
    });
    expect(berlin).toBe('03:30:00');
    await schedule('refuses', 'DELETE');
  });

  it('takes the default where an app has none of its own, and never for one that has null', async () => {
    await installed('follows');
    expect(await standing('follows')).toMatchObject({ source: 'none', cron: null, nextAt: null });
    const common = { cron: '@daily', keepLast: 3 };
    const path = '/api/v1/backups/schedule';
    expect((await english().send('PUT', path, common)).body.data).toMatchObject({
      ...common,
      appName: null,
      source: 'default',
    });
    try {
      expect(await standing('follows')).toMatchObject({ source: 'default', ...common });
      await tick();
      await schedule('follows', 'PUT', { cron: null });
      expect(await standing('follows')).toMatchObject({ source: 'app', cron: null, nextAt: null });
      expect(await sql("SELECT 1 FROM backup_turns WHERE appName = 'follows'")).toEqual([]);
      expect((await schedule('follows', 'DELETE')).body.data).toMatchObject({ source: 'default' });
    } finally {
      const gone = await english().delete(path);
      expect(gone.body.data).toMatchObject({ source: 'none', cron: null });
    }
    expect(await standing('follows')).toMatchObject({ source: 'none' });
    expect(await backups('follows')).toEqual([]);
  });

  it('makes up for missed times once, with several workers and while other work is under way', async () => {
    await installed('misses');
    await scheduled('misses', { cron: '*/10 * * * *' });
    const { id } = (await english().post('/api/v1/apps/misses/backups')).body.data;
    await due('misses');
    for (let round = 0; round < 10; round += 1) await tick();
    await pollUntil('both saves to end', async () => {
      await tick();
      const all = await backups('misses');
      return all.length > 1 && all.every(({ state }) => state === 'saved');
    }, PATIENT); // prettier-ignore
    for (let round = 0; round < 10; round += 1) await tick();
    const all = await backups('misses');
    expect(all.map(({ origin }) => origin)).toEqual(['schedule', 'request']);
    expect(all.at(-1)?.id).toBe(id);
    const { nextAt, lastAt, backupId, failure } = await standing('misses');
    expect([backupId, failure]).toEqual([all[0]?.id, null]);
    expect(nextAt).toBeGreaterThan(lastAt);
    expect(nextAt - lastAt).toBeLessThanOrEqual(600_000);
    await schedule('misses', 'DELETE');
  });

  it('keeps last, daily, weekly and monthly as restic does, and rows and snapshots stay in step', async () => {
    await installed('keeps');
    await scheduled('keeps');
    const first = await turn('keeps');
    const [row] = await sql('SELECT * FROM app_backups WHERE id = ?', [first.id]);
    /** Backups of so many days ago: their rows, and their snapshots in the repository. */
    const aged = async (all: Readonly<Record<number, object>>): Promise<Map<number, string>> => {
      const ids = new Map<number, string>();
      const made = new Map<string, object>();
      const make = async (days: number): Promise<void> => {
        const at = new Date(Date.UTC(2026, 2, 31, 3) - days * DAY_MS);
        const id = `00000000-0000-4000-8000-${String(days).padStart(12, '0')}`;
        const time = at.toISOString().slice(0, 19).replace('T', ' ');
        const tags = `stackscape,app=keeps,backup=${id}`;
        const said = await restic('backup', '--json', '--host', 'stackscape', '--tag', tags, '--time', time, join(repository, 'one', 'config')); // prettier-ignore
        const { snapshot_id: short } = JSON.parse(said.trim().split('\n').at(-1) ?? '');
        ids.set(days, id);
        made.set(short, { ...row, id, createdAt: at, updatedAt: at, ...all[days] });
      };
      const waiting = Object.keys(all).map(Number);
      const lane = async (): Promise<void> => {
        for (let days = waiting.shift(); days !== undefined; days = waiting.shift())
          await make(days);
      };
      await Promise.all([lane(), lane(), lane()]);
      for (const snapshotId of await snapshots('keeps')) {
        const copy = made.get(snapshotId.slice(0, 8));
        if (!copy) continue;
        const full = { ...copy, snapshotId };
        const names = Object.keys(full);
        await sql(
          `INSERT INTO app_backups (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
          Object.values(full),
        );
      }
      return ids;
    };
    const until = (ms: number) => ({ origin: 'upgrade', keptUntil: new Date(Date.now() + ms) });
    const ids = await aged({
      200: { origin: 'request' },
      150: until(DAY_MS),
      140: until(-DAY_MS),
      ...Object.fromEntries([0, 1, 2, 6, 7, 8, 14, 31, 45].map((days) => [days, {}])),
    });
    const [asked, upgrade, past] = [200, 150, 140].map((days) => ids.get(days));
    const path = '/api/v1/apps/keeps/backup-schedule/preview';
    const preview = async (query: object) => {
      const search = new URLSearchParams(
        Object.entries(query).map(([k, v]): [string, string] => [k, String(v)]),
      );
      const { data } = (await english().get(`${path}?${search.toString()}`)).body;
      return {
        keep: data.keep.map((one: { backup: Backup }) => one.backup.id),
        remove: data.remove.map(({ id }: Backup) => id),
      };
    };
    const daysAgo = (...days: number[]) => days.map((day) => ids.get(day));
    const rules = { keepLast: 2, keepDaily: 3, keepWeekly: 3, keepMonthly: 3 };
    // 31 March 2026 is a Tuesday: day 2 is the last one of its week, day 31 that of February.
    expect(await preview(rules)).toEqual({
      keep: [first.id, ...daysAgo(0, 1, 2, 31)],
      remove: [...daysAgo(6, 7, 8, 14, 45), past],
    });
    expect((await preview({ keepLast: 1 })).keep).toEqual([first.id]);
    expect((await preview({ keepLast: 0 })).remove).toEqual([]);
    expect(await rowsOf('keeps')).toEqual(await snapshots('keeps'));
    expect(await rowsOf('keeps')).toHaveLength(13);

    await scheduled('keeps', rules);
    const last = await turn('keeps');
    await pollUntil('what the rules do not keep to go', async () =>
      (await backups('keeps')).every(({ state }) => state === 'saved'), PATIENT); // prettier-ignore
    const left = (await backups('keeps')).map(({ id }) => id);
    expect(left).toEqual([last.id, first.id, ...daysAgo(0, 1, 2, 31), upgrade, asked]);
    expect(await rowsOf('keeps')).toEqual(await snapshots('keeps'));
    expect((await preview(rules)).remove).toEqual([]);
    await restic('check');
    await schedule('keeps', 'DELETE');
  });

  it('verifies the newest backup each week, and tells the outcome at the app', async () => {
    await installed('checks');
    await scheduled('checks', { verify: true, repository: 'spare' });
    const { id } = await turn('checks');
    const { nextVerifyAt } = await pollUntil('the weekly check', async () => {
      await tick();
      const view = await standing('checks');
      return view.verified?.verifiedAt ? view : null;
    }, PATIENT); // prettier-ignore
    expect(nextVerifyAt - Date.now()).toBeGreaterThan(6.9 * DAY_MS);
    await tick();
    expect((await backups('checks')).map((one) => [one.id, one.state])).toEqual([[id, 'saved']]);

    const [pack] =
      (await readdir(join(repository, 'two', 'data'), { recursive: true, withFileTypes: true })) // prettier-ignore
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name));
    await rm(pack ?? '');
    await sql("UPDATE backup_turns SET verifyAt = UTC_TIMESTAMP(3) WHERE appName = 'checks'");
    const view = await pollUntil('the next check', async () => {
      await tick();
      const now = await standing('checks');
      return now.verified?.failure ? now : null;
    }, PATIENT); // prettier-ignore
    expect(view.verified.id).toBe(id);
    expect((await risks('checks'))['backup-failed']).toContain(view.verified.failure);
    await schedule('checks', 'DELETE');
  });

  const risks = async (app: string): Promise<Record<string, string>> => {
    const { data } = (await english().post('/api/v1/server/risks/scan')).body;
    return Object.fromEntries(
      data
        .filter((one: { subject: string }) => one.subject === app)
        .map((one: { code: string; evidence: string }) => [one.code, one.evidence]),
    );
  };

  it('tells as risks what failed, what is overdue and what was never proved', async () => {
    await installed('risky');
    expect(await risks('risky')).toEqual({});
    await scheduled('risky', { repository: 'broken' });
    expect((await turn('risky')).state).toBe('failed');
    const { failure } = await standing('risky');
    expect(failure).toMatch(/repository/i);
    expect((await risks('risky'))['backup-failed']).toContain(failure);

    await sql("UPDATE backup_turns SET createdAt = createdAt - INTERVAL 2 YEAR WHERE appName = 'risky'"); // prettier-ignore
    expect((await risks('risky'))['backup-overdue']).toContain('no backup yet');
    await sql("UPDATE backup_turns SET createdAt = UTC_TIMESTAMP(3) WHERE appName = 'risky'");
    await schedule('risky', 'PUT', { cron: '0 3 1 1 *', verify: false });
    const { id } = await turn('risky');
    expect(await risks('risky')).toEqual({});

    const age = (hours: number) =>
      sql("UPDATE app_backups SET createdAt = createdAt - INTERVAL ? HOUR WHERE appName = 'risky'", [hours]); // prettier-ignore
    await age(2);
    expect(Object.keys(await risks('risky'))).toEqual(['backup-unproved']);
    await age(2 * 366 * 24);
    expect(Object.keys(await risks('risky')).sort()).toEqual(['backup-overdue', 'backup-unproved']);
    await sql('UPDATE app_backups SET verifiedAt = UTC_TIMESTAMP(3) WHERE id = ?', [id]);
    expect(Object.keys(await risks('risky'))).toEqual(['backup-overdue']);
    await schedule('risky', 'DELETE');
    expect(await risks('risky')).toEqual({});
  });
});
