import { InjectQueue } from '@nestjs/bull';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bull';
import type { InstallJob } from './install.jobs';

export const INSTALL_QUEUE = 'installs';

/** Redis that does not answer must not hold a request up: the sweeper finds the row anyway. */
const NUDGE_TIMEOUT_MS = 300;

/** Wakes a worker up. The row is the truth: a nudge that is lost costs two seconds, not an install. */
@Injectable()
export class InstallQueue {
  constructor(@InjectQueue(INSTALL_QUEUE) private readonly queue: Queue<InstallJob>) {}

  async nudge(installationId: string): Promise<void> {
    const added = this.queue.add({ installationId }, { jobId: `${installationId}-${Date.now()}` });
    const late = new Promise<void>((resolve) => setTimeout(resolve, NUDGE_TIMEOUT_MS).unref());
    await Promise.race([added.then(() => undefined), late]).catch(() => undefined);
    added.catch(() => undefined);
  }
}
