import { mkdir, stat } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { domainError } from '../../../platform/errors/domain-error';
import { FolderHandle, inFolder, NotPlainError, partsOf } from './folder-handle';

/** Where a bind starts, or a folder on the way to it, is not a plain folder or file of the app. */
export class BindEscapesError extends domainError(
  'forbidden',
  (appName: string, source: string) =>
    `应用 ${appName} 的目录中 ${source} 是链接或特殊文件，请先删除它`,
  (appName, source) =>
    `${source} in the folder of ${appName} is a link or a special file: remove it first`,
) {}

/** Files of the machine that hold its time zone and nothing else: the policy lets them be bound read-only. */
export const CLOCK_FILES: ReadonlySet<string> = new Set(['/etc/localtime', '/etc/timezone']);

/** A file of the machine that an app binds is not there; the engine would make a folder in its place. */
export class HostFileMissingError extends domainError(
  'conflict',
  (path: string) => `本机没有文件 ${path}`,
  (path) => `this machine has no file ${path}`,
) {}

/**
 * Makes sure that binds start at plain folders and files of an app's folder, part by part and without following
 * a link; missing ones are made as folders, so that the engine never makes one itself. To be called before
 * every start: an app may have changed its folders since.
 * @param sources absolute; those outside the folder are refused, but for the files of the clock
 * @throws BindEscapesError, HostFileMissingError
 */
export async function ensureBindSources(
  appName: string,
  projectDir: string,
  sources: readonly string[],
): Promise<void> {
  if (sources.length === 0) return;
  await mkdir(projectDir, { recursive: true });
  await FolderHandle.with(projectDir, async (root) => {
    for (const source of new Set(sources)) {
      if (CLOCK_FILES.has(source)) {
        await requireFile(source);
        continue;
      }
      const path = relative(projectDir, source);
      const parts = partsOf(path);
      if (parts.includes('..') || source.split('/').includes('..'))
        throw new BindEscapesError(appName, source);
      const last = parts.at(-1);
      if (last === undefined) continue;
      await refusing(appName, path, () =>
        inFolder(root, parts.slice(0, -1), async (folder) => {
          const status = await folder.statOf(last);
          if (status?.isFile()) return;
          await (await folder.ensureFolder(last)).close();
        }),
      );
    }
  });
}

async function requireFile(path: string): Promise<void> {
  const status = await stat(path).catch(() => null);
  if (!status?.isFile()) throw new HostFileMissingError(path);
}

/** Removes an app's folder with all that is in it, links themselves and not what they lead to. */
export async function removeProjectFolder(projectDir: string): Promise<void> {
  const parent = dirname(projectDir);
  const name = relative(parent, projectDir);
  await FolderHandle.with(parent, (folder) => folder.remove(name)).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    },
  );
}

/** Turns a link in the way into the error that names it. */
export async function refusing<T>(
  appName: string,
  path: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NotPlainError) throw new BindEscapesError(appName, path);
    throw error;
  }
}
