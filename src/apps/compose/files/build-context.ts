import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { bilingual } from '../../../platform/i18n/bilingual';
import { BusinessCode } from '../../../platform/errors/business-code';
import { DomainError, type DomainErrorSpec } from '../../../platform/errors/domain-error';
import { parseDockerIgnore } from './docker-ignore';
import { listFolder, readTextInside, resolveInside } from '../language/safe-files';
import { inlineDockerfile, type ResolvedBuild } from '../resolve/resolved-app';
import { writeTar, type TarEntry } from './tar-writer';
import type { Template } from '../template/template';

/** A build cannot be carried out on this machine as the template wants it. */
export class BuildContextError extends DomainError {
  constructor(message: DomainErrorSpec['message']) {
    super({ code: BusinessCode.BadRequest, kind: 'invalid', message });
  }
}

/**
 * The build context as a tar stream for the engine's build call: the context folder of the template,
 * `.dockerignore` respected, host files added. Throws {@link BuildContextError} where the folder or a host
 * file is missing.
 */
export async function openBuildContext(
  template: Template,
  build: ResolvedBuild,
): Promise<Readable> {
  const context = await resolveInside(template.folder, build.context);
  if ('fault' in context) {
    throw new BuildContextError(
      bilingual(
        `构建目录 ${build.context} 不可用`,
        `the build context ${build.context} cannot be used`,
      ),
    );
  }
  const ignore = await readTextInside(context.path, '.dockerignore');
  const ignored = 'text' in ignore ? parseDockerIgnore(ignore.text) : () => false;
  const { entries } = await listFolder(context.path);
  const files: TarEntry[] = [];
  for (const { path, kind } of entries) {
    if (kind !== 'file' && kind !== 'link') continue;
    if (path !== build.dockerfile && path !== '.dockerignore' && ignored(path)) continue;
    if (kind === 'link' && 'fault' in (await resolveInside(context.path, path))) continue;
    files.push({ name: path, from: { path: join(context.path, path) } });
  }
  for (const [name, candidates] of Object.entries(build.hostFiles)) {
    files.push({ name, from: { path: await firstFile(name, candidates) } });
  }
  if (build.dockerfileInline !== null) {
    files.push({ name: inlineDockerfile, from: { content: Buffer.from(build.dockerfileInline) } });
  }
  return Readable.from(writeTar(files), { objectMode: false });
}

async function firstFile(name: string, candidates: readonly string[]): Promise<string> {
  for (const path of candidates) {
    const status = await stat(path).catch(() => null);
    if (status?.isFile()) return path;
  }
  throw new BuildContextError(
    bilingual(
      `本机缺少 ${name}（${candidates.join('、')}），请先安装`,
      `this machine lacks ${name} (${candidates.join(', ')}): install it first`,
    ),
  );
}
