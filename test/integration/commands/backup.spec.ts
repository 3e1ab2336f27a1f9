import { execFile, execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { OperatorError } from '../../../src/platform/errors/operator-error';
import { makeBackup } from '../../../src/commands/backup/make-backup';
import {
  keepNewest,
  restoreFromRepository,
  saveToRepository,
} from '../../../src/commands/backup/repository-backup';
import { restoreBackup } from '../../../src/commands/backup/restore-backup';
import { startAppWithAdmin } from '../../support/app-with-admin';
import { signIn, signUpUser } from '../../support/factories/users';
import { createInstallation, startTestApp } from '../../support/test-app';

const run = promisify(execFile);

interface ListedSnapshot {
  readonly id: string;
  readonly tags?: readonly string[];
}

describe('backup and restore', () => {
  it('restore accounts, keys and files of one moment, backed up from a busy server', async () => {
    const installation = await createInstallation();
    const outside = await mkdtemp(join(tmpdir(), 'backup-test-'));
    try {
      const app = await startAppWithAdmin({}, installation);
      const { dataDir } = app.settings;
      const user = await signUpUser(app, app.admin);
      await mkdir(join(dataDir, 'apps', 'shop', 'redis'), { recursive: true });
      await writeFile(join(dataDir, 'apps', 'shop', 'redis', 'own.txt'), 'before');
      await mkdir(join(dataDir, 'redis'));
      await writeFile(join(dataDir, 'redis', 'disposable'), 'x');

      let writing = true;
      const writer = (async () => {
        while (writing) await signUpUser(app, app.admin);
      })();
      const file = await makeBackup(app.settings, join(outside, 'one.tar.gz'));
      writing = false;
      await writer;

      const { http } = app.admin;
      const status = await http.post(`/api/v1/user/admin/modifyStatus/${user.uid}?status=1`);
      expect(status.status).toBe(200);
      await writeFile(join(dataDir, 'apps', 'shop', 'redis', 'own.txt'), 'after');
      await writeFile(join(dataDir, 'new.txt'), 'after');
      await writeFile(join(dataDir, 'secrets', 'jwt-secret'), 'another key');
      await app.close();

      expect((await stat(file)).mode & 0o777).toBe(0o600);
      const names = execFileSync('tar', ['-tzf', file], { encoding: 'utf8' });
      expect(names).not.toMatch(/disposable/);

      const { safetyCopy } = await restoreBackup(app.settings, file);

      expect(await readFile(join(dataDir, 'apps', 'shop', 'redis', 'own.txt'), 'utf8')).toBe(
        'before',
      );
      await expect(stat(join(dataDir, 'new.txt'))).rejects.toMatchObject({ code: 'ENOENT' });
      const again = await startTestApp({}, installation);
      try {
        await signIn(again, user);
        // A token from before: the key that signed it is back, and so is its session.
        expect((await again.http.as(user.accessToken).get('/api/v1/user/me')).status).toBe(200);
        const used = (
          await again.http.as(app.admin.accessToken).get('/api/v1/user/admin/inviteCodes')
        ).body;
        expect(used.code).toBe(20000);
        // A code is used up and its user inserted in one transaction: never one without the other.
        const [sums]: { used: string; uses: string; users: string }[] =
          await again.dataSource.query(
            `SELECT (SELECT SUM(usedCount) FROM invite_codes) AS used,
                    (SELECT COUNT(*) FROM invite_code_uses) AS uses,
                    (SELECT COUNT(*) - 1 FROM users) AS users`,
          );
        expect(Number(sums?.used)).toBeGreaterThan(0);
        expect(Number(sums?.uses)).toBe(Number(sums?.used));
        expect(Number(sums?.users)).toBe(Number(sums?.used));
      } finally {
        await again.close();
      }

      await restoreBackup(app.settings, safetyCopy);
      expect(await readFile(join(dataDir, 'new.txt'), 'utf8')).toBe('after');
    } finally {
      await installation.destroy();
      await rm(outside, { recursive: true, force: true });
    }
  });

  it('reject a truncated or altered file and change nothing', async () => {
    const app = await startAppWithAdmin();
    try {
      const file = await makeBackup(app.settings);
      const whole = await readFile(file);
      await writeFile(file, whole.subarray(0, whole.length / 2));
      await expect(restoreBackup(app.settings, file)).rejects.toThrow(OperatorError);
      await expect(restoreBackup(app.settings, '/nonexistent')).rejects.toThrow(OperatorError);
      expect((await app.admin.http.get('/api/v1/user/me')).status).toBe(200);
    } finally {
      await app.close();
    }
  });

  it('go into a repository of backups of apps and come back from it on an empty server with its key', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'backup-test-'));
    const settings = { BACKUP_REPOSITORIES: `local=${outside}/one` };
    const installation = await createInstallation();
    const other = await createInstallation();
    try {
      const app = await startAppWithAdmin(settings, installation);
      await expect(saveToRepository(app.settings, 'none')).rejects.toThrow(/none/);
      const user = await signUpUser(app, app.admin);
      await mkdir(join(app.settings.dataDir, 'apps', 'shop'), { recursive: true });
      const own = join('apps', 'shop', 'own.txt');
      await writeFile(join(app.settings.dataDir, own), 'first');
      await saveToRepository(app.settings, 'local');
      await writeFile(join(app.settings.dataDir, own), 'second');
      const id = await saveToRepository(app.settings, 'local');
      expect(id).toMatch(/^[0-9a-f]{64}$/);
      expect(await readdir(join(app.settings.dataDir, 'backups'))).not.toContainEqual(
        expect.stringMatching(/^server-/),
      );
      const path = '/api/v1/backups/repositories/local';
      const { key } = (await app.admin.http.post(`${path}/key`)).body.data;
      await app.close();

      const empty = await startAppWithAdmin(settings, other);
      const open = await empty.admin.http.post(`${path}/open`, { key });
      // It is no backup of an app.
      expect([open.status, open.body.data]).toEqual([200, { added: 0 }]);
      await empty.close();
      await restoreFromRepository(empty.settings, 'local');
      const { dataDir } = empty.settings;
      expect(await readFile(join(dataDir, own), 'utf8')).toBe('second');
      const again = await startTestApp(settings, other);
      try {
        await signIn(again, user);
        expect((await again.http.as(user.accessToken).get('/api/v1/user/me')).status).toBe(200);
      } finally {
        await again.close();
      }
    } finally {
      await installation.destroy();
      await other.destroy();
      await rm(outside, { recursive: true, force: true });
    }
  });

  it('leave as many in a repository as are to stay, the newest, and the backups of others', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'backup-test-'));
    const address = join(outside, 'one');
    const app = await startAppWithAdmin({ BACKUP_REPOSITORIES: `local=${address}` });
    try {
      const ids: string[] = [];
      for (let count = 0; count < 3; count += 1)
        ids.push(await saveToRepository(app.settings, 'local'));
      const path = '/api/v1/backups/repositories/local/key';
      const { key } = (await app.admin.http.post(path)).body.data;
      const env = { ...process.env, RESTIC_PASSWORD: key };
      const restic = (...args: string[]) => run('restic', ['-r', address, ...args], { env });
      await restic('backup', '--tag', 'stackscape,app=shop', app.settings.dataDir);
      await restic('backup', app.settings.dataDir);
      const left = async (): Promise<(string | undefined)[]> => {
        const found = JSON.parse((await restic('snapshots', '--json')).stdout) as ListedSnapshot[];
        return found.map(({ id, tags }) => (ids.includes(id) ? id : tags?.at(-1)));
      };
      expect(await keepNewest(app.settings, 'local', 3)).toBe(0);
      expect(await left()).toEqual([...ids, 'app=shop', undefined]);
      expect(await keepNewest(app.settings, 'local', 1)).toBe(2);
      expect(await left()).toEqual([ids[2], 'app=shop', undefined]);
      await restic('check', '--read-data');
      await expect(keepNewest(app.settings, 'none', 1)).rejects.toThrow(/none/);
    } finally {
      await app.close();
      await rm(outside, { recursive: true, force: true });
    }
  });

  it('change nothing where the repository holds no backup of a server, or is opened with another key', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'backup-test-'));
    const [one, two] = [await startAppWithAdmin({ BACKUP_REPOSITORIES: `local=${outside}/one` }), await startAppWithAdmin({ BACKUP_REPOSITORIES: `local=${outside}/one` })]; // prettier-ignore
    try {
      await expect(restoreFromRepository(one.settings, 'local')).rejects.toThrow(/reached/);
      await saveToRepository(two.settings, 'local');
      await expect(restoreFromRepository(one.settings, 'local')).rejects.toThrow(/key/);
      expect((await one.admin.http.get('/api/v1/user/me')).status).toBe(200);
    } finally {
      await one.close();
      await two.close();
      await rm(outside, { recursive: true, force: true });
    }
  });
});
