import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  readlink,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { BusinessCode } from '../../../platform/errors/business-code';
import { DomainError } from '../../../platform/errors/domain-error';
import { bilingual } from '../../../platform/i18n/bilingual';
import { listFolder, resolveInside } from '../language/safe-files';
import type { ResolvedApp } from '../resolve/resolved-app';
import type { Template } from '../template/template';

export { openBuildContext } from './build-context';

/** A link in an app's own folder leads a bind out of it. */
export class BindEscapesError extends DomainError {
  constructor(appName: string, source: string) {
    super({
      code: BusinessCode.Forbidden,
      kind: 'forbidden',
      message: bilingual(
        `应用 ${appName} 的目录中 ${source} 是指向目录之外的链接，请先删除该链接`,
        `${source} in the folder of ${appName} is a link that leads out of it: remove the link first`,
      ),
    });
  }
}

/**
 * Lays out an installation's own folder: copies the template's files (without image archives and
 * without links that lead out) and writes `app.files`. With `keepExisting` files that are there already
 * stay as they are, except the Compose file and `app.files`: a reinstall over kept data. Throws
 * {@link BindEscapesError} where a link would lead a bind out of the folder.
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
  await refuseEscapes(app, projectDir);
}

/**
 * A container may have put a link into its folder since the last install, and the engine would follow
 * it: what a bind starts from must really lie in the folder.
 */
async function refuseEscapes(app: ResolvedApp, projectDir: string): Promise<void> {
  if (app.trusted) return;
  const root = await realpath(projectDir);
  for (const service of app.project.services.values()) {
    for (const { type, source } of service.mounts) {
      if (type !== 'bind' || source === null) continue;
      const real = await realpathOfNearest(resolve(projectDir, source));
      if (real !== root && !real.startsWith(root + sep))
        throw new BindEscapesError(app.appName, source);
    }
  }
}

/** The real path of the nearest ancestor that exists. */
async function realpathOfNearest(path: string): Promise<string> {
  for (let current = path; ; current = dirname(current)) {
    try {
      return await realpath(current);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // A link to nothing is one all the same: the engine would create what it points to.
      const dangling = code === 'ENOENT' && (await exists(current));
      if (dangling) return resolve(dirname(current), await readlink(current));
      if (code !== 'ENOENT' || current === dirname(current)) throw error;
    }
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
