import { execFile } from 'node:child_process';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MAX_ATTEMPTS = 5;

/** A file system of its own in memory that can be full and have room again. Needs root. */
export class SmallDisk {
  private constructor(
    readonly folder: string,
    private readonly mebibytes: number,
  ) {}

  static async mount(mebibytes: number): Promise<SmallDisk> {
    const folder = await mkdtemp(join(tmpdir(), 'small-disk-'));
    await run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=0755`, 'tmpfs', folder]);
    return new SmallDisk(folder, mebibytes);
  }

  /** Leaves so many bytes free: shrinks the disk to what is used. */
  async fill(spareBytes = 0): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const { blocks, bfree, bsize } = await statfs(this.folder);
      try {
        return await this.resize(String((blocks - bfree) * bsize + spareBytes));
      } catch (error) {
        // Something was written in between.
        if (attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }

  empty(): Promise<void> {
    return this.resize(`${this.mebibytes}m`);
  }

  async unmount(): Promise<void> {
    await run('umount', ['-l', this.folder]);
    await rm(this.folder, { recursive: true });
  }

  private async resize(size: string): Promise<void> {
    await run('mount', ['-o', `remount,size=${size}`, this.folder]);
  }
}
