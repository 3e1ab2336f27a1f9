import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../platform/config/settings';
import type { BackupRepositoryAddress } from '../../platform/config/parsers';
import { sleep } from '../../platform/waiting/sleep';
import { RepositoryLockedError, ResticFailedError, ResticMissingError } from './backup.errors';
import { runChild, type ChildOptions, type ChildResult } from './child-process';
import {
  classifyResticFailure,
  readResticLine,
  type ResticProgress,
  type ResticSnapshot,
  type ResticSummary,
} from './restic-output';

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
/** The name of the machine says nothing about an app. */
const HOST = 'stackscape';

/**
 * Runs restic. Keys and passwords go through its environment: never through its arguments, which every user
 * of the machine can read, nor into a log.
 */
@Injectable()
export class Restic {
  constructor(private readonly settings: Settings) {}

  /** Creates the repository. @throws where there is one already */
  async init(repository: OpenRepository, call: ResticCall = {}): Promise<void> {
    if (repository.address.startsWith('/')) await mkdir(repository.address, { recursive: true, mode: 0o700 }).catch(() => undefined); // prettier-ignore
    await this.run(repository, ['init'], call);
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

  /** Saves everything in the folder, each file read in full. */
  async save(
    repository: OpenRepository,
    folder: string,
    tags: readonly string[],
    call: ResticCall & { readonly onProgress?: (progress: ResticProgress) => void } = {},
  ): Promise<ResticSummary> {
    let summary: ResticSummary | null = null;
    let last = 0;
    await this.run(
      repository,
      ['backup', '--json', '--force', '--host', HOST, '--tag', tags.join(','), '.'],
      {
        ...(call.signal ? { signal: call.signal } : {}),
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

  /** Writes a snapshot into an empty folder and compares what was written with the snapshot. */
  async restore(
    repository: OpenRepository,
    snapshotId: string,
    folder: string,
    call: ResticCall & { readonly onBytes?: (written: number) => void } = {},
  ): Promise<void> {
    let watch: NodeJS.Timeout | undefined;
    try {
      await this.run(repository, ['restore', snapshotId, '--verify', '--target', folder], {
        ...(call.signal ? { signal: call.signal } : {}),
        onStart: (pid) => {
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

  /** Removes snapshots and the data that no other one needs. */
  async forget(
    repository: OpenRepository,
    snapshotIds: readonly string[],
    call: ResticCall & { readonly prune: boolean },
  ): Promise<void> {
    const { signal } = call;
    await this.run(
      repository,
      ['forget', ...(call.prune ? ['--prune'] : []), ...snapshotIds],
      signal ? { signal } : {},
    );
  }

  /**
   * Where the repository is locked, locks of dead processes are removed (restic removes no others) and the
   * call is made again, until those of living ones are gone or two minutes have passed.
   */
  private async run(
    repository: OpenRepository,
    args: readonly string[],
    options: ChildOptions,
  ): Promise<ChildResult> {
    const deadline = Date.now() + MAX_LOCK_WAIT_MS;
    for (;;) {
      try {
        return await this.once(repository, args, options);
      } catch (error) {
        if (!(error instanceof RepositoryLockedError) || Date.now() > deadline) throw error;
        await this.once(repository, ['unlock'], options.signal ? { signal: options.signal } : {});
        await sleep(LOCK_PAUSE_MS, options.signal);
      }
    }
  }

  private async once(
    repository: OpenRepository,
    args: readonly string[],
    options: ChildOptions,
  ): Promise<ChildResult> {
    const { restic, dataDir, backupS3AccessKey, backupS3SecretKey } = this.settings;
    const result = await runChild(restic, args, {
      ...options,
      environment: {
        PATH,
        LC_ALL: 'C.UTF-8',
        RESTIC_REPOSITORY: repository.address,
        RESTIC_PASSWORD: repository.key,
        RESTIC_CACHE_DIR: join(dataDir, 'backups', 'cache'),
        RESTIC_PROGRESS_FPS: '2',
        ...(backupS3AccessKey ? { AWS_ACCESS_KEY_ID: backupS3AccessKey } : {}),
        ...(backupS3SecretKey ? { AWS_SECRET_ACCESS_KEY: backupS3SecretKey } : {}),
      },
    });
    if (result.code === 0) return result;
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

/** What a process has written to files so far; 0 where the system does not say. */
async function bytesWritten(pid: number): Promise<number> {
  const io = await readFile(`/proc/${pid}/io`, 'utf8').catch(() => '');
  return Number(/^wchar: (\d+)/m.exec(io)?.[1] ?? 0);
}
