import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EXCLUDED } from './archive';

/** Working folders of a backup or restore in progress. */
const working = /^(restore|replaced|backup)-/;

/** The contents of a data folder, replaced by others, with a way to roll back. */
export class ReplacedFolder {
  private readonly moved: { readonly from: string; readonly to: string }[] = [];

  private constructor(private readonly previous: string) {}

  /**
   * Replaces what a backup includes of `dataDir` by the contents of `restored`. The previous contents
   * are kept until `discard`. A failure leaves everything unchanged.
   */
  static async replace(dataDir: string, restored: string): Promise<ReplacedFolder> {
    const kept = new Set<string>(EXCLUDED);
    const replaced = new ReplacedFolder(await mkdtemp(join(dataDir, 'replaced-')));
    try {
      for (const name of await readdir(dataDir)) {
        if (kept.has(name) || working.test(name)) continue;
        await replaced.move(join(dataDir, name), join(replaced.previous, name));
      }
      for (const name of await readdir(restored)) {
        await replaced.move(join(restored, name), join(dataDir, name));
      }
      return replaced;
    } catch (error) {
      await replaced.rollBack();
      throw error;
    }
  }

  /** Removes the folders of interrupted restores, but not `ours`. */
  static async removeLeftovers(dataDir: string, ours: string): Promise<void> {
    for (const entry of await readdir(dataDir, { withFileTypes: true })) {
      const path = join(dataDir, entry.name);
      if (!entry.isDirectory() || !/^(restore|replaced)-/.test(entry.name) || path === ours)
        continue;
      await rm(path, { recursive: true, force: true });
    }
  }

  async discard(): Promise<void> {
    await rm(this.previous, { recursive: true, force: true });
  }

  async rollBack(): Promise<void> {
    for (let step = this.moved.pop(); step; step = this.moved.pop()) {
      await rename(step.to, step.from);
    }
    await this.discard();
  }

  private async move(from: string, to: string): Promise<void> {
    await rename(from, to);
    this.moved.push({ from, to });
  }
}
