import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AuditService, type AuditActor } from '../../audit/audit.service';
import { Settings } from '../../platform/config/settings';
import { whileLocked } from '../../platform/database/named-lock';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { Rounds } from '../../platform/waiting/rounds';
import { AppLeftover } from '../homes/app-leftover.entity';
import { Home } from '../homes/home';
import { AppData } from '../install/app-data';
import { HomeLeftovers } from '../install/home-leftovers';
import type { AppInstallation } from '../installations/installation.entity';
import { InstallationStore, previousOf } from '../installations/installation.store';

const SWEEP_EVERY_MS = 5_000;
const ITSELF: AuditActor = { uid: 'server', name: 'server (move)' };
const LOCK_SECONDS = 60;

/** Removes what apps that have moved away left on this node, as soon as nothing may need it any more. */
@Injectable()
export class Leftovers extends HomeLeftovers implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Leftovers.name);
  private readonly rounds = new Rounds(
    () => this.sweep(),
    (error) => this.logger.debug(`leftovers stay for now: ${String(error)}`),
  );

  constructor(
    private readonly settings: Settings,
    private readonly dataSource: DataSource,
    private readonly engine: DockerEngine,
    private readonly home: Home,
    private readonly store: InstallationStore,
    private readonly data: AppData,
    private readonly audit: AuditService,
  ) {
    super();
  }

  onApplicationBootstrap(): void {
    if (this.settings.role === 'api' || this.settings.orchestrator === 'engine') return;
    this.rounds.every(SWEEP_EVERY_MS);
  }

  async onModuleDestroy(): Promise<void> {
    await this.rounds.stop();
  }

  async add(home: string, appName: string): Promise<void> {
    await this.dataSource.query(
      'INSERT IGNORE INTO app_leftovers (home, appName, since) VALUES (?, ?, UTC_TIMESTAMP(3))',
      [home, appName],
    );
  }

  async clearHere(appName: string): Promise<void> {
    const { nodeId: home } = this.home;
    if (home === null || !(await this.rows().findOneBy({ home, appName }))) return;
    await this.alone(home, appName, async () => {
      if (!(await this.rows().findOneBy({ home, appName }))) return;
      const row = await this.rowOf(appName);
      if (row) await this.data.removeHere(row);
      await this.rows().delete({ home, appName });
      this.logger.log({ app: appName }, `${appName}: data left on this node are removed`);
      await this.audit.record({
        action: 'app.moved-data-removed',
        actor: ITSELF,
        target: { type: 'app', id: appName },
        details: { node: home },
      });
    });
  }

  /** Not while data of the same app come here: whoever puts them in place removes what is left first. */
  private alone(home: string, appName: string, work: () => Promise<void>): Promise<void> {
    return whileLocked(this.dataSource, { kind: 'leftover', name: `${home}/${appName}` }, work, {
      seconds: LOCK_SECONDS,
      onBusy: () => new Error(`data of ${appName} are being removed`),
    });
  }

  private async sweep(): Promise<void> {
    const { nodeId: home } = this.home;
    if (home === null || this.engine.isForeign) return;
    for (const { appName } of await this.rows().findBy({ home })) {
      const row = await this.rowOf(appName);
      if (row && concerns(row.previous, home)) continue;
      // What it has here now is its own.
      if (row?.home === home) await this.rows().delete({ home, appName });
      else await this.clearHere(appName);
    }
  }

  private async rowOf(appName: string): Promise<AppInstallation | null> {
    return (await this.store.findActive(appName)) ?? this.store.findLatest(appName);
  }

  private rows() {
    return this.dataSource.getRepository(AppLeftover);
  }
}

/** Whether a move from or to this home is under way. */
function concerns(previous: string | null, home: string): boolean {
  const homes = previousOf({ previous })?.move?.homes;
  return homes !== undefined && (homes.from === home || homes.to === home);
}
