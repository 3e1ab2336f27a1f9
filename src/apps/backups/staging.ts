import { createHash } from 'node:crypto';
import { access, constants, mkdir, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../platform/config/settings';
import { SecretBox } from '../../platform/secrets/secret-box';
import { StagingFullError } from './backup.errors';
import { runChild, type ChildResult } from './child-process';

const PATH = '/usr/local/bin:/usr/bin:/bin';
/** Left free beside a copy, for everything else that writes to that disk. */
const SPARE_BYTES = 64 * 1024 * 1024;

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
 * @throws StagingFullError, and the abort reason
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
  throw new Error(`cp: ${result.errors.slice(-500)}`);
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
