import { randomBytes } from 'node:crypto';
import type { DockerEngine } from '../../../src/platform/docker/docker-engine';
import { parseImageReference } from '../../../src/platform/docker/image-reference';
import { buildStandIn, removeStandIn } from '../stand-in-image';

/**
 * Gives one small image the names of real ones, on this engine only. What the engine has under such a
 * name already is left alone; what is tagged here is untagged again by `removeAll`.
 */
export class StandInTags {
  private readonly base = `catalog-stand-in-${randomBytes(4).toString('hex')}:1`;
  private readonly made = new Set<string>();

  constructor(private readonly engine: DockerEngine) {}

  async build(): Promise<void> {
    await buildStandIn(this.base);
  }

  /** Answers the name to use: a digest cannot be given to another image, so there it is the stand-in's own. */
  async provide(reference: string): Promise<string> {
    if (reference.includes('@')) return this.base;
    if (this.made.has(reference) || (await this.engine.images.find(reference))) {
      return reference;
    }
    const { name, version } = parseImageReference(reference);
    await this.engine.images.tag(this.base, name, version);
    this.made.add(reference);
    return reference;
  }

  async removeAll(): Promise<void> {
    for (const reference of this.made) await this.engine.images.remove(reference);
    await removeStandIn(this.base);
  }
}
