import { InjectQueue } from '@nestjs/bull';
import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import type { Queue } from 'bull';
import { Settings } from '../../platform/config/settings';
import { withDeadline } from '../../platform/waiting/deadline';
import { InstallRunner } from './install.runner';

export const INSTALL_QUEUE = 'installs';

/** A Redis that does not answer must not hold a request up: the sweeper finds the row anyway. */
const WAKE_TIMEOUT_MS = 300;
/** A job only wakes the runner and ends at once, so many may be taken. */
const CONCURRENCY = 8;
const CLOSE_TIMEOUT_MS = 3_000;

/** The row says what is to be done. */
interface InstallJob {
  readonly installationId: string;
}

/** Wakes a worker. The row is the truth: a lost job costs two seconds, not an install. */
@Injectable()
export class InstallQueue implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(InstallQueue.name);

  constructor(
    @InjectQueue(INSTALL_QUEUE) private readonly queue: Queue<InstallJob>,
    private readonly settings: Settings,
    private readonly runner: InstallRunner,
  ) {}

  /** Never throws. */
  async wake(installationId: string): Promise<void> {
    const added = this.queue.add({ installationId }, { jobId: `${installationId}-${Date.now()}` });
    await withDeadline(
      added.catch(() => undefined),
      WAKE_TIMEOUT_MS,
      () => undefined,
    );
  }

  onApplicationBootstrap(): void {
    if (this.settings.role === 'api') return;
    this.queue.on('error', (error) => this.logger.debug(`install queue: ${error.message}`));
    this.queue
      .process(CONCURRENCY, ({ data }) => {
        // The run outlives the job: the row's lease decides which run works, not the queue's lock.
        void this.runner.run(data.installationId);
        return Promise.resolve();
      })
      .catch((error: unknown) => this.logger.warn(`install queue stopped: ${String(error)}`));
  }

  async onModuleDestroy(): Promise<void> {
    if (this.settings.role === 'api') return;
    await withDeadline(
      this.queue.close().catch(() => undefined),
      CLOSE_TIMEOUT_MS,
      () => undefined,
    );
  }
}
