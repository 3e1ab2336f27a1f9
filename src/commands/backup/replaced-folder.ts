import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { leftOut } from './archive';

/** What belongs to a restore or a backup under way. */
const passing = /^(restore|replaced|backup)-/;

/** The contents of a data folder, exchanged for others and, where needed, back again. */
export class ReplacedFolder {
  private readonly moved: { readonly from: string; readonly to: string }[] = [];

  private constructor(private readonly aside: string) {}

  /**
   * Puts the contents of `restored` in the place of all that a backup holds of `dataDir`; what was
   * there is kept aside until `forget`. When it fails everything is where it was.
   */
  static async exchange(dataDir: string, restored: string): Promise<ReplacedFolder> {
    const kept = new Set<string>(leftOut);
    const exchanged = new ReplacedFolder(await mkdtemp(join(dataDir, 'replaced-')));
    try {
      for (const name of await readdir(dataDir)) {
        if (kept.has(name) || passing.test(name)) continue;
        await exchanged.move(join(dataDir, name), join(exchanged.aside, name));
      }
      for (const name of await readdir(restored)) {
        await exchanged.move(join(restored, name), join(dataDir, name));
      }
      return exchanged;
    } catch (error) {
      await exchanged.takeBack();
      throw error;
    }
  }

  /** Removes the folders of restores that were broken off, but not `ours`. */
  static async forgetLeftovers(dataDir: string, ours: string): Promise<void> {
    for (const entry of await readdir(dataDir, { withFileTypes: true })) {
      const path = join(dataDir, entry.name);
      if (!entry.isDirectory() || !/^(restore|replaced)-/.test(entry.name) || path === ours)
        continue;
      await rm(path, { recursive: true, force: true });
    }
  }

  async forget(): Promise<void> {
    await rm(this.aside, { recursive: true, force: true });
  }

  async takeBack(): Promise<void> {
    for (let step = this.moved.pop(); step; step = this.moved.pop()) {
      await rename(step.to, step.from);
    }
    await this.forget();
  }

  private async move(from: string, to: string): Promise<void> {
    await rename(from, to);
    this.moved.push({ from, to });
  }
}
