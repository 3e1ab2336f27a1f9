import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { SystemState } from '../../accounts/system-state.entity';
import { isAnyAddress } from '../../platform/addresses/any-address';
import { Settings } from '../../platform/config/settings';
import { DockerEngine } from '../../platform/docker/docker-engine';
import type { EngineIdentity } from '../../platform/docker/engine-gate';
import { EngineError, isEngineFailure } from '../../platform/docker/engine.errors';
import { OperatorError } from '../../platform/errors/operator-error';
import { bilingual } from '../../platform/i18n/bilingual';
import { Rounds } from '../../platform/waiting/rounds';
import { Home, type HomeNode } from '../homes/home';
import { HomeSecrets } from '../homes/home-secrets';
import { adoptEngine } from './engine-adoption';

/** An engine that is slower than this at the start is checked when it answers. */
const START_TIMEOUT_MS = 3_000;
/** In a Swarm work begins once the node is known. */
const ASK_EVERY_MS = 1_000;

/**
 * Keeps a database with one engine, or one Swarm: the first one that answers is written down, another one is not used.
 * To a process with another engine all apps would look removed by hand, and their ports free.
 */
@Injectable()
export class EngineOwner implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(EngineOwner.name);
  private refused: ((reason: OperatorError) => void) | null = null;
  /** What waits for its node asks nothing of the engine itself. */
  private readonly rounds = new Rounds(
    () => this.learnNode(),
    (error) => this.logger.debug(`the node is not known yet: ${String(error)}`),
  );

  constructor(
    private readonly dataSource: DataSource,
    private readonly engine: DockerEngine,
    private readonly settings: Settings,
    private readonly home: Home,
    private readonly secrets: HomeSecrets,
  ) {
    engine.admitOnly((identity) => this.check(identity));
  }

  /**
   * An engine that is away is no reason not to start: it is checked before it is used.
   * @throws OperatorError where another engine answers, or with `ORCHESTRATOR=swarm` no manager of a Swarm
   */
  async onModuleInit(): Promise<void> {
    try {
      this.refuseSingleAddress();
      await this.check(await this.engine.identify({ timeoutMs: START_TIMEOUT_MS }));
    } catch (error) {
      if (isEngineFailure(error, 'not-a-manager')) throw new OperatorError(error.text);
      if (isEngineFailure(error, 'engine-foreign')) throw await this.refusal(error.subject);
      if (!(error instanceof EngineError)) throw error;
      this.logger.warn(`the engine is checked once it answers: ${error.message}`);
      if (this.settings.orchestrator === 'swarm') this.rounds.every(ASK_EVERY_MS);
    }
  }

  onModuleDestroy(): void {
    void this.rounds.stop();
  }

  /**
   * Calls the listener where the process must not go on: its engine was away at the start, and now that it answers, the
   * secrets are not those of the other homes.
   */
  onRefused(listener: (reason: OperatorError) => void): void {
    this.refused = listener;
  }

  private async admit(node: HomeNode): Promise<void> {
    try {
      await this.secrets.admit(node);
    } catch (error) {
      const { refused } = this;
      if (error instanceof OperatorError && refused) {
        this.refused = null;
        refused(error);
      }
      throw error;
    }
  }

  private async learnNode(): Promise<void> {
    if (this.home.nodeId === null) await this.engine.refuseUnusable();
  }

  private async check({ id, node }: EngineIdentity): Promise<void> {
    let owner = await this.owner();
    if (owner === null) {
      // A client of its own: the checked one waits for this check.
      const { ended } = await adoptEngine(
        this.dataSource,
        new DockerEngine(this.settings.dockerHost, this.settings.orchestrator),
      );
      if (ended.length > 0)
        this.logger.warn(`apps without a container on this engine have ended: ${ended.join(', ')}`);
      owner = await this.owner();
    }
    if (owner !== id) throw new EngineError('engine-foreign', id);
    if (!node || node.id === this.home.nodeId) return;
    await this.admit(node);
    this.home.settle(node);
  }

  /** What is meant for one address must not appear on all of them. */
  private refuseSingleAddress(): void {
    const { orchestrator, appBind } = this.settings;
    if (orchestrator !== 'swarm' || isAnyAddress(appBind)) return;
    throw new OperatorError(
      bilingual(
        `ORCHESTRATOR=swarm 时，服务的端口在节点的所有地址上开放，APP_BIND=${appBind} 无法做到：请去掉 APP_BIND，并用防火墙限制访问。`,
        `With ORCHESTRATOR=swarm the ports of services are open on all addresses of a node, so APP_BIND=${appBind} cannot be held: leave APP_BIND out and restrict access with a firewall.`,
      ),
    );
  }

  private async owner(): Promise<string | null> {
    const { engineId } = await this.dataSource.manager.findOneByOrFail(SystemState, { id: 1 });
    return engineId;
  }

  private async refusal(id: string): Promise<OperatorError> {
    const owner = await this.owner();
    return new OperatorError(
      bilingual(
        `此数据库属于 Docker 引擎 ${owner}，而 DOCKER_HOST（${this.engine.host}）后面的引擎是 ${id}。一个数据库只属于一个引擎：请让 DOCKER_HOST 指向原来的引擎，或为这个引擎另设 DATABASE_URL。如果确实更换了引擎（换了机器、恢复了备份、重装了 Docker），请停止所有服务进程，运行 npm run admin -- adopt-engine，然后再启动。`,
        `This database belongs to the Docker Engine ${owner}; behind DOCKER_HOST (${this.engine.host}) is the engine ${id}. One database belongs to one engine: point DOCKER_HOST to the one that it had, or give this engine a DATABASE_URL of its own. After a deliberate change (another machine, a restored backup, Docker installed anew) stop all server processes, run npm run admin -- adopt-engine and start again.`,
      ),
    );
  }
}
