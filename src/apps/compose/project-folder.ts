import { chmod, copyFile, lstat, mkdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { listFolder, resolveInside } from './safe-files';
import type { ResolvedApp } from './resolved-app';
import type { Template } from './template';

export { openBuildContext } from './build-context';

/**
 * Lays out an installation's own folder: copies the template's files (without image archives and
 * without links that lead out) and writes `app.files`. With `keepExisting` files that are there already
 * stay as they are, except the Compose file and `app.files`: a reinstall over kept data.
 */
export async function prepareProjectFolder(
  template: Template,
  app: ResolvedApp,
  projectDir: string,
  options: { keepExisting?: boolean } = {},
): Promise<void> {
  await mkdir(projectDir, { recursive: true });
  const { entries } = await listFolder(template.folder);
  const archives = new Set(template.archives);
  for (const { path, kind } of entries) {
    if (archives.has(path) || path === 'images') continue;
    const target = join(projectDir, path);
    if (kind === 'folder') {
      await mkdir(target, { recursive: true });
      continue;
    }
    const keep = options.keepExisting && path !== template.composeFile;
    if (kind === 'other' || (keep && (await exists(target)))) continue;
    if (kind === 'link' && 'fault' in (await resolveInside(template.folder, path))) continue;
    await mkdir(dirname(target), { recursive: true });
    // Whatever lies there is replaced, not written through: an app may have put a link in its place.
    await rm(target, { force: true, recursive: true });
    if (kind === 'link') await symlink(await readlink(join(template.folder, path)), target);
    else await copyFile(join(template.folder, path), target);
  }
  for (const { path, content, mode } of app.files) {
    const target = join(projectDir, path);
    await mkdir(dirname(target), { recursive: true });
    await rm(target, { force: true });
    await writeFile(target, content, { mode: 0o600 });
    await chmod(target, mode);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    return false;
  }
}
