import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../../platform/config/settings';
import { isFolder, type BackupRepositoryAddress } from '../../../platform/config/parsers';
import { sleep } from '../../../platform/waiting/sleep';
import {
  BackupDamagedError,
  RepositoryAwayError,
  RepositoryLockedError,
  RepositoryReadOnlyError,
  ResticFailedError,
  ResticMissingError,
} from '../backup.errors';
import {
  runChild,
  type ChildOptions,
  type ChildResult,
} from '../../../platform/processes/child-process';
import {
  classifyResticFailure,
  finalFault,
  lastWords,
  readForgetPlan,
  readResticLine,
  type ForgetPlan,
  type ResticProgress,
  type ResticSnapshot,
  type ResticSummary,
} from './restic-output';
import { addQuickKey, findQuickKey, isGeneratedKey } from './quick-key';
import { sftpArguments } from './sftp-command';

/** A repository with its key. */
export interface OpenRepository extends BackupRepositoryAddress {
  readonly key: string;
}

export interface ResticCall {
  readonly signal?: AbortSignal;
}

/** The only place where a program of the system is looked for. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** What another process may hold a repository for before a call gives up: a prune of much data. */
const MAX_LOCK_WAIT_MS = 120_000;
const LOCK_PAUSE_MS = 2_000;
const PROGRESS_EVERY_MS = 500;
const NOT_FOUND = 127;
const NO_LOCK = '--no-lock';
/** Calls that need no lock where nobody can write anyway. */
const READING = new Set(['snapshots', 'restore', 'dump', 'check']);
/** Calls that read or write little; restic itself would wait for an answer without end. */
const SHORT = new Set(['init', 'snapshots', 'unlock']);
/**
 * Runs restic so that it opens the repository, for which it derives a key for half a second, and then waits for a line
 * from its standard input: it reads what it is to leave out, which is nothing, before it looks at the folder. Where no
 * line comes, as this process is gone, it is given a pattern that it refuses. With `--norc`, as bash takes a socket for
 * the input of a remote shell.
 */
const WAITING = 'exec "$0" "$@" --exclude-file <(exec 2>&-; read -r && echo || echo "[")';
/** The name of the machine says nothing about an app. */
const HOST = 'stackscape';

/**
 * Runs restic. Keys and passwords go through its environment: never through its arguments, which every user
 * of the machine can read, nor into a log.
 */
@Injectable()
export class Restic {
  constructor(private readonly settings: Settings) {}

  /** @throws ResticMissingError */
  async version(): Promise<void> {
    const { restic } = this.settings;
    const { code } = await runChild(restic, ['version'], { environment: { PATH, LC_ALL: 'C' } });
    if (code === NOT_FOUND) throw new ResticMissingError(restic);
  }

  /** Creates the repository. @throws where there is one already */
  async init(repository: OpenRepository, call: ResticCall = {}): Promise<void> {
    const { address } = repository;
    // What is wrong with the folder, restic says; it makes it, too.
    if (isFolder(repository)) await removeHalf(address).catch(() => undefined);
    await this.run(repository, ['init'], call);
  }

  /** Has the calls to come open a repository in a folder at once, where its key was generated. */
  async quicken(repository: OpenRepository, call: ResticCall = {}): Promise<void> {
    const { address, key } = repository;
    if (!canBeQuick(repository) || (await findQuickKey(address)) !== null) return;
    const options = { ...call, keepOutput: true };
    const { output } = await this.run(repository, ['cat', 'masterkey', NO_LOCK], options);
    await addQuickKey(address, key, output);
  }

  /** Snapshots with all of these tags, oldest first. */
  async snapshots(
    repository: OpenRepository,
    tags: readonly string[],
    call: ResticCall = {},
  ): Promise<ResticSnapshot[]> {
    const { output } = await this.run(
      repository,
      ['snapshots', '--json', '--tag', tags.join(',')],
      { ...call, keepOutput: true },
    );
    const found = JSON.parse(output.trim() || '[]') as
      { id: string; tags?: string[] | null; time: string }[] | null;
    return (found ?? []).map(({ id, tags: own, time }) => ({ id, tags: own ?? [], time }));
  }

  /**
   * The whole id of a snapshot that was just made. Of a folder its name is read, as each call of restic takes half
   * a second to derive the key.
   * @param id its beginning, as restic tells it
   */
  async fullId(
    repository: OpenRepository,
    id: string,
    tags: readonly string[],
    call: ResticCall = {},
  ): Promise<string> {
    const { address } = repository;
    const names = isFolder(repository) ? await namesIn(join(address, 'snapshots')) : [];
    const [own, another] = names.filter((name) => name.startsWith(id));
    if (own !== undefined && another === undefined) return own;
    const [snapshot] = await this.snapshots(repository, tags, call);
    if (!snapshot) throw new ResticFailedError('the snapshot is not in the repository');
    return snapshot.id;
  }

  /**
   * Saves everything in the folder, each file read in full.
   * @param call `ready`: when the folder is complete; restic opens the repository meanwhile. `compress`: true by default
   */
  async save(
    repository: OpenRepository,
    folder: string,
    tags: readonly string[],
    call: ResticCall & {
      readonly ready?: Promise<void>;
      readonly compress?: boolean;
      readonly onProgress?: (progress: ResticProgress) => void;
    } = {},
  ): Promise<ResticSummary> {
    let summary: ResticSummary | null = null;
    let last = 0;
    await this.run(
      repository,
      ['backup', '--json', '--force', '--host', HOST, '--tag', tags.join(','), '.'],
      {
        ...(call.signal ? { signal: call.signal } : {}),
        ...(call.ready ? { input: call.ready.then(() => '\n') } : {}),
        // Versions of restic that do not compress know no such argument.
        ...(call.compress === false ? { environment: { RESTIC_COMPRESSION: 'off' } } : {}),
        cwd: folder,
        onLine: (line) => {
          const message = readResticLine(line);
          if (!message) return;
          if ('snapshotId' in message) summary = message;
          else if (performance.now() - last >= PROGRESS_EVERY_MS) {
            last = performance.now();
            call.onProgress?.(message);
          }
        },
      },
    );
    if (!summary) throw new ResticFailedError('no snapshot was reported');
    return summary;
  }

  /**
   * Writes a snapshot into an empty folder.
   * @param call `compare` reads what was written once more and names the files that are not as in the snapshot;
   * `lock`: true by default
   */
  async restore(
    repository: OpenRepository,
    snapshotId: string,
    folder: string,
    call: ResticCall & {
      readonly compare?: boolean;
      readonly lock?: boolean;
      readonly onBytes?: (written: number) => void;
    } = {},
  ): Promise<void> {
    let watch: NodeJS.Timeout | undefined;
    try {
      const flags = [
        ...(call.compare ? ['--verify'] : []),
        ...(call.lock === false ? [NO_LOCK] : []),
      ];
      await this.run(repository, ['restore', snapshotId, ...flags, '--target', folder], {
        ...(call.signal ? { signal: call.signal } : {}),
        onStart: (pid) => {
          // A call that is made again starts another process.
          clearInterval(watch);
          watch = setInterval(() => void bytesWritten(pid).then(call.onBytes), PROGRESS_EVERY_MS);
        },
      });
    } finally {
      clearInterval(watch);
    }
  }

  /** The text of one file of a snapshot. */
  async dump(
    repository: OpenRepository,
    snapshotId: string,
    path: string,
    call: ResticCall = {},
  ): Promise<string> {
    const options = { ...call, keepOutput: true };
    return (await this.run(repository, ['dump', snapshotId, path], options)).output;
  }

  /** Checks the structure of the repository, and that every part that it refers to is there. */
  async check(repository: OpenRepository, call: ResticCall = {}): Promise<void> {
    await this.run(repository, ['check'], call);
  }

  /** Removes snapshots; what of the data no other one needs stays until the next `prune`. */
  async forget(
    repository: OpenRepository,
    snapshotIds: readonly string[],
    call: ResticCall = {},
  ): Promise<void> {
    if (snapshotIds.length > 0) await this.run(repository, ['forget', ...snapshotIds], call);
  }

  /** Removes data that no snapshot needs. */
  async prune(repository: OpenRepository, call: ResticCall = {}): Promise<void> {
    await this.run(repository, ['prune'], call);
  }

  /**
   * What `restic forget` would keep and remove of the snapshots with these tags, by its own rules; changes nothing.
   * @param tags lists of tags: of each snapshot one list has to hold
   * @param rules arguments such as `--keep-daily 7`
   */
  async planForget(
    repository: OpenRepository,
    tags: readonly (readonly string[])[],
    rules: readonly string[],
    call: ResticCall = {},
  ): Promise<ForgetPlan> {
    const chosen = tags.flatMap((list) => ['--tag', list.join(',')]);
    const args = ['forget', '--dry-run', NO_LOCK, '--json', '--group-by', '', ...rules];
    const { output } = await this.run(repository, [...args, ...chosen], {
      ...call,
      keepOutput: true,
    });
    return readForgetPlan(output);
  }

  /**
   * Where the repository is locked, locks of dead processes are removed (restic removes no others) and the
   * call is made again, until those of living ones are gone or two minutes have passed. One that cannot be
   * written is read without a lock.
   */
  private async run(
    repository: OpenRepository,
    args: readonly string[],
    options: ChildOptions,
  ): Promise<ChildResult> {
    const deadline = Date.now() + MAX_LOCK_WAIT_MS;
    for (let flags: readonly string[] = []; ;) {
      try {
        return await this.once(repository, [...args, ...flags], options);
      } catch (error) {
        const canRead = flags.length === 0 && READING.has(args[0] ?? '') && !args.includes(NO_LOCK);
        if (error instanceof RepositoryReadOnlyError && canRead) {
          flags = [NO_LOCK];
          continue;
        }
        if (!(error instanceof RepositoryLockedError) || Date.now() > deadline) throw error;
        await this.unlock(repository, options);
        await sleep(LOCK_PAUSE_MS, options.signal);
      }
    }
  }

  /** Removes locks of processes of this machine that are gone. */
  async unlock(repository: OpenRepository, { signal }: ResticCall): Promise<void> {
    await this.once(repository, ['unlock'], signal ? { signal } : {});
  }

  private async once(
    repository: OpenRepository,
    args: readonly string[],
    options: ChildOptions,
  ): Promise<ChildResult> {
    const {
      restic,
      dataDir,
      backupSshConfig,
      backupS3AccessKey,
      backupS3SecretKey,
      backupAnswerSeconds,
    } = this.settings;
    const late = SHORT.has(args[0] ?? '') ? AbortSignal.timeout(backupAnswerSeconds * 1000) : null;
    const vain = new AbortController();
    const given = [options.signal, late].filter((signal) => signal instanceof AbortSignal);
    let said = '';
    const quickKey = canBeQuick(repository) ? await findQuickKey(repository.address) : null;
    const [program, ...before] = options.input
      ? (['bash', '--norc', '-c', WAITING, restic] as const)
      : [restic];
    const result = await runChild(
      program,
      [...before, ...args, ...sftpArguments(repository.address, backupSshConfig)],
      {
        ...options,
        signal: AbortSignal.any([...given, vain.signal]),
        // By this one it removes its lock.
        endsBy: 'SIGINT',
        onErrorLine: (line) => {
          said = `${said}\n${line}`.slice(-2_000);
          const fault = finalFault(line);
          if (fault !== null) vain.abort(fault);
        },
        environment: {
          PATH,
          LC_ALL: 'C.UTF-8',
          RESTIC_REPOSITORY: repository.address,
          RESTIC_PASSWORD: repository.key,
          RESTIC_CACHE_DIR: join(dataDir, 'backups', 'cache'),
          RESTIC_PROGRESS_FPS: '2',
          ...(quickKey === null ? {} : { RESTIC_KEY_HINT: quickKey }),
          ...options.environment,
          ...(backupS3AccessKey ? { AWS_ACCESS_KEY_ID: backupS3AccessKey } : {}),
          ...(backupS3SecretKey ? { AWS_SECRET_ACCESS_KEY: backupS3SecretKey } : {}),
        },
      },
    ).catch(async (error: unknown) => {
      if (options.signal?.aborted) throw error;
      if (vain.signal.aborted) {
        if (vain.signal.reason === 'read-only') throw new RepositoryReadOnlyError(repository.name);
        const words = lastWords(this.withoutSecrets(repository, said));
        if (await isFolderGone(repository)) throw new RepositoryAwayError(repository.name, words); // prettier-ignore
        await this.unlock(repository, options).catch(() => undefined);
        throw new BackupDamagedError(words);
      }
      if (!late?.aborted) throw error;
      throw new RepositoryAwayError(repository.name, `no answer within ${backupAnswerSeconds} s`);
    });
    if (result.code === 0) return result;
    // It could not remove its own lock.
    if (result.code === null && args[0] !== 'unlock')
      await this.unlock(repository, options).catch(() => undefined);
    if (result.code === NOT_FOUND) throw new ResticMissingError(restic);
    throw classifyResticFailure(repository.name, this.withoutSecrets(repository, result.errors));
  }

  private withoutSecrets({ key }: OpenRepository, text: string): string {
    const { backupS3AccessKey, backupS3SecretKey } = this.settings;
    return [key, backupS3AccessKey, backupS3SecretKey].reduce<string>(
      (masked, secret) => (secret ? masked.replaceAll(secret, '••••••') : masked),
      text,
    );
  }
}

/** The key of an init that was killed before the rest: it would be tried first, and opens nothing. */
async function removeHalf(folder: string): Promise<void> {
  if ((await namesIn(folder)).includes('config')) return;
  if ((await namesIn(join(folder, 'snapshots'))).length > 0) return;
  await rm(join(folder, 'keys'), { recursive: true, force: true });
}

/** Only to a folder can a key be added without restic. */
function canBeQuick(repository: OpenRepository): boolean {
  return isFolder(repository) && isGeneratedKey(repository.key);
}

/** Not a file of the repository but all of it, such as a disk that was taken out. */
async function isFolderGone(repository: OpenRepository): Promise<boolean> {
  return isFolder(repository) && !(await namesIn(repository.address)).includes('config');
}

function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/** What a process has written to files so far; 0 where the system does not say. */
async function bytesWritten(pid: number): Promise<number> {
  const io = await readFile(`/proc/${pid}/io`, 'utf8').catch(() => '');
  return Number(/^wchar: (\d+)/m.exec(io)?.[1] ?? 0);
}
