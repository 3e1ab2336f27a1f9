import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../platform/config/settings';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { canonicalReference, parseImageReference } from '../../platform/docker/image-reference';
import { bilingual } from '../../platform/i18n/bilingual';
import { readArchiveTags } from '../compose/files/image-archive';
import { openBuildContext } from '../compose/files/build-context';
import type { ResolvedApp, ResolvedImage } from '../compose/resolve/resolved-app';
import type { Template } from '../compose/template/template';
import { goArchitecture } from '../preflight/preflight-check';
import { ImageChecks } from '../images/image-checks';
import { taggedImage } from '../images/tagged-image';
import type { InstallRun, StepOutcome } from './install-journal';

interface ImageSource {
  readonly template: Template;
  readonly app: ResolvedApp;
  /** Of an upgrade: where the registry has told of a newer image, it is pulled although one is present. */
  readonly refresh: boolean;
}

/** Brings an image onto the engine: present already, from the app's archives, built, or pulled. */
@Injectable()
export class ImageProvider {
  constructor(
    private readonly engine: DockerEngine,
    private readonly settings: Settings,
    private readonly checks: ImageChecks,
  ) {}

  /** All images of the app side by side, to the end of each of them. */
  ensureAll(run: InstallRun, source: ImageSource): Promise<void>[] {
    return source.app.images.map(async (image) => {
      const { reference } = image;
      run.report.step(
        image.build
          ? bilingual(`构建镜像 ${reference}`, `Building image ${reference}`)
          : bilingual(`准备镜像 ${reference}`, `Fetching image ${reference}`),
      );
      await run.journal.run('image', reference, () => this.ensure(run, source, image));
      run.report.imageDone(reference);
    });
  }

  private async ensure(
    { report, lease: { signal } }: InstallRun,
    { template, app, refresh }: ImageSource,
    image: ResolvedImage,
  ): Promise<StepOutcome> {
    const { reference, pullPolicy, build } = image;
    const present = await this.engine.images.find(reference, { signal });
    const ownImages = app.images.map(({ original }) => original);
    if (build) {
      // A local build is cheap and cached by the engine: it always matches the folder.
      await this.build(template, image, signal);
    } else if (
      pullPolicy === 'always' ||
      !present ||
      (refresh && (await this.isOutdated(template, image, present.Id)))
    ) {
      const loaded = present ? false : await this.loadArchives(template, image, ownImages, signal);
      if (!loaded) {
        await this.engine.images.pull(reference, {
          signal,
          ...(image.platform ? { platform: image.platform } : {}),
          stallMs: this.settings.pullStallSeconds * 1000,
          onProgress: (pull, layer) => report.image(reference, pull, layer),
        });
        if (present) await this.checks.askSoon(reference);
      }
    }
    return { engineId: reference, adopted: present !== null };
  }

  private async isOutdated(
    { archives }: Template,
    image: ResolvedImage,
    presentId: string,
  ): Promise<boolean> {
    if (image.pullPolicy === 'never' || archives.length > 0) return false;
    const { arch } = await this.engine.facts();
    return this.checks.isOutdated(taggedImage(image, goArchitecture(arch)), presentId);
  }

  private async build(
    template: Template,
    image: ResolvedImage,
    signal: AbortSignal,
  ): Promise<void> {
    const { build, reference } = image;
    if (!build) return;
    await this.engine.images.build(await openBuildContext(template, build), reference, {
      labels: build.labels,
      buildArgs: build.args,
      dockerfile: build.dockerfile,
      ...(build.target ? { target: build.target } : {}),
      signal,
    });
    for (const tag of build.extraTags) {
      const { name, version } = parseImageReference(tag);
      await this.engine.images.tag(reference, name, version);
    }
  }

  /**
   * True when one of the app's archives brought the image, under its own name even where a mirror stands
   * before it. Loading sets names: an archive that would claim the name of an image that is not the
   * app's is left alone, unless its catalog is trusted.
   */
  private async loadArchives(
    template: Template,
    image: ResolvedImage,
    ownImages: readonly string[],
    signal: AbortSignal,
  ): Promise<boolean> {
    const wanted = canonicalReference(image.original);
    const own = new Set(ownImages.map(canonicalReference));
    for (const archive of template.archives) {
      const path = join(template.folder, archive);
      const tags = (await readArchiveTags(path)) ?? [];
      const foreign = tags.some((tag) => !own.has(tag));
      if (!tags.includes(wanted) || (foreign && !template.trusted)) continue;
      await this.engine.images.load(createReadStream(path), { signal });
      if (image.reference !== image.original) {
        const { name, version } = parseImageReference(image.reference);
        await this.engine.images.tag(image.original, name, version);
      }
      if (await this.engine.images.find(image.reference, { signal })) return true;
    }
    return false;
  }
}
