import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { SystemState } from '../../accounts/system-state.entity';
import { Settings } from '../../platform/config/settings';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { EngineError, isEngineFailure } from '../../platform/docker/engine.errors';
import { OperatorError } from '../../platform/errors/operator-error';
import { bilingual } from '../../platform/i18n/bilingual';
import { adoptEngine } from './engine-adoption';

/** An engine that is slower than this at the start is checked when it answers. */
const START_TIMEOUT_MS = 3_000;

/**
 * Keeps a database with one engine: the first one that answers is written down, another one is not used.
 * To a process with another engine all apps would look removed by hand, and their ports free.
 */
@Injectable()
export class EngineOwner implements OnModuleInit {
  private readonly logger = new Logger(EngineOwner.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly engine: DockerEngine,
    private readonly settings: Settings,
  ) {
    engine.admitOnly((id) => this.check(id));
  }

  /**
   * An engine that is away is no reason not to start: it is checked before it is used.
   * @throws OperatorError where another engine answers
   */
  async onModuleInit(): Promise<void> {
    try {
      const { id } = await this.engine.info({ timeoutMs: START_TIMEOUT_MS });
      await this.check(id);
    } catch (error) {
      if (isEngineFailure(error, 'engine-foreign')) throw await this.refusal(error.subject);
      if (!(error instanceof EngineError)) throw error;
      this.logger.warn(`the engine is checked once it answers: ${error.message}`);
    }
  }

  private async check(id: string): Promise<void> {
    let owner = await this.owner();
    if (owner === null) {
      // A client of its own: the checked one waits for this check.
      const { ended } = await adoptEngine(
        this.dataSource,
        new DockerEngine(this.settings.dockerHost),
      );
      if (ended.length > 0)
        this.logger.warn(`apps without a container on this engine have ended: ${ended.join(', ')}`);
      owner = await this.owner();
    }
    if (owner !== id) throw new EngineError('engine-foreign', id);
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
