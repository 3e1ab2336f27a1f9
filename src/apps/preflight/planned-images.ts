import { Injectable } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import type { ResolvedApp, ResolvedImage } from '../compose/resolve/resolved-app';
import type { Template } from '../compose/template/template';
import { RegistryManifests, type ImageLookup } from './registry-manifests';

export interface PlannedImage {
  readonly reference: string;
  readonly action: 'present' | 'pull' | 'build';
  /** What the registry says; null where it was not asked. */
  readonly lookup: ImageLookup | null;
}

/** Finds for each image of an app whether it is present, built or pulled, and how big the pull is. */
@Injectable()
export class PlannedImages {
  constructor(
    private readonly engine: DockerEngine,
    private readonly manifests: RegistryManifests,
  ) {}

  /** @param architecture the engine's, in Go's names */
  async of(template: Template, app: ResolvedApp, architecture: string): Promise<PlannedImage[]> {
    // Archives beside the template come first, and need no registry.
    const offline = template.archives.length > 0;
    return Promise.all(
      app.images.map(async (image) => {
        const { reference, platform } = image;
        const action = await this.actionOf(image);
        if (action !== 'pull' || offline) return { reference, action, lookup: null };
        const wanted = platform?.split('/')[1] ?? architecture;
        const login = await this.engine.registryLogins.find(reference);
        const lookup = await this.manifests.lookUp(reference, wanted, login);
        return { reference, action, lookup };
      }),
    );
  }

  private async actionOf(image: ResolvedImage): Promise<PlannedImage['action']> {
    if (image.build) return 'build';
    const present = await this.engine.images.find(image.reference);
    return present && image.pullPolicy !== 'always' ? 'present' : 'pull';
  }
}

/** Packed bytes of one image; null where they are not known. */
export function sizeOf({ lookup }: PlannedImage): number | null {
  if (lookup?.kind !== 'found') return null;
  return [...lookup.layers.values()].reduce((sum, size) => sum + size, 0);
}

/** Packed bytes of all of them as far as known; a layer that two of them share is pulled once. */
export function pullBytesOf(images: readonly PlannedImage[]): number {
  const layers = new Map<string, number>();
  for (const { lookup } of images) {
    if (lookup?.kind !== 'found') continue;
    for (const [digest, size] of lookup.layers) layers.set(digest, size);
  }
  return [...layers.values()].reduce((sum, size) => sum + size, 0);
}
