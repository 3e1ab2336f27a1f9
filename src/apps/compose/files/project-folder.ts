import { constants } from 'node:fs';
import { mkdir, open, readlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { listFolder, resolveInside, type FolderEntry } from '../language/safe-files';
import { inlineFilePath } from '../resolve/resolve-resources';
import type { ResolvedApp } from '../resolve/resolved-app';
import type { Template } from '../template/template';
import { ensureBindSources, refusing } from './bind-sources';
import { FolderHandle, inFolder, partsOf } from './folder-handle';

export interface ProjectFolderOptions {
  readonly keepExisting?: boolean;
  /** Ids mean the same users in containers as here: not where the engine maps them. */
  readonly idsAreShared?: boolean;
}

/**
 * Lays out an installation's own folder: copies the template's files (without image archives and
 * without links that lead out) and writes `app.files`. With `keepExisting` files that are there already
 * stay as they are, except the Compose file and `app.files`: a reinstall over kept data. Nothing is
 * written or removed through a link that an app left behind. A file of `app.files` whose one reader is
 * known belongs to it alone; others are readable by all, in a data folder that no other user can enter.
 * @throws BindEscapesError where a link lies on the way to a file or where a bind starts
 */
export async function prepareProjectFolder(
  template: Template,
  app: ResolvedApp,
  projectDir: string,
  options: ProjectFolderOptions = {},
): Promise<void> {
  await mkdir(dirname(projectDir), { recursive: true, mode: 0o700 });
  await mkdir(projectDir, { recursive: true });
  const { entries } = template.singleFile
    ? { entries: [{ path: template.composeFile, kind: 'file' as const }] }
    : await listFolder(template.folder);
  const archives = new Set(template.archives);
  await FolderHandle.with(projectDir, async (root) => {
    for (const entry of entries) {
      if (archives.has(entry.path) || entry.path === 'images') continue;
      const keep = Boolean(options.keepExisting) && entry.path !== template.composeFile;
      await refusing(app.appName, entry.path, () => copyEntry(template, entry, root, keep));
    }
    for (const { path, content, mode, owner } of app.files) {
      const reader = options.idsAreShared ? owner : null;
      await refusing(app.appName, path, () =>
        writeTo(root, path, (folder, name) => folder.writeFile(name, content, mode, reader)),
      );
    }
  });
  if (!app.trusted) await ensureBindSources(app.appName, projectDir, bindSources(app, projectDir));
}

async function copyEntry(
  template: Template,
  { path, kind }: FolderEntry,
  root: FolderHandle,
  keep: boolean,
): Promise<void> {
  if (kind === 'other') return;
  if (kind === 'folder') return inFolder(root, partsOf(path), async () => undefined);
  const source = join(template.folder, path);
  if (kind === 'link' && 'fault' in (await resolveInside(template.folder, path))) return;
  await writeTo(root, path, async (folder, name) => {
    if (keep && (await folder.statOf(name))) return;
    if (kind === 'link') return folder.writeLink(name, await readlink(source));
    const file = await open(source, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const { mode } = await file.stat();
      await folder.writeFile(name, file.createReadStream({ autoClose: false }), mode & 0o777);
    } finally {
      await file.close();
    }
  });
}

function writeTo(
  root: FolderHandle,
  path: string,
  write: (folder: FolderHandle, name: string) => Promise<void>,
): Promise<void> {
  const parts = partsOf(path);
  return inFolder(root, parts.slice(0, -1), (folder) => write(folder, parts.at(-1) ?? ''));
}

/** Absolute paths at which the app's binds start. */
function bindSources({ project }: ResolvedApp, projectDir: string): string[] {
  const services = [...project.services.values()];
  const binds = services
    .flatMap(({ mounts }) => mounts)
    .flatMap(({ type, source }) => (type === 'bind' && source !== null ? [source] : []));
  const files = (['configs', 'secrets'] as const).flatMap((kind) =>
    services
      .flatMap((service) => service[kind])
      .map(({ source }) => project[kind].get(source)?.file ?? inlineFilePath(kind, source)),
  );
  return [...binds, ...files].map((source) => resolve(projectDir, source));
}
