import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import Bull, { type Job, type Queue } from 'bull';
import { Settings } from '../../platform/config/settings';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { EngineError } from '../../platform/docker/engine.errors';
import { closeQueue } from '../../platform/queue/queue-shutdown';
import { queueOptions } from '../../platform/queue/queue-options';
import { RedisService } from '../../platform/redis/redis.service';
import { Rounds } from '../../platform/waiting/rounds';
import { EngineSampler } from '../engine-sampler';
import { HostSampler } from '../host-metrics/host-sampler';
import { RiskAuditor } from '../risks/risk-auditor';
import {
  presenceKeyOf,
  queueNameOf,
  type NodeAnswers,
  type NodeQuestion,
  type NodeReply,
} from '../nodes/node-report';

/** Questions that one worker answers at once: `stats` and scans mostly wait. */
const CONCURRENCY = 8;
const PRESENT_EVERY_MS = 5_000;
/** A worker that did not say for so long that it is there is taken for gone. */
const PRESENT_SECONDS = 20;
const CLOSE_MS = 2_000;

/** Answers for the machine that it runs on, in a process with the role `node`. */
@Injectable()
export class NodeProcessor implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(NodeProcessor.name);
  private readonly rounds = new Rounds(
    () => this.present(),
    (error) => this.logger.debug(`not announced: ${String(error)}`),
  );
  private working: { readonly id: string; readonly queue: Queue<NodeQuestion> } | null = null;

  constructor(
    private readonly settings: Settings,
    private readonly redis: RedisService,
    private readonly engine: DockerEngine,
    private readonly host: HostSampler,
    private readonly sampler: EngineSampler,
    private readonly auditor: RiskAuditor,
  ) {}

  onApplicationBootstrap(): void {
    if (this.settings.role !== 'node') return;
    void this.rounds.now();
    this.rounds.every(PRESENT_EVERY_MS);
  }

  async onModuleDestroy(): Promise<void> {
    await this.rounds.stop();
    await this.end();
  }

  /** Opens the queue of the node that this machine is, also after it joined another Swarm, and says that it is there. */
  private async present(): Promise<void> {
    const facts = await this.engine.facts().catch(() => null);
    // An engine that is away is something to tell: the node remains the one that it was.
    const id = facts ? facts.swarm?.nodeId : this.working?.id;
    if (id !== this.working?.id) {
      await this.end();
      if (id) this.begin(id);
    }
    if (!id) return;
    await this.redis.client.set(this.redis.key(...presenceKeyOf(id)), '1', 'EX', PRESENT_SECONDS);
  }

  private begin(id: string): void {
    const queue = new Bull<NodeQuestion>(queueNameOf(id), queueOptions(this.settings));
    queue.on('error', (error) => this.logger.debug(`queue of the node: ${error.message}`));
    queue
      .process(CONCURRENCY, (job: Job<NodeQuestion>) => this.reply(job.data))
      .catch((error: unknown) => this.logger.warn(`the queue stopped: ${String(error)}`));
    this.working = { id, queue };
    this.logger.log(`answering for the node ${id}`);
  }

  private async end(): Promise<void> {
    const { working } = this;
    this.working = null;
    if (!working) return;
    await this.redis.client.del(this.redis.key(...presenceKeyOf(working.id))).catch(() => 0);
    await closeQueue(working.queue, CLOSE_MS);
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
    const risks = topic === 'scan' ? await this.auditor.audit(true) : this.auditor.risks;
    const engine = this.sampler.latest;
    // Labels are for nobody there, and may be long.
    const containers = engine.containers.map((one) => ({ ...one, labels: {} }));
    return { host: await this.host.latest(), engine: { ...engine, containers }, risks };
  }
}
