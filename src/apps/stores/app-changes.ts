import { createHash } from 'node:crypto';
import { dirname, join, relative } from 'node:path';
import { findAppFolders } from './find-app-folders';

/** Names of apps, in order. */
export interface AppChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

export interface StoreCopy {
  /** Folder with the files. */
  readonly tree: string;
  /** What identifies the content of each file, by path. */
  readonly files: Readonly<Record<string, string>>;
}

/** The apps that one copy has and the other has not, or has otherwise in any of their files. */
export async function changesBetween(before: StoreCopy, after: StoreCopy): Promise<AppChanges> {
  const [old, now] = [await digests(before), await digests(after)];
  return {
    added: [...now.keys()].filter((name) => !old.has(name)).sort(),
    removed: [...old.keys()].filter((name) => !now.has(name)).sort(),
    changed: [...now.keys()].filter((name) => old.has(name) && old.get(name) !== now.get(name)).sort(), // prettier-ignore
  };
}

/** A digest of all files of each app, by name. */
async function digests({ tree, files }: StoreCopy): Promise<Map<string, string>> {
  const apps = await findAppFolders(tree).catch(() => []);
  const nameByPath = new Map<string, string>();
  for (const { path, file, name } of apps)
    nameByPath.set(relative(tree, file === undefined ? path : join(path, file)), name);
  const hashes = new Map(apps.map(({ name }) => [name, createHash('sha256')]));
  for (const path of Object.keys(files).sort()) {
    const name = ownerOf(path, nameByPath);
    if (name !== undefined) hashes.get(name)?.update(`${path}\0${files[path]}\n`);
  }
  return new Map([...hashes].map(([name, hash]) => [name, hash.digest('hex')]));
}

function ownerOf(path: string, nameByPath: ReadonlyMap<string, string>): string | undefined {
  for (let part = path; part !== '.'; part = dirname(part)) {
    const name = nameByPath.get(part);
    if (name !== undefined) return name;
  }
  return undefined;
}
