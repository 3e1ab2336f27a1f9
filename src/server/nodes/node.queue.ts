import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import Bull, { type Job, type Queue } from 'bull';
import { Settings } from '../../platform/config/settings';
import { EngineError } from '../../platform/docker/engine.errors';
import { closeQueue } from '../../platform/queue/queue-shutdown';
import { queueOptions } from '../../platform/queue/queue-options';
import { RedisService } from '../../platform/redis/redis.service';
import { withDeadline } from '../../platform/waiting/deadline';
import { pollUntil } from '../../platform/waiting/poll-until';
import { NodesOutOfReachError, NodeSilentError, NodeWithoutWorkerError } from './node.errors';
import {
  presenceKeyOf,
  queueNameOf,
  type NodeAnswers,
  type NodeQuestion,
  type NodeReply,
  type NodeTopic,
} from './node-report';

/** How long a worker may take, seconds. A scan counts the bytes of all volumes; `stats` samples for two seconds. */
const ANSWER_SECONDS: Readonly<Record<NodeTopic, number>> = { report: 5, stats: 15, scan: 70 };
/** Answers are kept until they are read, and not longer. */
const KEPT_SECONDS = 60;
const CLOSE_MS = 1_000;
const POLL_MS = 25;

export interface NodeName {
  readonly id: string;
  readonly name: string;
}

/** Asks the workers of other nodes, each over a queue of its own. */
@Injectable()
export class NodeQueue implements OnModuleDestroy {
  private readonly logger = new Logger(NodeQueue.name);
  private readonly queues = new Map<string, Queue<NodeQuestion>>();

  constructor(
    private readonly settings: Settings,
    private readonly redis: RedisService,
  ) {}

  /** @throws NodesOutOfReachError, NodeWithoutWorkerError, NodeSilentError; EngineError where the engine there refuses */
  async ask<Topic extends NodeTopic>(
    node: NodeName,
    topic: Topic,
    more: Omit<NodeQuestion, 'topic'> = {},
  ): Promise<NodeAnswers[Topic]> {
    if (!(await this.hasWorker(node.id))) throw new NodeWithoutWorkerError(node.name);
    const seconds = ANSWER_SECONDS[topic];
    const answered = this.answerOf<Topic>(node.id, { topic, ...more }, seconds * 1000).catch(
      (error: unknown) => {
        this.logger.warn(`the worker of the node ${node.name} failed: ${String(error)}`);
        return null;
      },
    );
    const reply = await withDeadline(answered, seconds * 1000, () => null);
    if (!reply) throw new NodeSilentError(node.name, seconds);
    if ('failure' in reply) throw new EngineError(reply.failure, reply.subject);
    return reply.answer;
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([...this.queues.values()].map((queue) => closeQueue(queue, CLOSE_MS)));
  }

  /** Rejects with what went wrong there. Bull's own wait for a job overlooks now and then that it has ended. */
  private async answerOf<Topic extends NodeTopic>(
    id: string,
    question: NodeQuestion,
    deadlineMs: number,
  ): Promise<NodeReply<Topic> | null> {
    const queue = this.queueOf(id);
    const job = await queue.add(question);
    try {
      const ended = await pollUntil(
        async () => {
          const now: Job<NodeQuestion> | null = await queue.getJob(job.id);
          return now?.finishedOn ? now : null;
        },
        { deadlineMs, everyMs: POLL_MS },
        () => null,
      );
      if (ended?.failedReason) throw new Error(ended.failedReason);
      return (ended?.returnvalue as NodeReply<Topic> | undefined) ?? null;
    } finally {
      // Nobody reads it any more, whether it was worked off or not.
      await job.remove().catch(() => undefined);
    }
  }

  private async hasWorker(id: string): Promise<boolean> {
    try {
      return (await this.redis.client.exists(this.redis.key(...presenceKeyOf(id)))) === 1;
    } catch {
      throw new NodesOutOfReachError();
    }
  }

  private queueOf(id: string): Queue<NodeQuestion> {
    let queue = this.queues.get(id);
    if (!queue) {
      const kept = { age: KEPT_SECONDS };
      const options = queueOptions(this.settings);
      queue = new Bull<NodeQuestion>(queueNameOf(id), {
        ...options,
        defaultJobOptions: { attempts: 1, removeOnComplete: kept, removeOnFail: kept },
      });
      queue.on('error', (error) => this.logger.debug(`queue of a node: ${error.message}`));
      this.queues.set(id, queue);
    }
    return queue;
  }
}
