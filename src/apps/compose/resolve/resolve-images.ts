import { posix } from 'node:path';
import type { ResolveContext } from './resolve-resources';
import type { ComposeService } from '../project/compose-project';
import { throughMirror } from '../../../platform/docker/image-reference';
import { INLINE_DOCKERFILE, type ResolvedBuild, type ResolvedImage } from './resolved-app';

/** One entry for each image that has to be there, in the order of the services. */
export function imagesOf(context: ResolveContext): ResolvedImage[] {
  const images = new Map<string, ResolvedImage>();
  for (const service of context.project.services.values()) {
    const reference = imageReferenceOf(context, service);
    const key = `${reference} ${service.platform ?? ''}`;
    const known = images.get(key);
    images.set(key, {
      reference,
      original: service.image ?? reference,
      services: [...(known?.services ?? []), service.name],
      platform: service.platform,
      pullPolicy: known?.pullPolicy === 'always' ? 'always' : service.pullPolicy,
      build: buildOf(context, service) ?? known?.build ?? null,
    });
  }
  return [...images.values()];
}

/**
 * What a service's container is created from. A built image gets its own
 * name: under the template's name it could replace a real image that other apps use.
 */
export function imageReferenceOf(
  { projectName, input, template }: Pick<ResolveContext, 'projectName' | 'input' | 'template'>,
  service: ComposeService,
): string {
  if (service.build && !(template.trusted && service.image))
    return `${projectName}-${service.name}:latest`;
  return throughMirror(service.image ?? '', service.build ? '' : (input.mirrorPrefix ?? ''));
}

function buildOf(
  { template }: ResolveContext,
  { build, platform }: ComposeService,
): ResolvedBuild | null {
  return (
    build && {
      context: build.context,
      dockerfile:
        build.dockerfileInline === null ? posix.normalize(build.dockerfile) : INLINE_DOCKERFILE,
      dockerfileInline: build.dockerfileInline,
      args: Object.fromEntries(build.args),
      target: build.target,
      labels: Object.fromEntries(build.labels),
      extraTags: template.trusted ? build.tags : [],
      extraHosts: build.extraHosts.map(({ host, address }) => `${host}:${address}`),
      noCache: build.noCache,
      pull: build.pull,
      shmSize: build.shmSize,
      platform: build.platform ?? platform,
      hostFiles: template.builtIn ? template.metadata.hostFiles : {},
    }
  );
}
