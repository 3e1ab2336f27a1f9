import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Settings } from '../../platform/config/settings';
import { toContainerEnd } from '../../platform/docker/container-facts';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { EngineError } from '../../platform/docker/engine.errors';
import { AnswerQueue } from '../../platform/queue/answer-queue';
import { RedisService } from '../../platform/redis/redis.service';
import { EngineSampler } from '../engine-sampler';
import { HostSampler } from '../host-metrics/host-sampler';
import { RiskAuditor } from '../risks/risk-auditor';
import {
  queueNameOf,
  type NodeAnswers,
  type NodeQuestion,
  type NodeReply,
} from '../nodes/node-report';

/** Questions that one worker answers at once: `stats` and scans mostly wait. */
const CONCURRENCY = 8;

/** Answers for the machine that it runs on, in every process of a Swarm that works. */
@Injectable()
export class NodeProcessor implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly answers: AnswerQueue<NodeQuestion, NodeReply>;
  private nodeId: string | undefined;

  constructor(
    private readonly settings: Settings,
    redis: RedisService,
    private readonly engine: DockerEngine,
    private readonly host: HostSampler,
    private readonly sampler: EngineSampler,
    private readonly auditor: RiskAuditor,
  ) {
    this.answers = new AnswerQueue(settings, redis, {
      queueName: () => this.queueName(),
      concurrency: CONCURRENCY,
      reply: (question) => this.reply(question),
    });
  }

  onApplicationBootstrap(): void {
    const { orchestrator, role } = this.settings;
    if (orchestrator === 'swarm' && role !== 'api') this.answers.begin();
  }

  async onModuleDestroy(): Promise<void> {
    await this.answers.end();
  }

  /** That of the node that this machine is, also after it joined another Swarm. */
  private async queueName(): Promise<string | null> {
    const facts = await this.engine.facts().catch(() => null);
    // An engine that is away is something to tell: the node remains the one that it was.
    if (facts) this.nodeId = facts.swarm?.nodeId;
    return this.nodeId === undefined ? null : queueNameOf(this.nodeId);
  }

  private async reply(question: NodeQuestion): Promise<NodeReply> {
    try {
      return { answer: await this.answer(question) };
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      return { failure: error.failure, subject: error.subject };
    }
  }

  private async answer({
    topic,
    container = '',
  }: NodeQuestion): Promise<NodeAnswers[keyof NodeAnswers]> {
    // prettier-ignore
    if (topic === 'stats') return this.engine.containers.stats(container);
    if (topic === 'end') return toContainerEnd(await this.engine.containers.inspect(container));
    const risks = topic === 'scan' ? await this.auditor.audit(true) : this.auditor.risks;
    const engine = this.sampler.latest;
    // Labels are for nobody there, and may be long.
    const containers = engine.containers.map((one) => ({ ...one, labels: {} }));
    return { host: await this.host.latest(), engine: { ...engine, containers }, risks };
  }
}
