import { InjectQueue } from '@nestjs/bull';
import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import type { Job, Queue } from 'bull';
import { Settings } from '../../platform/config/settings';
import { closeQueue } from '../../platform/queue/queue-shutdown';
import { withDeadline } from '../../platform/waiting/deadline';
import type { AppInstallation } from '../installations/installation.entity';
import { isUnderWay, type InstallationState } from '../installations/installation-state';
import { failureOf, InstallationStore } from '../installations/installation.store';
import { InstallRunner, MAX_CONCURRENT_RUNS } from './install.runner';

export const INSTALL_QUEUE = 'installs';

/** A Redis that does not answer must not hold a request up: the sweeper finds the row anyway. */
const WAKE_TIMEOUT_MS = 300;
const CLOSE_TIMEOUT_MS = 3_000;
const PROGRESS_EVERY_MS = 1_000;
/** Ended jobs that the board shows, of each kind. */
const KEPT_JOBS = 50;

/** The row says what is to be done; the rest is for whoever reads the board. */
interface InstallJob {
  readonly installationId: string;
  readonly appName: string;
}

const JOB_NAMES: Partial<Record<InstallationState, string>> = {
  queued: 'install',
  upgrading: 'upgrade',
  uninstalling: 'uninstall',
  'rolling-back': 'roll-back',
};

/**
 * Wakes a worker, and shows its work on the board for as long as it lasts. The row is the truth: a
 * lost job costs two seconds, not an install.
 */
@Injectable()
export class InstallQueue implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(InstallQueue.name);

  constructor(
    @InjectQueue(INSTALL_QUEUE) private readonly queue: Queue<InstallJob>,
    private readonly settings: Settings,
    private readonly runner: InstallRunner,
    private readonly store: InstallationStore,
  ) {}

  /** False where Redis does not answer within 0.3 s. Never rejects. */
  async wake({
    id,
    appName,
    state,
  }: Pick<AppInstallation, 'id' | 'appName' | 'state'>): Promise<boolean> {
    const added = this.queue.add(
      JOB_NAMES[state] ?? 'install',
      { installationId: id, appName },
      {
        jobId: `${appName}-${id.slice(0, 8)}-${Date.now()}`,
        removeOnComplete: KEPT_JOBS,
        removeOnFail: KEPT_JOBS,
      },
    );
    const isAdded = added.then(
      () => true,
      () => false,
    );
    return withDeadline(isAdded, WAKE_TIMEOUT_MS, () => false);
  }

  onApplicationBootstrap(): void {
    if (this.settings.role === 'api') return;
    this.queue.on('error', (error) => this.logger.debug(`install queue: ${error.message}`));
    this.queue
      .process('*', MAX_CONCURRENT_RUNS, (job: Job<InstallJob>) => this.work(job))
      .catch((error: unknown) => this.logger.warn(`install queue stopped: ${String(error)}`));
  }

  async onModuleDestroy(): Promise<void> {
    if (this.settings.role === 'api') return;
    await closeQueue(this.queue, CLOSE_TIMEOUT_MS);
  }

  /** The row's lease, not the queue's lock, decides which run works. Rejects with what went wrong, for the board. */
  private async work(job: Job<InstallJob>): Promise<string> {
    const { installationId: id } = job.data;
    const report = setInterval(() => void this.report(job, id), PROGRESS_EVERY_MS);
    try {
      await this.runner.run(id);
    } finally {
      clearInterval(report);
    }
    const row = await this.report(job, id);
    const failure = row && failureOf(row);
    if (failure && !isUnderWay(row.state)) throw new Error(failure.message.en);
    return row?.state ?? 'gone';
  }

  private async report(job: Job<InstallJob>, id: string): Promise<AppInstallation | null> {
    const row = await this.store.findById(id).catch(() => null);
    if (row) {
      const { phase, progress: percent } = row;
      await job.progress({ phase, percent }).catch(() => undefined);
    }
    return row;
  }
}
