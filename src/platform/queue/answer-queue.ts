import { Logger } from '@nestjs/common';
import Bull, { type Job, type Queue } from 'bull';
import type { Settings } from '../config/settings';
import { closeQueue } from './queue-shutdown';
import { queueOptions } from './queue-options';
import type { RedisService } from '../redis/redis.service';
import { withDeadline } from '../waiting/deadline';
import { Rounds } from '../waiting/rounds';
import { presenceKey } from './question-names';

const PRESENT_EVERY_MS = 5_000;
/** Who did not say for so long that it is there is taken for gone. */
const PRESENT_SECONDS = 20;
const CLOSE_MS = 2_000;

export interface Answering<Question, Reply> {
  /** Null where there is no queue to answer, for now. Asked every 5 s. */
  readonly queueName: () => Promise<string | null>;
  /** Questions that are answered at once. */
  readonly concurrency: number;
  readonly reply: (question: Question) => Promise<Reply>;
}

/** Answers questions that other processes ask over Redis, and says that it is there. Several processes can share a queue. */
export class AnswerQueue<Question extends object, Reply> {
  private readonly logger = new Logger(AnswerQueue.name);
  private readonly rounds = new Rounds(
    () => this.present(),
    (error) => this.logger.debug(`not announced: ${String(error)}`),
  );
  private working: { readonly name: string; readonly queue: Queue<Question> } | null = null;

  constructor(
    private readonly settings: Settings,
    private readonly redis: RedisService,
    private readonly answering: Answering<Question, Reply>,
  ) {}

  begin(): void {
    void this.rounds.now();
    this.rounds.every(PRESENT_EVERY_MS);
  }

  async end(): Promise<void> {
    await this.rounds.stop();
    await this.leave();
  }

  private async present(): Promise<void> {
    const name = await this.answering.queueName();
    if (name !== this.working?.name) {
      await this.leave();
      if (name !== null) this.enter(name);
    }
    if (name === null) return;
    await this.redis.client.set(presenceKey(this.redis, name), '1', 'EX', PRESENT_SECONDS);
  }

  private enter(name: string): void {
    const queue = new Bull<Question>(name, {
      ...queueOptions(this.settings),
      // What a process had begun that is gone now may have been done already.
      settings: { maxStalledCount: 0 },
    });
    queue.on('error', (error) => this.logger.debug(`queue ${name}: ${error.message}`));
    queue
      .process(this.answering.concurrency, (job: Job<Question>) => this.answering.reply(job.data))
      .catch((error: unknown) => this.logger.warn(`queue ${name} stopped: ${String(error)}`));
    this.working = { name, queue };
    this.logger.log(`answering ${name}`);
  }

  /** Another process may answer the same queue: that this one has gone is noticed 20 s later. */
  private async leave(): Promise<void> {
    const { working } = this;
    this.working = null;
    if (!working) return;
    // Takes up nothing more, and hands over the answers that are being made.
    const paused = working.queue.pause(true).catch(() => undefined);
    await withDeadline<void>(paused, CLOSE_MS, () => undefined);
    await closeQueue(working.queue, CLOSE_MS);
  }
}
