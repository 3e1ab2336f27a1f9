import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { InjectQueue } from '@nestjs/bull';
import type { Queue } from 'bull';
import { Settings } from '../../platform/config/settings';
import { TaskDispatcher } from './task-dispatcher';
import { TaskRunner } from './task-runner';
import { TaskSweeper } from './task-sweeper';
import type { TaskSliceJob } from './task.jobs';
import { TASK_QUEUE } from './task.queue';

/** Slices that one process carries out at once: one computes while another waits for the database. */
const concurrency = 2;
/** How long a shutdown waits for running slices before it gives them back, in milliseconds. */
const grace = 8_000;

/** The worker: takes slices from Redis. Runs in processes whose role includes work. */
@Injectable()
export class TaskProcessor implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(TaskProcessor.name);

  constructor(
    @InjectQueue(TASK_QUEUE) private readonly queue: Queue<TaskSliceJob>,
    private readonly settings: Settings,
    private readonly runner: TaskRunner,
    private readonly dispatcher: TaskDispatcher,
    private readonly sweeper: TaskSweeper,
  ) {}

  onApplicationBootstrap(): void {
    if (this.settings.role === 'api') return;
    this.queue
      .process(concurrency, async ({ data }) => {
        await this.runner.run(data.ids);
        this.dispatcher.hurry();
      })
      .catch((error: Error) => this.logger.error(`the worker stopped: ${error.message}`));
    this.dispatcher.start();
    this.sweeper.start();
  }

  /** Takes nothing new, lets running slices finish, gives back what does not finish in time. */
  async onModuleDestroy(): Promise<void> {
    if (this.settings.role === 'api') return;
    this.sweeper.stop();
    await this.dispatcher.stop();
    const end = Date.now() + grace;
    void this.queue.pause(true, true).catch(() => undefined);
    while (this.runner.busy && Date.now() < end) await pause(20);
    await this.runner.giveBackAll().catch((error: Error) => {
      this.logger.warn(`running tasks come back when their lease ends: ${error.message}`);
    });
    await Promise.race([this.queue.close(true).catch(() => undefined), pause(2_000)]);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
