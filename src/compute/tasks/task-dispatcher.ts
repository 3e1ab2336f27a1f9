import { randomBytes } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { intoSlices, sliceSize } from './slices';
import { TaskBacklog } from './task-backlog';
import { TaskRunner } from './task-runner';
import { TaskWake } from './task-wake';
import { TaskQueue } from './task.queue';

/** Slices that wait in Redis at most. Few, because their order cannot be changed any more. */
const waitingSlices = 4;
/** Longest time between two looks at the backlog, in milliseconds: with work under way, and without. */
const interval = { busy: 50, idle: 1_000 };

/**
 * Deals queued tasks out to the workers, a few slices at a time and one of each user in turn, so
 * that a user's thousand tasks do not hold up another's one. One process does it at a time; two for
 * a moment do no harm, because a task is claimed in the database. While Redis is away each worker
 * takes slices straight from the database.
 */
@Injectable()
export class TaskDispatcher {
  private readonly logger = new Logger(TaskDispatcher.name);
  private readonly token = randomBytes(8).toString('hex');
  private stopped = true;
  private loop: Promise<void> = Promise.resolve();
  private wakeUp: () => void = () => undefined;
  private hurried = false;
  private withoutRedis = false;

  constructor(
    private readonly backlog: TaskBacklog,
    private readonly queue: TaskQueue,
    private readonly runner: TaskRunner,
    private readonly wake: TaskWake,
  ) {}

  start(): void {
    this.stopped = false;
    this.wake.listen(() => this.hurry());
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.hurry();
    await this.loop;
    await this.queue.stopLeading(this.token).catch(() => undefined);
  }

  /** There may be work: look now. */
  hurry(): void {
    this.hurried = true;
    this.wakeUp();
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      this.hurried = false;
      let dealt = 0;
      try {
        dealt = await this.deal();
      } catch (error) {
        this.logger.warn(`dealing out tasks failed: ${(error as Error).message}`);
        await this.sleep(interval.idle, true);
        continue;
      }
      await this.sleep(dealt > 0 ? interval.busy : interval.idle);
    }
  }

  /** Returns how many tasks were handed out. */
  private async deal(): Promise<number> {
    let underWay;
    try {
      if (!(await this.queue.lead(this.token))) return 0;
      underWay = await this.queue.slices();
    } catch (error) {
      return this.dealDirectly(error as Error);
    }
    if (this.withoutRedis) this.logger.log('Redis answers again: tasks go through the queue');
    this.withoutRedis = false;
    const handedOut = new Set(underWay.ids);
    let dealt = 0;
    for (let waiting = underWay.waiting; waiting < waitingSlices;) {
      const tasks = await this.backlog.next(sliceSize, handedOut);
      if (tasks.length === 0) break;
      for (const ids of intoSlices(tasks)) {
        await this.queue.add(ids);
        for (const id of ids) handedOut.add(id);
        waiting++;
      }
      dealt += tasks.length;
    }
    return dealt + underWay.ids.size;
  }

  private async dealDirectly(cause: Error): Promise<number> {
    if (!this.withoutRedis) {
      this.logger.warn(`Redis does not answer (${cause.message}): tasks come from the database`);
    }
    this.withoutRedis = true;
    const tasks = await this.backlog.next(sliceSize);
    for (const ids of intoSlices(tasks)) await this.runner.run(ids);
    return tasks.length;
  }

  private async sleep(milliseconds: number, deaf = false): Promise<void> {
    if (this.stopped || (this.hurried && !deaf)) {
      // Let others of this process run, and several wakes of one moment become one look.
      await new Promise((resolve) => setTimeout(resolve, 2));
      return;
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.wakeUp = () => {
        if (deaf && !this.stopped) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.wakeUp = () => undefined;
  }
}
