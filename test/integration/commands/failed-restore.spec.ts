import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { sha256Of } from '../../../src/commands/backup/archive';
import { OperatorError } from '../../../src/platform/errors/operator-error';
import { makeBackup } from '../../../src/commands/backup/make-backup';
import { restoreBackup } from '../../../src/commands/backup/restore-backup';
import { findFreePort } from '../../../src/local-services/free-port';
import { startServer } from '../../../src/bootstrap';
import { loadSettings } from '../../../src/platform/config/load-settings';
import type { Settings } from '../../../src/platform/config/settings';
import { startAppWithAdmin } from '../../support/app-with-admin';
import { signIn, signUpUser, type SignedIn } from '../../support/factories/users';
import { pollUntil } from '../../support/poll-until';
import { TcpProxy } from '../../support/tcp-proxy';
import { createInstallation, startTestApp, type TestInstallation } from '../../support/test-app';

const root = join(__dirname, '..', '..', '..');

describe('a restore that fails midway', () => {
  let installation: TestInstallation;
  let settings: Settings;
  let user: SignedIn;
  let outside: string;
  /** From before the user was made. */
  let backup: string;

  beforeAll(async () => {
    outside = await mkdtemp(join(tmpdir(), 'failed-restore-'));
    installation = await createInstallation();
    const app = await startAppWithAdmin({}, installation);
    settings = app.settings;
    backup = await makeBackup(settings, join(outside, 'whole.tar.gz'));
    user = await signUpUser(app, app.admin);
    await mkdir(join(settings.dataDir, 'apps'));
    await writeFile(join(settings.dataDir, 'apps', 'own.txt'), 'now');
    await app.close();
  });
  afterAll(async () => {
    await installation.destroy();
    await rm(outside, { recursive: true, force: true });
  });

  /** The backup with a statement of its own in the middle of its dump; its checksum is right. */
  async function withStatement(statement: string): Promise<string> {
    const folder = await mkdtemp(join(outside, 'altered-'));
    execFileSync('tar', ['-xzf', backup, '-C', folder]);
    const dump = join(folder, 'database.sql');
    const tables = (await readFile(dump, 'utf8')).split(/^(?=CREATE TABLE)/m);
    tables.splice(Math.floor(tables.length / 2), 0, `${statement};\n`);
    await writeFile(dump, tables.join(''));
    const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as object;
    await writeFile(
      join(folder, 'manifest.json'),
      JSON.stringify({ ...manifest, databaseSha256: await sha256Of(dump) }),
    );
    const altered = `${folder}.tar.gz`;
    execFileSync('tar', ['-czf', altered, '-C', folder, ...(await readdir(folder))]);
    return altered;
  }

  /** The newer user is there, the newer file too, and nothing is left lying about. */
  async function expectAsBefore(): Promise<void> {
    const app = await startTestApp({}, installation);
    try {
      await signIn(app, user);
      expect((await app.http.as(user.accessToken).get('/api/v1/user/me')).status).toBe(200);
    } finally {
      await app.close();
    }
    expect(await readFile(join(settings.dataDir, 'apps', 'own.txt'), 'utf8')).toBe('now');
    const names = await readdir(settings.dataDir);
    expect(names.filter((name) => /^(restore|replaced|backup)-/.test(name))).toEqual([]);
  }

  /** Waits until a restore has come to this statement in the middle of its dump. */
  async function untilAt(statement: string): Promise<void> {
    const watcher = await createConnection({ uri: settings.databaseUrl ?? '' });
    await pollUntil('the dump to be half loaded', async () => {
      const [running] = await watcher.query<RowDataPacket[]>('SHOW PROCESSLIST');
      const sleeping = running.find((row) => String(row['Info']).startsWith(statement));
      return sleeping;
    });
    await watcher.end();
  }

  it('rolls back when the database accepts only half of the dump', async () => {
    const failing = restoreBackup(settings, await withStatement('SELECT no_such_column'));
    await expect(failing).rejects.toThrow(/was rolled back.*no_such_column/s);
    await expectAsBefore();
  });

  it('rolls back when a file cannot be replaced', async () => {
    const disk = join(settings.dataDir, 'mounted');
    await mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', disk]);
    try {
      await expect(restoreBackup(settings, backup)).rejects.toThrow(/mounted.*nothing was changed/);
    } finally {
      execFileSync('umount', [disk]);
    }
    await expectAsBefore();
  });

  it('prints how to roll back when the database is lost, and blocks every start until then', async () => {
    const { proxy, url } = await TcpProxy.beforeUrl(settings.databaseUrl ?? '');
    const slow = await withStatement('SELECT SLEEP(20)');
    const failing = restoreBackup(
      loadSettings({ ...installation.environment, DATABASE_URL: url }),
      slow,
    ).then(
      () => null,
      (error: unknown) => error,
    );
    await untilAt('SELECT SLEEP(20)');
    await proxy.cut();
    const error = (await failing) as OperatorError;
    expect(error).toBeInstanceOf(OperatorError);
    const safetyCopy = /npm run restore -- (\S+)/.exec(error.text.en)?.[1] ?? '';
    expect(basename(safetyCopy)).toMatch(/^stackscape-.*\.tar\.gz$/);
    await expect(startServer(settings)).rejects.toThrow(OperatorError);
    await expect(startServer(settings)).rejects.toThrow(safetyCopy);

    await restoreBackup(settings, safetyCopy);
    await expectAsBefore();
  });

  it('blocks every start after a kill until the previous state is restored', async () => {
    const slow = await withStatement('SELECT SLEEP(21)');
    const child = spawn(
      process.execPath,
      [
        '-r',
        join(root, 'test', 'chaos', 'register.js'),
        join(root, 'src', 'commands', 'restore.ts'),
        slow,
      ],
      {
        env: {
          PATH: process.env['PATH'],
          ...installation.environment,
          PORT: String(await findFreePort()),
        },
        stdio: 'ignore',
      },
    );
    await untilAt('SELECT SLEEP(21)');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const refusal = await startServer(settings).catch((error: unknown) => error as OperatorError);
    expect(refusal).toBeInstanceOf(OperatorError);
    const { text } = refusal as OperatorError;
    await restoreBackup(settings, /npm run restore -- (\S+)/.exec(text.en)?.[1] ?? '');
    await expectAsBefore();
  });
});
