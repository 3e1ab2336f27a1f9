import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Settings } from '../../platform/config/settings';
import { EngineError } from '../../platform/docker/engine.errors';
import { QuestionQueues } from '../../platform/queue/question-queues';
import { RedisService } from '../../platform/redis/redis.service';
import { NodesOutOfReachError, NodeSilentError, NodeWithoutWorkerError } from './node.errors';
import {
  queueNameOf,
  type NodeAnswers,
  type NodeQuestion,
  type NodeReply,
  type NodeTopic,
} from './node-report';

/** How long a worker may take, seconds. A scan counts the bytes of all volumes; `stats` samples for two seconds. */
const ANSWER_SECONDS: Readonly<Record<NodeTopic, number>> = {
  report: 5,
  end: 5,
  stats: 15,
  scan: 70,
};

export interface NodeName {
  readonly id: string;
  readonly name: string;
}

/** Asks the workers of other nodes, each over a queue of its own. */
@Injectable()
export class NodeQueue implements OnModuleDestroy {
  private readonly logger = new Logger(NodeQueue.name);
  private readonly queues: QuestionQueues<NodeQuestion, NodeReply>;

  constructor(settings: Settings, redis: RedisService) {
    this.queues = new QuestionQueues(settings, redis);
  }

  /** @throws NodesOutOfReachError, NodeWithoutWorkerError, NodeSilentError; EngineError where the engine there refuses */
  async ask<Topic extends NodeTopic>(
    node: NodeName,
    topic: Topic,
    more: Omit<NodeQuestion, 'topic'> = {},
  ): Promise<NodeAnswers[Topic]> {
    if (!(await this.hasWorker(node.id))) throw new NodeWithoutWorkerError(node.name);
    const seconds = ANSWER_SECONDS[topic];
    const reply = await this.queues
      .ask(queueNameOf(node.id), { topic, ...more }, seconds * 1000)
      .catch((error: unknown) => {
        this.logger.warn(`the worker of the node ${node.name} failed: ${String(error)}`);
        return null;
      });
    if (!reply) throw new NodeSilentError(node.name, seconds);
    if ('failure' in reply) throw new EngineError(reply.failure, reply.subject);
    return reply.answer as NodeAnswers[Topic];
  }

  async onModuleDestroy(): Promise<void> {
    await this.queues.close();
  }

  private async hasWorker(id: string): Promise<boolean> {
    try {
      return await this.queues.isAnswered(queueNameOf(id));
    } catch {
      throw new NodesOutOfReachError();
    }
  }
}
