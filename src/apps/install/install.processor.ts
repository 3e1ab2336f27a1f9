import { InjectQueue } from '@nestjs/bull';
import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import type { Queue } from 'bull';
import { Settings } from '../../platform/config/settings';
import type { InstallJob } from './install.jobs';
import { INSTALL_QUEUE } from './install.queue';
import { InstallRunner } from './install.runner';

/** A job only wakes the runner up and is done at once, so many may be taken. */
const CONCURRENCY = 8;
const GRACE_MS = 3_000;

/** Hands install jobs to the runner, in processes that work. */
@Injectable()
export class InstallProcessor implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(InstallProcessor.name);

  constructor(
    @InjectQueue(INSTALL_QUEUE) private readonly queue: Queue<InstallJob>,
    private readonly settings: Settings,
    private readonly runner: InstallRunner,
  ) {}

  onApplicationBootstrap(): void {
    if (this.settings.role === 'api') return;
    this.queue.on('error', (error) => this.logger.debug(`install queue: ${error.message}`));
    this.queue
      .process(CONCURRENCY, ({ data }) => {
        // The run outlives the job: the row's own claim says who works, not the queue's lock.
        void this.runner.run(data.installationId);
        return Promise.resolve();
      })
      .catch((error: unknown) => this.logger.warn(`install queue stopped: ${String(error)}`));
  }

  async onModuleDestroy(): Promise<void> {
    if (this.settings.role === 'api') return;
    const late = new Promise<void>((resolve) => setTimeout(resolve, GRACE_MS).unref());
    await Promise.race([this.queue.close().catch(() => undefined), late]);
  }
}
