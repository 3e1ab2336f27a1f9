import { InjectQueue } from '@nestjs/bull';
import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import Bull, { type Job, type Queue } from 'bull';
import { Settings } from '../../platform/config/settings';
import { queueOptions } from '../../platform/queue/queue-options';
import { QueueRegistry } from '../../platform/queue/queue-registry';
import { closeQueue } from '../../platform/queue/queue-shutdown';
import { withDeadline } from '../../platform/waiting/deadline';
import { Home } from '../homes/home';
import type { AppInstallation } from '../installations/installation.entity';
import { isUnderWay, type InstallationState } from '../installations/installation-state';
import { failureOf, InstallationStore } from '../installations/installation.store';
import { InstallRunner, MAX_CONCURRENT_RUNS } from './install.runner';

export const INSTALL_QUEUE = 'installs';
/** A job lasts as long as the work it shows; the lease of the row guards the work itself. */
export const INSTALL_QUEUE_SETTINGS = {
  lockDuration: 120_000,
  stalledInterval: 30_000,
  maxStalledCount: 1,
} as const;

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
 * lost job costs two seconds, not an install. In a Swarm each home has a queue of its own.
 */
@Injectable()
export class InstallQueue implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(InstallQueue.name);
  /** Null in a Swarm until the node is known. */
  private queue: Queue<InstallJob> | null = null;

  constructor(
    @InjectQueue(INSTALL_QUEUE) private readonly shared: Queue<InstallJob>,
    private readonly settings: Settings,
    private readonly runner: InstallRunner,
    private readonly store: InstallationStore,
    private readonly home: Home,
    private readonly registry: QueueRegistry,
  ) {}

  /** False where Redis does not answer within 0.3 s. Never rejects. */
  async wake({
    id,
    appName,
    state,
  }: Pick<AppInstallation, 'id' | 'appName' | 'state'>): Promise<boolean> {
    const { queue } = this;
    if (!queue) return false;
    const added = queue.add(
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
    if (this.settings.orchestrator === 'engine') this.use(this.shared);
    else this.home.onSettled((nodeId) => void this.open(nodeId));
  }

  async onModuleDestroy(): Promise<void> {
    const isOwn = this.queue !== this.shared;
    if (this.queue && (isOwn || this.settings.role !== 'api'))
      await closeQueue(this.queue, CLOSE_TIMEOUT_MS);
  }

  private async open(nodeId: string): Promise<void> {
    const before = this.queue;
    const queue = new Bull<InstallJob>(`${INSTALL_QUEUE}-${nodeId}`, {
      ...queueOptions(this.settings),
      settings: INSTALL_QUEUE_SETTINGS,
    });
    this.use(queue);
    this.registry.add(queue);
    if (before) await closeQueue(before, CLOSE_TIMEOUT_MS);
  }

  private use(queue: Queue<InstallJob>): void {
    this.queue = queue;
    queue.on('error', (error) => this.logger.debug(`install queue: ${error.message}`));
    if (this.settings.role === 'api') return;
    queue
      .process('*', MAX_CONCURRENT_RUNS, (job: Job<InstallJob>) => this.work(job))
      .catch((error: unknown) => this.logger.warn(`install queue stopped: ${String(error)}`));
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
