import { createHash, randomUUID } from 'node:crypto';
import {
  access,
  chmod,
  chown,
  constants,
  mkdir,
  readdir,
  rename,
  rm,
  stat,
  statfs,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../platform/config/settings';
import { SecretBox } from '../../platform/secrets/secret-box';
import { sleep } from '../../platform/waiting/sleep';
import { DataChangingError, StagingFullError } from './backup.errors';
import { runChild, type ChildResult } from '../../platform/processes/child-process';

const PATH = '/usr/local/bin:/usr/bin:/bin';
/** Left free beside a copy, for everything else that writes to that disk. */
const SPARE_BYTES = 64 * 1024 * 1024;
const FLUSH_PAUSE_MS = 500;

/** Folders in which the data of an app lie between the app and a repository. */
@Injectable()
export class Staging {
  private readonly root: string;

  constructor({ dataDir }: Settings) {
    this.root = join(dataDir, 'backups', 'staging');
  }

  folder(id: string): string {
    return join(this.root, id);
  }

  /** An empty folder that nobody else can read. */
  async begin(id: string): Promise<string> {
    await this.remove(id);
    await mkdir(this.folder(id), { recursive: true, mode: 0o700 });
    return this.folder(id);
  }

  async remove(id: string): Promise<void> {
    await removeTree(this.folder(id));
  }

  /**
   * Takes a folder away at once: to here, from where the caller or else a sweep removes it, or from another file
   * system by removing it. One that is not there is left alone.
   * @returns where it is now; empty where it is gone
   */
  async takeAway(folder: string): Promise<string[]> {
    const to = join(this.root, `gone-${randomUUID()}`);
    await mkdir(this.root, { recursive: true, mode: 0o700 });
    try {
      await rename(folder, to);
      return [to];
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EXDEV' && code !== 'ENOENT') throw error;
      await removeTree(folder);
      return [];
    }
  }

  /** Removes the folders of all work but this. */
  async sweep(keep: ReadonlySet<string>): Promise<void> {
    const names = await readdir(this.root).catch(() => []);
    for (const name of names) if (!keep.has(name)) await removeTree(join(this.root, name));
  }

  /** @throws StagingFullError */
  async requireRoom(bytes: number): Promise<void> {
    await mkdir(this.root, { recursive: true, mode: 0o700 });
    const { bavail, bsize } = await statfs(this.root);
    if (bavail * bsize < bytes + SPARE_BYTES) throw new StagingFullError();
  }
}

/** Bytes of everything below these folders, as file sizes. */
export async function sizeOf(folders: readonly string[], signal?: AbortSignal): Promise<number> {
  if (folders.length === 0) return 0;
  const result = await tool('du', ['-sbc', '--', ...folders], signal);
  if (result.code !== 0) throw new Error(`du: ${result.errors}`);
  return Number(/^(\d+)\s+\S+\s*$/m.exec(result.output.trim().split('\n').at(-1) ?? '')?.[1] ?? 0);
}

/**
 * Copies all that is in a folder into a new one, with owners, modes, times, links and extended attributes, and
 * where the file system can without copying the bytes.
 * @throws StagingFullError, DataChangingError where files vanish meanwhile, and the abort reason
 */
export async function copyTree(from: string, to: string, signal?: AbortSignal): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  const result = await tool(
    'cp',
    ['-a', '--reflink=auto', '--sparse=auto', '--', `${from}/.`, `${to}/`],
    signal,
  );
  if (result.code === 0) return;
  if (/No space left|quota exceeded/i.test(result.errors)) throw new StagingFullError();
  if (/No such file or directory/i.test(result.errors)) throw new DataChangingError();
  throw new Error(`cp: ${result.errors.slice(-500)}`);
}

const TAR = ['--format=posix', '--numeric-owner', '--acls', '--xattrs', '--xattrs-include=*'];
/** Prints the code of the first tar; ends with that of the second, and ends it where it is killed itself. */
const LIVE_COPY = `
from=$1; to=$2; shift 2
{ { tar -C "$from" "$@" --sparse -cf - .; echo "$?" >&3; } |
  setpriv --pdeathsig TERM -- tar -C "$to" "$@" --same-owner -xpf -; } 3>&1`;
/** Files changed or vanished while tar read them. */
const TAR_CHANGED = '1';

/**
 * The same while an app writes to the folder. What vanishes meanwhile is left out. By tar, as it never goes
 * through a link that the app puts in the place of a folder; cp would, and would copy files of the host.
 * @throws StagingFullError and the abort reason
 */
export async function copyLive(from: string, to: string, signal?: AbortSignal): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  const result = await tool('sh', ['-c', LIVE_COPY, 'sh', from, to, ...TAR], signal);
  const read = result.output.trim();
  if (result.code === 0 && (read === '0' || read === TAR_CHANGED)) return;
  if (/No space left|quota exceeded/i.test(result.errors)) throw new StagingFullError();
  throw new Error(`tar: ${result.errors.slice(-500)}`);
}

/** An empty folder with owner and mode of another one. */
export async function copyEmpty(from: string, to: string): Promise<void> {
  const { uid, gid, mode } = await stat(from);
  await mkdir(to, { recursive: true, mode: 0o700 });
  await chown(to, uid, gid);
  await chmod(to, mode & 0o7777);
}

/**
 * Moves a folder to where there is none; to another file system as a copy.
 * @returns whether it was copied
 * @throws as `copyTree`
 */
export async function moveTree(from: string, to: string, signal?: AbortSignal): Promise<boolean> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  try {
    await rename(from, to);
    return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await copyTree(from, to, signal);
    return true;
  }
}

/**
 * Has the disk take what was written so far to the file system of a folder. An engine that stops a container waits for
 * that, and its app would be down meanwhile. Where it cannot be done, nothing is said.
 */
export async function flush(folder: string): Promise<void> {
  await tool('sync', ['-f', '--', folder]);
}

/** Does so time and again while the work lasts, which then leaves little for the end. */
export async function flushedDuring<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  const flushing = (async () => {
    while (!over.signal.aborted) {
      await flush(folder);
      await sleep(FLUSH_PAUSE_MS, over.signal).catch(() => undefined);
    }
  })();
  try {
    return await work();
  } finally {
    over.abort();
    await flushing;
  }
}

/** Whether anything in these folders, which nobody should write, was changed since. `since` in ms since 1970. */
export async function isChangedSince(
  folders: readonly string[],
  since: number,
  signal?: AbortSignal,
): Promise<boolean> {
  if (folders.length === 0) return false;
  const tests = ['-newerct', `@${(since / 1000).toFixed(3)}`, '-print', '-quit'];
  const result = await tool('find', [...folders, ...tests], signal);
  return result.code !== 0 || result.output !== '';
}

export async function removeTree(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

export function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

export function isReadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Encrypts what a snapshot holds of secrets with a key made from that of its repository. */
export function secretsBox(repositoryKey: string): SecretBox {
  return new SecretBox(
    createHash('sha256').update(`stackscape-secrets\n${repositoryKey}`).digest(),
  );
}

function tool(
  program: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<ChildResult> {
  return runChild(program, args, {
    environment: { PATH, LC_ALL: 'C' },
    keepOutput: true,
    ...(signal ? { signal } : {}),
  });
}
