import { Logger } from '@nestjs/common';
import Bull, { type Job, type Queue } from 'bull';
import type { Settings } from '../config/settings';
import { closeQueue } from './queue-shutdown';
import { queueOptions } from './queue-options';
import type { RedisService } from '../redis/redis.service';
import { withDeadline } from '../waiting/deadline';
import { pollUntil } from '../waiting/poll-until';
import { presenceKey } from './question-names';

/** Answers are kept until they are read, and not longer. */
const KEPT_SECONDS = 60;
const CLOSE_MS = 1_000;
const POLL_MS = 25;
/** To withdraw a question. */
const GRACE_MS = 1_000;
/** How often whoever waits looks whether there still is somebody to answer. */
const LOOK_MS = 1_000;

/** Asks processes elsewhere over Redis, each over a queue of its own, and waits for what they answer. */
export class QuestionQueues<Question extends object, Reply> {
  private readonly logger = new Logger(QuestionQueues.name);
  private readonly queues = new Map<string, Queue<Question>>();

  constructor(
    private readonly settings: Settings,
    private readonly redis: RedisService,
  ) {}

  /** Whether a process answers the questions of that queue, or did within 20 s. Rejects while Redis is away. */
  async isAnswered(name: string): Promise<boolean> {
    return (await this.redis.client.exists(presenceKey(this.redis, name))) === 1;
  }

  /**
   * Null where nobody answers in time, or whoever answered has gone; a question that nobody has taken up by then is
   * withdrawn. Rejects with what went wrong there.
   */
  ask(name: string, question: Question, deadlineMs: number): Promise<Reply | null> {
    // Bull holds commands back while Redis is away.
    return withDeadline(
      this.answerOf(name, question, deadlineMs),
      deadlineMs + GRACE_MS,
      () => null,
    );
  }

  async close(): Promise<void> {
    await Promise.all([...this.queues.values()].map((queue) => closeQueue(queue, CLOSE_MS)));
  }

  private async answerOf(
    name: string,
    question: Question,
    deadlineMs: number,
  ): Promise<Reply | null> {
    const queue = this.queueOf(name);
    const job = await queue.add(question);
    let lookAt = performance.now() + LOOK_MS;
    try {
      // Bull's own wait for a job overlooks now and then that it has ended.
      const ended = await pollUntil<Job<Question> | 'gone' | 'late'>(
        async () => {
          const now: Job<Question> | null = await queue.getJob(job.id);
          if (now?.finishedOn) return now;
          if (performance.now() < lookAt) return null;
          lookAt = performance.now() + LOOK_MS;
          return (await this.isAnswered(name).catch(() => true)) ? null : 'gone';
        },
        { deadlineMs, everyMs: POLL_MS },
        () => 'late',
      );
      if (typeof ended === 'string') return null;
      if (ended.failedReason) throw new Error(ended.failedReason);
      return ended.returnvalue as Reply;
    } finally {
      // Nobody reads it any more, whether it was worked off or not.
      await job.remove().catch(() => undefined);
    }
  }

  private queueOf(name: string): Queue<Question> {
    let queue = this.queues.get(name);
    if (!queue) {
      const kept = { age: KEPT_SECONDS };
      queue = new Bull<Question>(name, {
        ...queueOptions(this.settings),
        defaultJobOptions: { attempts: 1, removeOnComplete: kept, removeOnFail: kept },
      });
      queue.on('error', (error) => this.logger.debug(`queue ${name}: ${error.message}`));
      this.queues.set(name, queue);
    }
    return queue;
  }
}
