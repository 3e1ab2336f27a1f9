import { execFile } from 'node:child_process';
import {
  appendFile,
  cp,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findQuickKey } from '../../../src/apps/backups/restic/quick-key';
import { Repositories } from '../../../src/apps/backups/repositories.service';
import { Restic } from '../../../src/apps/backups/restic/restic';
import { BackupLab } from '../../support/factories/backup-lab';

const run = promisify(execFile);

/** What makes calls of restic short: a key that is opened at once, no lock where none is needed, no vain compression. */
describe('backups that do not wait for restic', () => {
  let folder: string;
  let repository: string;
  let lab: BackupLab;
  let key: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'backup-quick-'));
    repository = join(folder, 'one');
    const watched = join(folder, 'restic');
    await writeFile(join(folder, 'calls'), '');
    // The real one, which notes how it is called; beside a restore it has somebody take a file away, and bring it back.
    const script = `#!/bin/bash
echo "$* hint=$RESTIC_KEY_HINT compression=$RESTIC_COMPRESSION" >> ${folder}/calls
case "$*" in restore*--no-lock*) [ ! -e ${folder}/take ] || mv "$(cat ${folder}/take)" ${folder}/taken ;;
restore*) [ ! -e ${folder}/taken ] || mv ${folder}/taken "$(cat ${folder}/take)" ;; esac
exec restic "$@"
`;
    await writeFile(watched, script, { mode: 0o755 });
    lab = await BackupLab.start({ RESTIC: watched, BACKUP_REPOSITORIES: `local=${repository}` });
    await lab.installed('quick');
  });
  afterAll(async () => {
    await lab.close();
    await rm(folder, { recursive: true, force: true });
  });

  const restic = async (at: string, password: string, ...args: string[]): Promise<string> =>
    (await run('restic', ['-r', at, ...args], { env: { ...process.env, RESTIC_PASSWORD: password } })) // prettier-ignore
    .stdout;
  async function callsOf(work: () => Promise<unknown>): Promise<string[]> {
    await writeFile(join(folder, 'calls'), '');
    await work();
    return (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n');
  }
  const openRepository = () => lab.server.app.get(Repositories).find('local');

  it('opens its repository with a key of its own, which the same password opens, and leaves that of restic', async () => {
    await lab.saved('quick');
    key = (await openRepository()).key;
    const id = (await findQuickKey(repository)) ?? 'none';
    const keys = JSON.parse(await restic(repository, key, 'key', 'list', '--json'));
    expect(keys.map(({ userName }: { userName: string }) => userName)).toContain(
      'stackscape-quick',
    );
    expect(keys).toHaveLength(2);
    for (const left of await readdir(join(repository, 'keys'))) {
      const copy = join(folder, 'copy');
      await cp(repository, copy, { recursive: true });
      for (const name of await readdir(join(copy, 'keys')))
        if (name !== left) await rm(join(copy, 'keys', name));
      expect(JSON.parse(await restic(copy, key, 'snapshots', '--json'))).toHaveLength(1);
      await restic(copy, key, 'check');
      await expect(restic(copy, '1'.repeat(64), 'snapshots')).rejects.toThrow('wrong password');
      await rm(copy, { recursive: true });
    }
    const calls = await callsOf(() => lab.saved('quick'));
    expect(calls).toEqual([expect.stringMatching(`^backup .*hint=${id}`)]);
  });

  it('adds it to a repository from before, once, and to none whose password somebody chose', async () => {
    const own = lab.server.app.get(Restic);
    for (const [name, password, keys] of [
      ['generated', '4f'.repeat(32), 2],
      ['chosen', 'correct horse battery staple', 1],
    ] as const) {
      const address = join(folder, name);
      await restic(address, password, 'init');
      await own.quicken({ name, address, key: password });
      await own.quicken({ name, address, key: password });
      expect(await readdir(join(address, 'keys'))).toHaveLength(keys);
    }
  });

  it('works on where that key is gone', async () => {
    const id = (await findQuickKey(repository)) ?? 'none';
    await rename(join(repository, 'keys', id), join(folder, id));
    const calls = await callsOf(() => lab.saved('quick'));
    expect(calls).toEqual([expect.stringContaining('hint= ')]);
    await rename(join(folder, id), join(repository, 'keys', id));
  });

  it('reads a repository again with a lock where somebody takes a file away meanwhile', async () => {
    const digest = await lab.digest('quick');
    const { id } = await lab.saved('quick');
    const packs = await run('find', [join(repository, 'data'), '-type', 'f', '-size', '+500k']);
    const [pack] = packs.stdout.trim().split('\n');
    expect(pack).toBeTruthy();
    await lab.change('quick');
    await appendFile(join(folder, 'take'), pack ?? '');
    const calls = await callsOf(() => lab.done('quick', 'POST', `/${id}/restore`));
    const restores = calls.filter((call) => call.startsWith('restore'));
    expect(restores).toEqual([
      expect.stringContaining('--no-lock'),
      expect.not.stringContaining('--no-lock'),
    ]);
    expect(await lab.digest('quick')).toBe(digest);
    await rm(join(folder, 'take'));
    expect(await callsOf(() => lab.done('quick', 'POST', `/${id}/restore`))).toEqual([
      expect.stringMatching(/^restore .*--no-lock/),
    ]);
  });

  it('does not compress what cannot be compressed, and does what can', async () => {
    await lab.change('quick', 80_000_000);
    const digest = await lab.digest('quick');
    const [noise] = await callsOf(() => lab.saved('quick'));
    expect(noise).toMatch(/^backup .*compression=off$/);
    await writeFile(join(await lab.volume('quick'), 'text'), 'words '.repeat(8_000_000));
    const saved = await callsOf(() => lab.saved('quick'));
    expect(saved).toEqual([expect.stringMatching(/^backup .*compression=$/)]);
    await rm(join(await lab.volume('quick'), 'text'));
    expect(await lab.digest('quick')).toBe(digest);
  });
});
