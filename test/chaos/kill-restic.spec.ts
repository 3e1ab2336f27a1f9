import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pageAt } from '../support/factories/app-lab';
import { BackupLab, type BackupAnswer } from '../support/factories/backup-lab';
import { pollUntil } from '../support/poll-until';

const run = promisify(execFile);
const APP = 'kept';
const BYTES = 40_000_000;
/** Seconds that the doomed call runs: none at all, and so long that it is in the middle of its work. */
const KILLED_AFTER = ['0', '0.25', '0.5'];
const INIT_KILLED_AFTER = ['0', '0.2', '0.5', '0.8', '1.1'];
/** More than there are calls in any work: the kill that never comes proves that all of them were covered. */
const MAX_CALLS = 10;
const RUNS_AGAIN_WITHIN_SECONDS = 30;

/** A restic that is killed at the call of which the file `at` gives the number, after so many seconds. */
const doomedRestic = (folder: string): string => `#!/bin/sh
n=$(($(cat ${folder}/count) + 1))
echo $n > ${folder}/count
[ $n = $(cat ${folder}/at) ] || exec restic "$@"
echo $1 > ${folder}/killed
restic "$@" &
sleep $(cat ${folder}/after)
kill -KILL $!
kill -KILL $$
`;

describe('a backup whose restic is killed with SIGKILL', () => {
  let lab: BackupLab;
  let folder: string;
  let port: string;
  let key: string;
  const kills: string[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'killed-restic-'));
    await writeFile(join(folder, 'restic'), doomedRestic(folder), { mode: 0o755 });
    await arm(0);
    const fresh = INIT_KILLED_AFTER.map((_, index) => `,new${index}=${folder}/new${index}`);
    lab = await BackupLab.start({
      RESTIC: join(folder, 'restic'),
      BACKUP_REPOSITORIES: `local=${folder}/one${fresh.join('')}`,
    });
    port = await lab.installed(APP);
  }, 120_000);
  afterAll(async () => {
    await lab.close();
    await rm(folder, { recursive: true, force: true });
  }, 120_000);

  const digest = (): Promise<string> => lab.digest(APP);
  const change = (): Promise<string> => lab.change(APP, BYTES);

  async function arm(call: number, after = '0'): Promise<void> {
    for (const [name, text] of Object.entries({ count: '0', at: String(call), after, killed: '' }))
      await writeFile(join(folder, name), `${text}\n`);
  }

  /** Waits for the end of the work; null: the backup is gone. The app runs all the while, or again soon. */
  async function over(id: string): Promise<BackupAnswer | null> {
    const ended = await lab.over(APP, id);
    const deadline = { deadlineMs: RUNS_AGAIN_WITHIN_SECONDS * 1000 };
    await pollUntil('the app to answer', () => pageAt(port), deadline);
    return ended;
  }

  async function begun(method: string, path = '', body?: object): Promise<string> {
    const answer = await lab.call(APP, method, path, body);
    expect([answer.status, answer.body]).toEqual([200, answer.body]);
    return answer.body.data.id as string;
  }

  /** Kills each call of the work in turn; resolves with how the first one ended that no kill met. */
  async function killEachCall(
    title: string,
    begin: () => Promise<string>,
    afterKill: (ended: BackupAnswer | null, killed: string) => Promise<void>,
  ): Promise<BackupAnswer | null> {
    for (let point = 1; point <= MAX_CALLS; point += 1) {
      let unharmed = 0;
      for (const after of KILLED_AFTER) {
        await arm(point, after);
        const ended = await over(await begin());
        const killed = (await readFile(join(folder, 'killed'), 'utf8')).trim();
        if (killed === '') {
          await arm(0);
          return ended;
        }
        kills.push(`${title}: ${killed} after ${after} s`);
        await arm(0);
        await afterKill(ended, killed);
        unharmed += 1;
      }
      expect(unharmed).toBe(KILLED_AFTER.length);
    }
    throw new Error(`${title} has more than ${MAX_CALLS} calls`);
  }

  async function restic(...args: string[]): Promise<string> {
    const env = { ...process.env, RESTIC_PASSWORD: key };
    return (await run('restic', ['-r', join(folder, 'one'), ...args], { env })).stdout;
  }

  it('saves, restores, verifies and deletes as if nothing had been, or says that it did not', async () => {
    await over(await begun('POST'));
    key = (await lab.admin.http.post('/api/v1/backups/repositories/local/key')).body.data.key;
    const before = await change();
    const saved = await killEachCall(
      'save',
      async () => begun('POST'),
      async (ended, killed) => {
        expect([killed, ended?.state, ended?.failure]).toEqual([
          killed,
          'failed',
          expect.anything(),
        ]);
        expect(await digest()).toBe(before);
      },
    );
    expect(saved).toMatchObject({ state: 'saved', failure: null });
    const id = saved?.id ?? '';

    let last = await change();
    const restored = await killEachCall(
      'restore',
      async () => {
        last = await change();
        return begun('POST', `/${id}/restore`);
      },
      async (ended, killed) => {
        expect([killed, ended?.state, ended?.failure]).toEqual([
          killed,
          'saved',
          expect.anything(),
        ]);
        expect(await digest()).toBe(last);
      },
    );
    expect(restored).toMatchObject({ state: 'saved', failure: null });
    expect(await digest()).toBe(before);

    const verified = await killEachCall(
      'verify',
      async () => begun('POST', `/${id}/verify`),
      async (ended, killed) => {
        expect([killed, ended?.state, ended?.verifiedAt]).toEqual([killed, 'saved', null]);
      },
    );
    expect(verified?.verifiedAt).not.toBeNull();

    // Whatever becomes of a deletion, what is listed can be restored.
    let doomed = id;
    const deleted = await killEachCall(
      'delete',
      async () => begun('DELETE', `/${doomed}`),
      async (ended) => {
        // Of a prune that was killed a moment ago the lock may still lie there.
        const ids = await restic('snapshots', '--json', '--no-lock');
        const rows: { snapshotId: string }[] = await lab.server.dataSource.query(
          `SELECT snapshotId FROM app_backups WHERE state = 'saved'`,
        );
        for (const { snapshotId } of rows) expect(ids).toContain(snapshotId);
        if (ended === null) doomed = (await over(await begun('POST')))?.id ?? '';
      },
    );
    expect(deleted).toBeNull();

    const snapshots = JSON.parse(await restic('snapshots', '--json')) as { id: string }[];
    const rows: { snapshotId: string }[] = await lab.server.dataSource.query(
      `SELECT snapshotId FROM app_backups WHERE state = 'saved'`,
    );
    expect(snapshots.map((one) => one.id).sort()).toEqual(rows.map((row) => row.snapshotId).sort());
    expect(await restic('list', 'locks', '--no-lock')).toBe('');
    await restic('check', '--read-data');
    process.stderr.write(`[chaos] restic killed ${kills.length} times: ${kills.join(', ')}\n`);
    expect(kills.length).toBeGreaterThanOrEqual(20);
  }, 1_200_000);

  it('makes a repository all the same when the first attempt was killed', async () => {
    for (const [index, after] of INIT_KILLED_AFTER.entries()) {
      // It is looked for twice, the second time by whoever makes it alone.
      await arm(3, after);
      await over(await begun('POST', '', { repository: `new${index}` }));
      expect((await readFile(join(folder, 'killed'), 'utf8')).trim()).toBe('init');
      await arm(0);
      const next = await over(await begun('POST', '', { repository: `new${index}` }));
      expect([after, next]).toMatchObject([after, { state: 'saved', failure: null }]);
    }
  }, 300_000);
});
