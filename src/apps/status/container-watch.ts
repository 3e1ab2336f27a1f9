import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import type { EngineEvent } from '../../platform/docker/engine-types';
import { ownLabels } from '../compose/engine/labels';
import { LeaseReconciler } from '../ports/lease-reconciler';
import { AppEventsService } from '../progress/app-events.service';
import { Settings } from '../../platform/config/settings';
import { ContainerStates } from './container-states';
import type { ContainerKnowledge } from './derive-app-status';

/** Actions after which a container is inspected. */
const INSPECTED = /^(start|die|oom|restart|health_status)/;
/** Actions that become events of the app. */
const PUBLISHED = /^(start|die|oom|stop|kill|destroy|rename|pause|unpause|health_status)/;

/**
 * Follows the engine's events and keeps what its container list lacks: out-of-memory kills, the last
 * probe, the number of restarts, and whether a stop was requested.
 */
@Injectable()
export class ContainerWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(ContainerWatch.name);
  private readonly knowledge = new Map<string, ContainerKnowledge>();
  private changes = 0;
  private readonly stop = new AbortController();
  private done: Promise<void> = Promise.resolve();
  private away = false;

  constructor(
    private readonly engine: DockerEngine,
    private readonly events: AppEventsService,
    private readonly settings: Settings,
    private readonly reconciler: LeaseReconciler,
    private readonly states: ContainerStates,
  ) {}

  onApplicationBootstrap(): void {
    // No engine tells of the tasks of other nodes: without events each request asks the managers.
    if (this.settings.orchestrator === 'swarm') return;
    this.done = this.engine.watchEvents(
      [ownLabels.installation],
      {
        onConnect: () => this.reconcile(),
        onEvent: (event) => this.onEvent(event),
        onDisconnect: (error) => {
          if (!this.away) this.logger.warn(`engine events broke off: ${String(error)}`);
          this.away = true;
          this.states.followsEvents = false;
        },
      },
      this.stop.signal,
    );
  }

  async onModuleDestroy(): Promise<void> {
    this.stop.abort();
    await this.done;
  }

  /** What is known of the containers so far, by id. */
  known(): ReadonlyMap<string, ContainerKnowledge> {
    return this.knowledge;
  }

  /** Grows whenever more is known. */
  get version(): number {
    return this.changes;
  }

  /** Looks at a container now; does nothing where it is gone. */
  async refresh(id: string): Promise<void> {
    const condition = await this.engine.workloads.condition(id).catch(() => null);
    if (condition) this.merge(id, { condition });
  }

  private onEvent(event: EngineEvent): void {
    const { action, id } = event;
    this.states.changed();
    if (action === 'destroy') this.knowledge.delete(id);
    if (action === 'stop') this.merge(id, { stopRequested: true });
    if (action === 'oom') this.merge(id, { outOfMemoryAt: event.at });
    if (action === 'start') this.merge(id, { stopRequested: false });
    if (INSPECTED.test(action)) void this.refresh(id);
    // One process of an installation writes, the one that works.
    if (this.settings.role === 'api') return;
    if (PUBLISHED.test(action)) this.write(event);
    if (action === 'start') this.followPorts(event);
  }

  /** The container may have been recreated by hand with another port. */
  private followPorts({ attributes }: EngineEvent): void {
    const installationId = attributes[ownLabels.installation];
    // What fails now is reconciled by the sweep within a minute.
    if (installationId) this.reconciler.reconcile(installationId).catch(() => undefined);
  }

  private write(event: EngineEvent): void {
    const { attributes, action, at } = event;
    const appName = attributes[ownLabels.app];
    const installationId = attributes[ownLabels.installation];
    if (!appName || !installationId) return;
    void this.events.record(installationId, appName, 'status', {
      action,
      container: attributes['name'],
      ...(attributes['exitCode'] === undefined ? {} : { exitCode: Number(attributes['exitCode']) }),
      at: at.toISOString(),
    });
  }

  /** After a gap in the events everything may have changed. */
  private async reconcile(): Promise<void> {
    if (this.away) this.logger.log('engine events are back');
    this.away = false;
    this.states.followsEvents = true;
    const containers = await this.engine.workloads.list([ownLabels.installation]);
    const alive = new Set(containers.map((c) => c.id));
    for (const id of this.knowledge.keys()) if (!alive.has(id)) this.knowledge.delete(id);
    for (const c of containers) {
      if (c.state !== 'running' || c.health === 'unhealthy') await this.refresh(c.id);
    }
  }

  private merge(id: string, more: ContainerKnowledge): void {
    this.changes += 1;
    this.knowledge.set(id, { ...this.knowledge.get(id), ...more });
  }
}
