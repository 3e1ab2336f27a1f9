import { randomBytes } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { sleep } from '../../platform/waiting/sleep';
import { MAX_BATCH_SIZE, toBatches } from './task-batches';
import { TaskBacklog } from './task-backlog';
import { TaskRunner } from './task-runner';
import { TaskWake } from './task-wake';
import { TaskQueue } from './task.queue';

/** Batches that wait in Redis at most. Few, because their order cannot be changed any more. */
const MAX_WAITING_BATCHES = 2;
/** Time between two looks at the backlog unless woken: with work under way, and without. */
const BUSY_INTERVAL_MS = 50;
const IDLE_INTERVAL_MS = 1_000;
/** Wakes within this time become one look. */
const COALESCE_MS = 2;
/** The leadership is renewed at every look that is later than this, and trusted three times as long. */
const RENEW_LEADERSHIP_MS = 500;

/**
 * Hands queued tasks out to the workers, a few batches at a time and round-robin over the users, so
 * that a user's thousand tasks do not delay another's one. One process leads; two for a moment do no
 * harm, because tasks are claimed in the database. While Redis is away each worker takes batches
 * from the database itself.
 */
@Injectable()
export class TaskDispatcher {
  private readonly logger = new Logger(TaskDispatcher.name);
  private readonly token = randomBytes(8).toString('hex');
  private stopped = true;
  private loop: Promise<void> = Promise.resolve();
  private wakeUp: () => void = () => undefined;
  private woken = false;
  private withoutRedis = false;
  private leadsUntil = -Infinity;
  /** Whether tasks may wait that are in no batch yet. */
  private behind = true;

  constructor(
    private readonly backlog: TaskBacklog,
    private readonly queue: TaskQueue,
    private readonly runner: TaskRunner,
    private readonly wake: TaskWake,
  ) {}

  start(): void {
    this.stopped = false;
    this.wake.listen(() => this.wakeNow());
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.wakeNow();
    await this.loop;
    this.leadsUntil = -Infinity;
    await this.queue.stopLeading(this.token).catch(() => undefined);
  }

  /** There may be work: look now. */
  wakeNow(): void {
    this.woken = true;
    this.behind = true;
    this.wakeUp();
  }

  /** A worker of this process has finished a batch. */
  finished(): void {
    if (this.behind) this.wakeNow();
  }

  /** Whether tasks that this process accepts now would overtake no others if it computed them itself. */
  get nothingWaits(): boolean {
    return !this.stopped && !this.behind && performance.now() < this.leadsUntil;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      this.woken = false;
      try {
        await this.handOut();
      } catch (error) {
        this.logger.warn(`handing out tasks failed: ${(error as Error).message}`);
        await this.pause(IDLE_INTERVAL_MS, { ignoreWakes: true });
        continue;
      }
      await this.pause(this.behind ? BUSY_INTERVAL_MS : IDLE_INTERVAL_MS);
    }
  }

  private async handOut(): Promise<void> {
    let underWay;
    try {
      if (!(await this.lead())) {
        this.behind = false; // The leader's business.
        return;
      }
      // Nobody said that there is work: without any task there are no batches to look for in Redis.
      if (!this.behind && !this.withoutRedis && !(await this.backlog.hasWork())) return;
      underWay = await this.queue.batches();
    } catch (error) {
      return this.handOutDirectly(error as Error);
    }
    if (this.withoutRedis) this.logger.log('Redis answers again: tasks go through the queue');
    this.withoutRedis = false;
    this.behind = false; // A wake during this look sets it again.
    const handedOut = new Set(underWay.ids);
    let { waiting } = underWay;
    while (waiting < MAX_WAITING_BATCHES) {
      const tasks = await this.backlog.next(MAX_BATCH_SIZE, handedOut);
      if (tasks.length === 0) return;
      for (const ids of toBatches(tasks)) {
        await this.queue.add(ids);
        for (const id of ids) handedOut.add(id);
        waiting++;
      }
    }
    this.behind = true;
  }

  private async lead(): Promise<boolean> {
    const now = performance.now();
    if (now < this.leadsUntil - 2 * RENEW_LEADERSHIP_MS) return true;
    const leads = await this.queue.lead(this.token);
    this.leadsUntil = leads ? now + 3 * RENEW_LEADERSHIP_MS : -Infinity;
    return leads;
  }

  private async handOutDirectly(cause: Error): Promise<void> {
    this.behind = true;
    this.leadsUntil = -Infinity;
    if (!this.withoutRedis) {
      this.logger.warn(`Redis does not answer (${cause.message}): tasks come from the database`);
    }
    this.withoutRedis = true;
    const tasks = await this.backlog.next(MAX_BATCH_SIZE);
    for (const ids of toBatches(tasks)) await this.runner.run(ids);
    if (tasks.length === 0) this.behind = false;
  }

  private async pause(ms: number, { ignoreWakes = false } = {}): Promise<void> {
    if (this.stopped || (this.woken && !ignoreWakes)) return sleep(COALESCE_MS);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wakeUp = () => {
        if (ignoreWakes && !this.stopped) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.wakeUp = () => undefined;
  }
}
