import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { InjectQueue } from '@nestjs/bull';
import type { Queue } from 'bull';
import { Settings } from '../../platform/config/settings';
import { closeQueue } from '../../platform/queue/queue-shutdown';
import { sleep } from '../../platform/waiting/sleep';
import { TaskDispatcher } from './task-dispatcher';
import { TaskRunner } from './task-runner';
import { TaskSweeper } from './task-sweeper';
import { TASK_QUEUE, type TaskBatchJob } from './task.queue';

/** Batches that one process carries out at once: one computes while another waits for the database. */
const CONCURRENCY = 2;
/** How long a shutdown waits for running batches before it requeues them. */
const GRACE_MS = 8_000;
const CLOSE_MS = 2_000;

/** The worker: takes batches from Redis. Runs in processes whose role includes work. */
@Injectable()
export class TaskProcessor implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(TaskProcessor.name);

  constructor(
    @InjectQueue(TASK_QUEUE) private readonly queue: Queue<TaskBatchJob>,
    private readonly settings: Settings,
    private readonly runner: TaskRunner,
    private readonly dispatcher: TaskDispatcher,
    private readonly sweeper: TaskSweeper,
  ) {}

  onApplicationBootstrap(): void {
    if (this.settings.role === 'api') return;
    this.queue
      .process(CONCURRENCY, async ({ data }) => {
        await this.runner.run(data.ids);
        this.dispatcher.finished();
      })
      .catch((error: Error) => this.logger.error(`the worker stopped: ${error.message}`));
    this.dispatcher.start();
    this.sweeper.start();
  }

  /** Takes nothing new, lets running batches finish and requeues those that do not finish in time. */
  async onModuleDestroy(): Promise<void> {
    if (this.settings.role === 'api') return;
    this.sweeper.stop();
    await this.dispatcher.stop();
    const deadline = Date.now() + GRACE_MS;
    void this.queue.pause(true, true).catch(() => undefined);
    while (this.runner.busy && Date.now() < deadline) await sleep(20);
    await this.runner.releaseAll().catch((error: Error) => {
      this.logger.warn(`running tasks are requeued when their lease ends: ${error.message}`);
    });
    await closeQueue(this.queue, CLOSE_MS);
  }
}
