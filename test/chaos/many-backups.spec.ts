import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pageAt } from '../support/factories/app-lab';
import { BackupLab } from '../support/factories/backup-lab';
import { pollUntil } from '../support/poll-until';
import { PrivateEngine } from '../support/private-engine';

describe('many backups and installs', () => {
  let folder: string;
  let lab: BackupLab;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'many-backups-'));
    lab = await BackupLab.start({ BACKUP_REPOSITORIES: `local=${folder}/one` });
  }, 60_000);
  afterAll(async () => {
    await lab.close();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  it('of ten apps are worked on two at a time', async () => {
    const names = Array.from({ length: 10 }, (_, index) => `ten${index}`);
    await Promise.all(names.map((name) => lab.installed(name)));
    let most = 0;
    let watching = true;
    const watch = (async () => {
      while (watching) {
        const [{ held }] = await lab.server.dataSource.query(
          'SELECT COUNT(*) AS held FROM app_backups WHERE runToken IS NOT NULL',
        );
        most = Math.max(most, Number(held));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    try {
      const ended = await Promise.all(names.map((name) => lab.saved(name)));
      expect(ended).toHaveLength(10);
    } finally {
      watching = false;
      await watch;
    }
    expect(most).toBe(2);
    for (const name of names) await lab.settled(name, '1');
  }, 240_000);

  it('lets nobody install an app while its data are put in place', async () => {
    await lab.installed('raced');
    const before = await lab.digest('raced');
    const backup = await lab.saved('raced');
    for (let round = 0; round < 5; round += 1) {
      await lab.uninstall('raced', true);
      const [restore, ...installs] = await Promise.all([
        lab.call('raced', 'POST', `/${backup.id}/restore`),
        ...[0, 30, 80, 150, 300].map(async (ms) => {
          await new Promise((resolve) => setTimeout(resolve, ms * (round + 1)));
          return lab.install('raced');
        }),
      ]);
      const accepted = installs.filter(({ status }) => status === 200).length;
      for (const { status } of installs) expect([200, 409]).toContain(status);
      // Either was first; the data are those of the backup in the end.
      if (restore.status === 200) {
        const ended = await lab.over('raced', backup.id);
        expect([round, accepted, ended?.failure]).toEqual([round, accepted, null]);
        expect(await lab.digest('raced')).toBe(before);
      } else expect([restore.status, accepted]).toEqual([409, 1]);
      await lab.settled('raced', '1');
    }
  }, 180_000);
});

describe('a backup whose engine is restarted in the middle', () => {
  let engine: PrivateEngine;
  let lab: BackupLab;
  let folder: string;
  beforeAll(async () => {
    engine = await PrivateEngine.start();
    folder = await mkdtemp(join(tmpdir(), 'backup-engine-'));
    lab = await BackupLab.start(
      { DOCKER_HOST: engine.host, BACKUP_REPOSITORIES: `local=${folder}/one` },
      engine.docker,
    );
  }, 120_000);
  afterAll(async () => {
    await lab.close();
    await engine.destroy();
    await rm(folder, { recursive: true, force: true });
  }, 120_000);

  it('saves and restores all the same, or returns what was there', async () => {
    const port = await lab.installed('held');
    await lab.change('held', 20_000_000);
    const during = async (method: string, path: string, phase: string) => {
      const { id } = (await lab.call('held', method, path)).body.data;
      await pollUntil(phase, async () => {
        const now = (await lab.call('held', 'GET', `/${id}`)).body.data;
        return now.phase === phase || !['saving', 'restoring'].includes(now.state);
      }, { everyMs: 5 }); // prettier-ignore
      await engine.restart();
      const ended = await lab.over('held', id);
      await lab.settled('held', '1');
      expect(await pollUntil('the page', () => pageAt(port))).toBe('up');
      return ended;
    };
    const before = await lab.digest('held');
    const saved = await during('POST', '', 'stopping');
    expect(saved).toMatchObject({ state: 'saved', failure: null });
    expect(await lab.digest('held')).toBe(before);
    for (const phase of ['replacing', 'installing']) {
      const now = await lab.change('held');
      const restored = await during('POST', `/${saved?.id}/restore`, phase);
      expect([phase, await lab.digest('held')]).toEqual([phase, restored?.failure ? now : before]);
    }
  }, 300_000);
});
