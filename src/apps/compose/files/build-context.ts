import { createReadStream } from 'node:fs';
import { lstat, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import dockerIgnore from '@balena/dockerignore';
import { pack, type Pack } from 'tar-stream';
import { bilingual, type Bilingual } from '../../../platform/i18n/bilingual';
import { DomainError } from '../../../platform/errors/domain-error';
import { listFolder, readTextInside, resolveInside } from '../language/safe-files';
import { INLINE_DOCKERFILE, type ResolvedBuild } from '../resolve/resolved-app';
import type { Template } from '../template/template';

/** A build cannot be carried out on this machine as the template wants it. */
export class BuildContextError extends DomainError {
  constructor(message: Bilingual) {
    super('invalid', message);
  }
}

/** Names in the archive and where each file lies. */
type FilesByName = ReadonlyMap<string, string>;

/**
 * The build context as a tar stream for the engine's build call: the context folder of the template without
 * what `.dockerignore` names, and host files. The stream fails when a file changes its size meanwhile.
 * @throws BuildContextError where the folder or a host file is missing
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
  const files = await contextFiles(context.path, build.dockerfile);
  for (const [name, candidates] of Object.entries(build.hostFiles)) {
    files.set(name, await firstFile(name, candidates));
  }
  return Readable.from(archiveOf(files, build.dockerfileInline), { objectMode: false });
}

/** Begins with the first read: what fails then reaches the reader, and no stream is left without one. */
async function* archiveOf(files: FilesByName, dockerfileInline: string | null) {
  const archive = pack();
  const added = addAll(archive, files, dockerfileInline);
  added.catch((error: Error) => archive.destroy(error));
  yield* archive as AsyncIterable<Buffer>;
  await added;
}

async function contextFiles(folder: string, dockerfile: string): Promise<Map<string, string>> {
  const rules = await readTextInside(folder, '.dockerignore');
  const ignore = dockerIgnore({ ignorecase: false }).add('text' in rules ? rules.text : '');
  const files = new Map<string, string>();
  for (const { path, kind } of (await listFolder(folder)).entries) {
    if (kind !== 'file' && kind !== 'link') continue;
    if (path !== dockerfile && path !== '.dockerignore' && ignore.ignores(path)) continue;
    if (kind === 'link' && 'fault' in (await resolveInside(folder, path))) continue;
    files.set(path, join(folder, path));
  }
  return files;
}

/** One file after the other, never more than a chunk of one in memory. */
async function addAll(
  archive: Pack,
  files: FilesByName,
  dockerfileInline: string | null,
): Promise<void> {
  // Without a fixed time the same files would make another archive.
  const mtime = new Date(0);
  for (const [name, path] of files) {
    const status = await lstat(path);
    if (status.isSymbolicLink()) {
      archive.entry({ name, mtime, type: 'symlink', linkname: await readlink(path) });
    } else if (status.isFile()) {
      const { size } = status;
      const entry = archive.entry({ name, mtime, size, mode: status.mode & 0o777 });
      await (size === 0 ? entry.end() : pipeline(createReadStream(path, { end: size - 1 }), entry));
    }
  }
  if (dockerfileInline !== null)
    archive.entry({ name: INLINE_DOCKERFILE, mtime }, dockerfileInline);
  archive.finalize();
}

async function firstFile(name: string, candidates: readonly string[]): Promise<string> {
  for (const path of candidates) {
    const status = await stat(path).catch(() => null);
    if (status?.isFile()) return path;
  }
  throw new BuildContextError(
    bilingual(
      `本机缺少 ${name}（${candidates.join('、')}），请先安装`,
      `this machine has no ${name} (${candidates.join(', ')}): install it first`,
    ),
  );
}
