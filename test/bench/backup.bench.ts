import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { docker, pageAt } from '../support/factories/app-lab';
import { BackupLab } from '../support/factories/backup-lab';
import { pollUntil } from '../support/poll-until';

const run = promisify(execFile);
const APP = 'measured';
/** An app whose save makes a repository, which bare restic has before it begins as well. */
const FIRST = 'first';
const FILES = 32;
const MIB = 1024 * 1024;
const TEXT = Buffer.from('All that an app writes of words. '.repeat(32));
/**
 * Bytes of the app, and how many times the throughput of bare restic a save and a restore reach at least. Of less data the
 * stop and start of the app, which restic alone does not make, are most of it; of more, the disk cannot take the copy at once.
 */
const SIZES = [
  { mebibytes: 10, kind: 'random bytes', rounds: 3, atLeast: null },
  { mebibytes: 1024, kind: 'random bytes', rounds: 3, atLeast: 0.9 },
  { mebibytes: 1024, kind: 'text and random bytes', rounds: 3, atLeast: 0.9 },
  { mebibytes: 2048, kind: 'random bytes', rounds: 2, atLeast: null },
  { mebibytes: 4096, kind: 'random bytes', rounds: 2, atLeast: null },
] as const;
/** For the data, their copies and the repositories of one round after another. */
const ROOM = 8;

/** All in seconds. */
interface Round {
  readonly save: number;
  readonly downtime: number;
  readonly restore: number;
  readonly bareSave: number;
  readonly bareRestore: number;
  /** A copy of the data on the disk that restic writes to. */
  readonly copy: number;
  /** Until the app answers again. */
  readonly restart: number;
}

/** Data that can be compressed by half, or not at all. */
function dataOf(bytes: number, kind: (typeof SIZES)[number]['kind']): Buffer {
  const data = randomBytes(bytes);
  if (kind === 'random bytes') return data;
  for (let from = 0; from < bytes; from += 2 * TEXT.length) TEXT.copy(data, from);
  return data;
}

/** Saved and restored by the product and by restic alone with its own settings, in turn. */
describe.each(SIZES)('a backup of $mebibytes MiB of $kind', (size) => {
  const { mebibytes, kind, rounds: count, atLeast } = size;
  let folder: string;
  let lab: BackupLab;
  let port: string;
  beforeAll(async () => {
    // On one mount with the volumes: elsewhere a restore copies where it renames here.
    folder = await mkdtemp(join((await docker.info()).DockerRootDir, 'backup-bench-'));
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize < ROOM * mebibytes * MIB) throw new Error(`too little room in ${folder}`);
    const names = Array.from({ length: count }, (_, round) => `r${round}=${folder}/ours${round}`);
    lab = await BackupLab.start({
      BACKUP_REPOSITORIES: names.join(','),
      DATA_DIR: join(folder, 'data'),
    });
    await lab.installed(FIRST);
    for (let round = 0; round < count; round += 1)
      await lab.saved(FIRST, { repository: `r${round}` });
    port = await lab.installed(APP);
    const place = await lab.volume(APP);
    for (let file = 0; file < FILES; file += 1)
      await writeFile(join(place, `file${file}`), dataOf((mebibytes * MIB) / FILES, kind));
  }, 300_000);
  afterAll(async () => {
    await lab.close();
    await rm(folder, { recursive: true, force: true });
  }, 120_000);

  const seconds = async (work: () => Promise<unknown>): Promise<number> => {
    const begun = performance.now();
    await work();
    return (performance.now() - begun) / 1000;
  };

  /** Nobody asks the server meanwhile: each answer takes time of the two cores. */
  async function ended(id: string): Promise<void> {
    const isOver = async (): Promise<boolean> => {
      const [row] = await lab.server.dataSource.query(
        'SELECT state FROM app_backups WHERE id = ?',
        [id],
      );
      return !['saving', 'restoring'].includes(row.state);
    };
    await pollUntil('the work to end', isOver, { deadlineMs: 600_000, everyMs: 20 });
  }

  async function measure(round: number): Promise<Round> {
    const bare = join(folder, `bare${round}`);
    const cache = join(folder, 'cache');
    const env = { ...process.env, RESTIC_PASSWORD: 'bench', RESTIC_CACHE_DIR: cache };
    const restic = (cwd: string, ...args: string[]) =>
      run('restic', ['-r', bare, ...args], { cwd, env });
    const place = await lab.volume(APP);
    const [target, copied] = [join(folder, 'restored'), join(folder, 'copied')];
    await restic(folder, 'init');
    let id = '';
    const work = async (path: string, body?: object): Promise<void> => {
      id = (await lab.call(APP, 'POST', path, body)).body.data.id;
      await ended(id);
    };
    const pairs = {
      save: () => work('', { repository: `r${round}` }),
      bareSave: () => restic(place, 'backup', '.'),
      copy: () => run('cp', ['-a', place, copied]),
      restore: () => work(`/${id}/restore`),
      bareRestore: async () => {
        await mkdir(target);
        await restic(folder, 'restore', 'latest', '--target', target);
      },
      restart: async () => {
        await docker.getContainer(lab.lab.containerName(APP)).restart();
        await pollUntil('the app to answer', () => pageAt(port), { everyMs: 10 });
      },
    };
    // Each of two is the first once: what is first finds other pages in memory.
    const order = ['save', 'bareSave', 'copy', 'restore', 'bareRestore', 'restart'] as const;
    const turned = ['bareSave', 'save', 'copy', 'bareRestore', 'restore', 'restart'] as const;
    const took: Record<string, number> = {};
    for (const name of round % 2 === 0 ? order : turned) {
      // What the one before has written is none of its business.
      await run('sync');
      took[name] = await seconds(pairs[name]);
    }
    const { downtime, failure } = (await lab.call(APP, 'GET', `/${id}`)).body.data;
    expect(failure).toBeNull();
    const used = [target, copied, bare, join(folder, `ours${round}`)];
    await Promise.all(used.map((path) => rm(path, { recursive: true })));
    return { ...(took as unknown as Round), downtime: downtime / 1000 };
  }

  it('is saved and restored about as fast as by restic alone', async () => {
    const rounds: Round[] = [];
    for (let round = 0; round < count; round += 1) rounds.push(await measure(round));
    const best = (of: keyof Round): number => Math.min(...rounds.map((round) => round[of]));
    const ratios = {
      save: best('bareSave') / best('save'),
      restore: best('bareRestore') / best('restore'),
    };
    // Of what no consistent save can do without: a copy while the app is stopped, and its stop and start.
    const floors = {
      save: (best('bareSave') + best('copy') + best('restart')) / best('save'),
      restore: (best('bareRestore') + best('restart')) / best('restore'),
    };
    const text = (Object.keys(rounds[0] ?? {}) as (keyof Round)[])
      .map((name) => `${name} ${rounds.map((round) => round[name].toFixed(2)).join(' ')} s`)
      .join(', ');
    process.stderr.write(
      `[bench] ${mebibytes} MiB of ${kind}: ${text}; throughput to bare restic: save ${ratios.save.toFixed(2)}, ` +
        `restore ${ratios.restore.toFixed(2)}; to bare restic with one copy and one restart: ` +
        `save ${floors.save.toFixed(2)}, restore ${floors.restore.toFixed(2)}\n`,
    );
    if (atLeast === null) return;
    expect(ratios.save).toBeGreaterThanOrEqual(atLeast);
    expect(ratios.restore).toBeGreaterThanOrEqual(atLeast);
  }, 900_000);
});
