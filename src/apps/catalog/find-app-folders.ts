import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { composeFileNames } from '../compose/template/load-template';

/** A folder that holds an app, or that should. */
export interface AppFolder {
  /** The app's name: the folder's name in lower case, spaces as hyphens. */
  readonly name: string;
  readonly path: string;
  /** Changes when a file directly in the folder does. */
  readonly signature: string;
}

/**
 * The app folders of a catalog: those in `apps/` or `Apps/` where there is one, else those directly
 * below that hold a Compose file. Rejects where the catalog cannot be read.
 */
export async function findAppFolders(catalog: string): Promise<AppFolder[]> {
  const top = await readdir(catalog);
  const nested = top.find((name) => name === 'apps') ?? top.find((name) => name === 'Apps');
  const root = nested ? join(catalog, nested) : catalog;
  const names = (await readdir(root)).filter((name) => !/^[._]/.test(name)).sort();
  const folders: AppFolder[] = [];
  for (const name of names) {
    const path = join(root, name);
    const files = await filesIn(path);
    if (!files) continue;
    const holdsApp = files.some((file) => (composeFileNames as readonly string[]).includes(file));
    // Outside `apps/` a folder without a Compose file holds documents; it is not a broken app.
    if (!nested && !holdsApp) continue;
    folders.push({ name: appNameOf(name), path, signature: await signatureOf(path) });
  }
  return folders;
}

function appNameOf(folder: string): string {
  return folder.toLowerCase().trim().replace(/\s+/g, '-');
}

async function filesIn(path: string): Promise<string[] | null> {
  try {
    return await readdir(path);
  } catch (error) {
    // A file is no app; an unreadable folder is an app to report.
    return (error as NodeJS.ErrnoException).code === 'ENOTDIR' ? null : [];
  }
}

/** Changes when a file directly in the folder does; a folder that is gone has one too. */
export async function signatureOf(path: string): Promise<string> {
  const files = (await filesIn(path)) ?? [];
  return [await realpath(path).catch(() => path), await stampsOf(path, files)].join('\n');
}

/** Changes when one of these files does, or comes, or goes. */
export async function stampsOf(folder: string, files: readonly string[]): Promise<string> {
  const stamps = await Promise.all(
    files.map(async (name) => {
      try {
        const { mtimeMs, size, ino } = await stat(join(folder, name));
        return `${name} ${mtimeMs} ${size} ${ino}`;
      } catch {
        return name;
      }
    }),
  );
  return stamps.join('\n');
}
