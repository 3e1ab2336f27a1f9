import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { headOf } from '../compose/layouts/coolify';
import { composeFileNames } from '../compose/layouts/load-template';
import { readTextInside } from '../compose/language/safe-files';

/** A folder that holds an app, or that should. */
export interface AppFolder {
  /** The app's name: the folder's name in lower case, spaces as hyphens. */
  readonly name: string;
  readonly path: string;
  /** Of an app that is one file: its name in the folder. */
  readonly file?: string;
  /** Changes when a file directly in the folder does. */
  readonly signature: string;
}

/** Folders in which stores keep their apps, best first. */
const APP_ROOTS = ['apps', 'Apps', 'blueprints', 'templates/compose'];

/** Files by which a folder is known as an app. */
const APP_FILES: ReadonlySet<string> = new Set([...composeFileNames, 'docker-compose.json']);

/**
 * The apps of a catalog: those in `apps/`, `Apps/`, `blueprints/` or `templates/compose/` where there is one, else
 * those directly below. An app is a folder or, where the files begin like those of Coolify, a single `<name>.yaml`.
 * Rejects where the catalog cannot be read.
 */
export async function findAppFolders(catalog: string): Promise<AppFolder[]> {
  const nested = await nestedRoot(catalog);
  const root = nested === null ? catalog : join(catalog, nested);
  const listed = await readdir(root, { withFileTypes: true });
  const entries = listed.filter(({ name }) => !/^[._]/.test(name)).sort(byName);
  const single = await singleFiles(root, entries);
  const folders: AppFolder[] = [];
  for (const { name } of entries) {
    const path = join(root, name);
    if (single.has(name)) {
      const signature = await stampsOf(root, [name]);
      folders.push({
        name: appNameOf(name.replace(/\.ya?ml$/, '')),
        path: root,
        file: name,
        signature,
      });
      continue;
    }
    const files = await filesIn(path);
    if (!files) continue;
    const holdsApp = files.some((file) => APP_FILES.has(file));
    // Outside `apps/` a folder without a Compose file holds documents; it is not a broken app.
    if (nested === null && !holdsApp) continue;
    folders.push({ name: appNameOf(name), path, signature: await signatureOf(path) });
  }
  return folders;
}

async function nestedRoot(catalog: string): Promise<string | null> {
  const top = new Set(await readdir(catalog));
  for (const root of APP_ROOTS) {
    const [first = ''] = root.split('/');
    if (top.has(first) && (await filesIn(join(catalog, root)))?.length) return root;
  }
  return null;
}

/** Names of the files that are apps by themselves: all Compose files, if the first of them has a store's head. */
async function singleFiles(
  root: string,
  entries: readonly { readonly name: string; isFile(): boolean }[],
): Promise<ReadonlySet<string>> {
  const names = entries
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name) && !APP_FILES.has(entry.name))
    .map(({ name }) => name);
  const first = names[0];
  if (first === undefined) return new Set();
  const read = await readTextInside(root, first);
  return new Set('text' in read && headOf(read.text).size > 0 ? names : []);
}

function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  return one.name < other.name ? -1 : 1;
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

/** The signature of an app as it is now. */
export async function currentSignature({ path, file }: AppFolder): Promise<string> {
  return file === undefined ? signatureOf(path) : stampsOf(path, [file]);
}

/** Changes when a file directly in the folder does; a folder that is gone has one too. */
async function signatureOf(path: string): Promise<string> {
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
