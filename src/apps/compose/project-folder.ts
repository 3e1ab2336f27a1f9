import type { Readable } from 'node:stream';
import type { ResolvedApp, ResolvedBuild } from './resolved-app';
import type { Template } from './template';

/**
 * Lays out an installation's own folder: copies the template's files (without image archives, without
 * links that lead out) and writes `app.files`. What is there already and differs is kept when
 * `keepExisting` is set (a reinstall over kept data), else replaced.
 */
export async function prepareProjectFolder(
  template: Template,
  app: ResolvedApp,
  projectDir: string,
  options: { keepExisting?: boolean } = {},
): Promise<void> {
  throw new Error(
    `not written yet: ${template.name} ${app.appName} ${projectDir} ${options.keepExisting}`,
  );
}

/**
 * The build context as a tar stream for the engine's build call, `.dockerignore` respected and host
 * files added.
 */
export async function openBuildContext(
  template: Template,
  build: ResolvedBuild,
): Promise<Readable> {
  throw new Error(`not written yet: ${template.name} ${build.context}`);
}
