import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readEvents, type ReadEvent } from '../../support/event-reader';
import { pageAt } from '../../support/factories/app-lab';
import { BackupLab, type BackupAnswer } from '../../support/factories/backup-lab';
import { pollUntil } from '../../support/poll-until';

const run = promisify(execFile);
const BYTES = 40_000_000;
/** So that there is time to look and to cancel, in KiB a second. */
const RATE = 10_000;
const AT_WORK = ['saving', 'restoring'];

describe('work on a backup that is cancelled', () => {
  let folder: string;
  let lab: BackupLab;
  let port: string;
  let key: string;
  let saved: BackupAnswer;
  let before: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'backup-cancel-'));
    const slow = join(folder, 'slow-restic');
    await writeFile(
      slow,
      `#!/bin/sh\nexec restic --limit-upload ${RATE} --limit-download ${RATE} "$@"\n`,
    );
    await chmod(slow, 0o755);
    lab = await BackupLab.start({ RESTIC: slow, BACKUP_REPOSITORIES: `local=${folder}/one` });
    port = await lab.installed('stopped');
    before = await lab.change('stopped', BYTES);
  }, 120_000);
  afterAll(async () => {
    await lab.close();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  const read = async (id: string) => (await lab.call('stopped', 'GET', `/${id}`)).body.data;

  /** Begins some work, cancels it in this phase and answers how it ended. */
  async function cancelledIn(phase: string, path = ''): Promise<BackupAnswer> {
    const { id } = (await lab.call('stopped', 'POST', path)).body.data;
    await pollUntil(
      phase,
      async () => {
        const now = await read(id);
        return now.phase === phase || !AT_WORK.includes(now.state);
      },
      { everyMs: 5 },
    );
    const answer = await lab.call('stopped', 'POST', `/${id}/cancel`);
    expect([phase, [200, 409]]).toEqual([phase, expect.arrayContaining([answer.status])]);
    const ended = await lab.over('stopped', id);
    if (!ended) throw new Error('the backup is gone');
    return ended;
  }

  /** What lies about, and how many snapshots there are more than backups. */
  async function left() {
    const { stdout } = await run('restic', ['-r', `${folder}/one`, 'snapshots', '--json'], {
      env: { ...process.env, RESTIC_PASSWORD: key },
    });
    const { items } = (await lab.call('stopped', 'GET')).body.data;
    const kept = items.filter(({ state }: BackupAnswer) => state === 'saved');
    const { dataDir } = lab.server.settings;
    const besides = await readdir(join(await lab.volume('stopped'), '..'));
    return {
      snapshots: (JSON.parse(stdout) as unknown[]).length - kept.length,
      staging: await readdir(join(dataDir, 'backups', 'staging')),
      besides: besides.filter((name) => name.startsWith('.')),
      locks: await readdir(join(folder, 'one', 'locks')),
    };
  }
  const NOTHING = { snapshots: 0, staging: [], besides: [], locks: [] };

  async function runs(): Promise<void> {
    await lab.settled('stopped', '1');
    expect(await pollUntil('the page', () => pageAt(port))).toBe('up');
  }

  it('tells its bytes and the time that remains until it is over', async () => {
    const url = `${lab.server.http.url}/api/v1/apps/stopped/events`;
    const isOver = ({ data }: ReadEvent): boolean => data['phase'] === 'saved';
    const reading = readEvents(url, lab.admin.accessToken, {
      until: (events) => events.filter(isOver).length === 2,
    });
    saved = await lab.saved('stopped');
    key = (await lab.admin.http.post('/api/v1/backups/repositories/local/key')).body.data.key;
    expect(await lab.done('stopped', 'POST', `/${saved.id}/restore`)).toMatchObject({
      failure: null,
    });
    const told = (await reading).filter(({ event }) => event === 'backup').map(({ data }) => data);
    const phasesOf = (work: string) => [
      ...new Set(told.filter((data) => data['work'] === work).map((data) => data['phase'])),
    ];
    expect(phasesOf('saving')).toEqual(['stopping', 'copying', 'starting', 'uploading', 'saved']);
    expect(phasesOf('restoring')).toEqual([
      'downloading',
      'checking',
      'preparing',
      'stopping',
      'replacing',
      'installing',
      'saved',
    ]);
    for (const phase of ['uploading', 'downloading']) {
      const under = told.filter((data) => data['phase'] === phase && Number(data['bytesDone']) > 0);
      expect([phase, under.length > 0]).toEqual([phase, true]);
      const bytes = under.map((data) => Number(data['bytesDone']));
      expect(bytes).toEqual([...bytes].sort((a, b) => a - b));
      for (const data of under) {
        expect(Number(data['bytesTotal'])).toBeGreaterThanOrEqual(BYTES);
        expect(Number(data['bytesDone'])).toBeLessThanOrEqual(Number(data['bytesTotal']));
      }
    }
    const remaining = told.map((data) => data['secondsLeft']).filter(Number.isInteger);
    expect(remaining.some((seconds) => Number(seconds) > 0)).toBe(true);
  });

  it.each(['queued', 'stopping', 'copying', 'starting'])(
    'leaves the app running and no snapshot, in a save that is %s',
    async (phase) => {
      const ended = await cancelledIn(phase);
      expect(['cancelled', 'saved']).toContain(ended.state);
      await runs();
      expect(await lab.digest('stopped')).toBe(before);
      expect(await left()).toEqual(NOTHING);
    },
  );

  it('ends an upload, of which nothing stays', async () => {
    // What the repository has already is not sent.
    await lab.change('stopped', BYTES);
    const ended = await cancelledIn('uploading');
    expect(ended).toMatchObject({
      state: 'cancelled',
      failure: expect.stringMatching(/cancelled/),
    });
    await runs();
    expect(await left()).toEqual(NOTHING);
  });

  it('does not stop the app where a restore was still reading', async () => {
    const now = await lab.change('stopped');
    const started = async () =>
      (await (await lab.lab.container('stopped')).inspect()).State.StartedAt;
    const since = await started();
    const ended = await cancelledIn('downloading', `/${saved.id}/restore`);
    expect(ended).toMatchObject({ state: 'saved', failure: expect.stringMatching(/cancelled/) });
    expect([await lab.digest('stopped'), await started()]).toEqual([now, since]);
    expect(await left()).toEqual(NOTHING);
  });

  it.each(['preparing', 'stopping', 'replacing', 'installing'])(
    'returns what was there, in a restore that is %s, or it is over already',
    async (phase) => {
      const now = await lab.change('stopped');
      const ended = await cancelledIn(phase, `/${saved.id}/restore`);
      await runs();
      expect(await lab.digest('stopped')).toBe(ended.failure === null ? before : now);
      expect(await left()).toEqual(NOTHING);
    },
  );

  it('is refused where nothing is under way', async () => {
    const answer = await lab.call('stopped', 'POST', `/${saved.id}/cancel`);
    expect(answer.status).toBe(409);
    expect(await read(saved.id)).toMatchObject({ state: 'saved' });
  });
});
