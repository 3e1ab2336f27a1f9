import { constants, type Stats } from 'node:fs';
import {
  lstat,
  mkdir,
  open,
  readdir,
  rmdir,
  symlink,
  unlink,
  type FileHandle,
} from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { FileOwner } from '../resolve/file-owner';

/** In chown(2): this id stays as it is. */
const UNCHANGED = -1;

/** A link, socket, device or pipe lies where a folder or a file is expected. */
export class NotPlainError extends Error {
  constructor(readonly path: string) {
    super(`${path} is not a plain file or folder`);
    this.name = 'NotPlainError';
  }
}

/**
 * A folder that is held open. Names are looked up in the folder itself and never through a link, so nobody who
 * may write to it can lead an access elsewhere, not even by renaming folders meanwhile. Node has no openat(2):
 * on Linux a path below `/proc/self/fd/<n>` starts at the open folder, wherever that lies by now. Elsewhere
 * the path itself is used, which is only as good as lstat.
 */
export class FolderHandle {
  private constructor(
    private readonly handle: FileHandle,
    /** As it was opened, for messages. */
    readonly path: string,
  ) {}

  /** Opens a folder by its path, whose links are followed: its parents must be the server's own. */
  static async open(path: string): Promise<FolderHandle> {
    const flags = constants.O_RDONLY | constants.O_DIRECTORY;
    return new FolderHandle(await open(path, flags), path);
  }

  /** Runs `work` with a folder open. */
  static async with<T>(path: string, work: (folder: FolderHandle) => Promise<T>): Promise<T> {
    const folder = await FolderHandle.open(path);
    try {
      return await work(folder);
    } finally {
      await folder.close();
    }
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  /** Null where there is nothing of that name. */
  async statOf(name: string): Promise<Stats | null> {
    return lstat(this.at(name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
  }

  names(): Promise<string[]> {
    return readdir(this.at('.'));
  }

  /** @throws NotPlainError where it is a link or no folder */
  async folder(name: string): Promise<FolderHandle> {
    const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
    try {
      return new FolderHandle(await open(this.at(name), flags), join(this.path, name));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ELOOP' || code === 'ENOTDIR') throw new NotPlainError(join(this.path, name));
      throw error;
    }
  }

  /**
   * The folder of that name, made where there is none.
   * @throws NotPlainError where something else lies there
   */
  async ensureFolder(name: string): Promise<FolderHandle> {
    await mkdir(this.at(name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    return this.folder(name);
  }

  /**
   * Writes a new file; whatever lies there is removed first, never written through.
   * @param owner gets the file for itself; where this process may not give files away, `mode` holds for all
   */
  async writeFile(
    name: string,
    content: string | Readable,
    mode: number,
    owner: FileOwner | null = null,
  ): Promise<void> {
    await this.remove(name);
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    const file = await open(this.at(name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      const given = owner !== null && (await giveAway(file, owner));
      await file.chmod(given ? mode & (owner.gid === null ? 0o700 : 0o770) : mode);
      if (typeof content === 'string') await file.writeFile(content);
      else for await (const chunk of content) await file.appendFile(chunk as Buffer);
    } finally {
      await file.close();
    }
  }

  /**
   * Its content and permission bits; only its size where that does not fit.
   * @throws NotPlainError where it is a link or no file
   */
  async readFile(
    name: string,
    fits: (size: number) => boolean,
  ): Promise<{ content: Buffer; mode: number } | { size: number }> {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    const file = await open(this.at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(
      (error: NodeJS.ErrnoException) => {
        throw error.code === 'ELOOP' ? new NotPlainError(join(this.path, name)) : error;
      },
    );
    try {
      const found = await file.stat();
      if (!found.isFile()) throw new NotPlainError(join(this.path, name));
      if (!fits(found.size)) return { size: found.size };
      return { content: await file.readFile(), mode: found.mode & 0o777 };
    } finally {
      await file.close();
    }
  }

  async writeLink(name: string, target: string): Promise<void> {
    await this.remove(name);
    await symlink(target, this.at(name));
  }

  /** Removes a file, a link itself or a folder with all that is in it; nothing there counts as done. */
  async remove(name: string): Promise<void> {
    const status = await this.statOf(name);
    if (!status) return;
    if (!status.isDirectory()) return unlink(this.at(name));
    const folder = await this.folder(name);
    try {
      for (const inner of await folder.names()) await folder.remove(inner);
    } finally {
      await folder.close();
    }
    await rmdir(this.at(name));
  }

  private at(name: string): string {
    if (name === '' || name === '..' || /[/\0]/.test(name)) throw new Error(`not a name: ${name}`);
    const base = process.platform === 'linux' ? `/proc/self/fd/${this.handle.fd}` : this.path;
    return `${base}/${name}`;
  }
}

/** False where this process may not. */
async function giveAway(file: FileHandle, { uid, gid }: FileOwner): Promise<boolean> {
  try {
    await file.chown(uid, gid ?? UNCHANGED);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return false;
    throw error;
  }
}

/** The parts of a relative path, without `.` and empty ones. */
export function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

/**
 * Runs `work` in the folder at a relative path, whose parts are made where they are missing.
 * @throws NotPlainError where a part is a link or no folder
 */
export async function inFolder<T>(
  root: FolderHandle,
  parts: readonly string[],
  work: (folder: FolderHandle) => Promise<T>,
): Promise<T> {
  const [first, ...rest] = parts;
  if (first === undefined) return work(root);
  const folder = await root.ensureFolder(first);
  try {
    return await inFolder(folder, rest, work);
  } finally {
    await folder.close();
  }
}
