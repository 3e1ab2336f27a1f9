import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Settings } from '../../platform/config/settings';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { isEngineFailure } from '../../platform/docker/engine.errors';
import { Home } from '../homes/home';
import type { ImageIds } from './return-images';
import { RetiredImage } from './retired-image.entity';

const DAY_MS = 86_400_000;

/**
 * Removes images that upgrades have left without a name, once nobody may want to go back to them: the days of
 * `UPGRADE_BACKUP_DAYS` have passed since, and no younger backup and none that is kept was made with them.
 */
@Injectable()
export class RetiredImages {
  private readonly logger = new Logger(RetiredImages.name);

  constructor(
    private readonly settings: Settings,
    private readonly engine: DockerEngine,
    private readonly dataSource: DataSource,
    private readonly home: Home,
  ) {}

  /**
   * Writes down those whose reference stands for another image now. To be called before the containers that were
   * made from them are removed.
   */
  async note(images: ImageIds): Promise<void> {
    for (const [reference, imageId] of Object.entries(images)) {
      if (reference === '' || imageId === '') continue;
      const now = await this.engine.images.find(reference);
      if (!now || now.Id === imageId) continue;
      await this.rows().upsert({ imageId, home: this.own, reference, retiredAt: new Date() }, ['imageId', 'home']); // prettier-ignore
    }
  }

  /** Answers how many were removed. Those that something uses wait for the next time. */
  async sweep(): Promise<number> {
    let removed = 0;
    for (const row of await this.rows().findBy({ home: this.own })) {
      const { imageId, reference } = row;
      const image = await this.engine.images.find(imageId);
      const isNamed = (image?.RepoTags ?? []).some((tag) => !tag.startsWith('<none>'));
      if (!image || isNamed) {
        await this.rows().delete({ imageId, home: this.own });
        continue;
      }
      if (await this.isWanted(row)) continue;
      try {
        await this.engine.images.remove(imageId);
      } catch (error) {
        if (isEngineFailure(error, 'image-in-use')) continue;
        throw error;
      }
      await this.rows().delete({ imageId, home: this.own });
      removed += 1;
      this.logger.log({ image: imageId, reference }, `${reference}: an image of before is removed`);
    }
    return removed;
  }

  private async isWanted({ imageId, retiredAt }: RetiredImage): Promise<boolean> {
    const since = new Date(Date.now() - this.settings.upgradeBackupDays * DAY_MS);
    if (retiredAt > since) return true;
    const found = await this.dataSource.query<unknown[]>(
      `SELECT 1 FROM app_backups
       WHERE snapshotId IS NOT NULL AND INSTR(manifest, ?) > 0 AND (keptUntil > ? OR createdAt > ?) LIMIT 1`,
      [imageId, new Date(), since],
    );
    return found.length > 0;
  }

  private get own(): string {
    return this.home.nodeId ?? '';
  }

  private rows() {
    return this.dataSource.getRepository(RetiredImage);
  }
}
