import { statSync, type Dirent } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
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

/** Folders looked at together: each look for itself would wake another thread. */
const AT_ONCE = 16;

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
  const realRoot = await realpath(root);
  const appAt = async (entry: Dirent): Promise<AppFolder | null> => {
    const { name } = entry;
    const path = join(root, name);
    if (single.has(name)) {
      const signature = await stampsOf(root, [name]);
      return { name: appNameOf(name.replace(/\.ya?ml$/, '')), path: root, file: name, signature };
    }
    const files = await filesIn(path);
    if (!files) return null;
    const holdsApp = files.some((file) => APP_FILES.has(file));
    // Outside `apps/` a folder without a Compose file holds documents; it is not a broken app.
    if (nested === null && !holdsApp) return null;
    const real = entry.isDirectory() ? join(realRoot, name) : await realPathOf(path);
    return { name: appNameOf(name), path, signature: await signatureOf(real, path, files) };
  };
  const folders: (AppFolder | null)[] = [];
  for (let start = 0; start < entries.length; start += AT_ONCE) {
    folders.push(...(await Promise.all(entries.slice(start, start + AT_ONCE).map(appAt))));
    await nextTurn();
  }
  return folders.filter((folder) => folder !== null);
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
  if (file !== undefined) return stampsOf(path, [file]);
  return signatureOf(await realPathOf(path), path, (await filesIn(path)) ?? []);
}

/** Changes when a file directly in the folder does. */
async function signatureOf(real: string, path: string, files: readonly string[]): Promise<string> {
  return [real, await stampsOf(path, files)].join('\n');
}

/** A folder that is gone has one too. */
async function realPathOf(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}

/**
 * Changes when one of these files does, or comes, or goes. Their folder has just been listed: to look at each costs
 * less here than a turn to another thread.
 */
export async function stampsOf(folder: string, files: readonly string[]): Promise<string> {
  const stamps: string[] = [];
  for (const name of files) {
    if (stamps.length % AT_ONCE === AT_ONCE - 1) await nextTurn();
    stamps.push(stampOf(join(folder, name), name));
  }
  return stamps.join('\n');
}

function stampOf(path: string, name: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path);
    return `${name} ${mtimeMs} ${size} ${ino}`;
  } catch {
    return name;
  }
}
