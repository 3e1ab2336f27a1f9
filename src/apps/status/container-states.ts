import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { engineCallChannel, type EngineCallOutcome } from '../../platform/docker/engine-call';
import type { ContainerSummary } from '../../platform/docker/engine-types';
import { SharedReads } from '../../platform/waiting/shared-reads';
import { ownLabels } from '../compose/engine/labels';
import { ownerOf } from '../engine/resource-owner';

/** What is remembered is used for this long, whether events arrive or not. */
const MAX_AGE_MS = 1_000;
/** From this age on a request has it read again in the background. */
const REFRESH_AGE_MS = 500;

/** Containers by the installation that they belong to. */
export type ContainersByInstallation = ReadonlyMap<string, readonly ContainerSummary[]>;

/**
 * The containers of all installations, remembered so that requests do not ask the engine. They are
 * read again after every event of the engine, after every change by this process and at least once a
 * second while somebody asks. While there is no stream of events, every request asks the engine.
 */
@Injectable()
export class ContainerStates implements OnModuleDestroy {
  private remembered: ContainersByInstallation = new Map();
  private readAt = -Infinity;
  private changedAt = 0;
  private following = false;
  private readonly reads = new SharedReads();

  constructor(private readonly engine: DockerEngine) {
    engineCallChannel.subscribe(this.onEngineCall);
  }

  onModuleDestroy(): void {
    engineCallChannel.unsubscribe(this.onEngineCall);
  }

  /** Whether the stream of engine events is open. */
  get followsEvents(): boolean {
    return this.following;
  }

  set followsEvents(following: boolean) {
    this.following = following;
    this.changed();
  }

  /** Something changed on the engine: what is remembered counts no longer. */
  changed(): void {
    this.changedAt = performance.now();
  }

  /**
   * As of now, or at most a second old where no event told of a change.
   * @throws EngineError where the engine must be asked and does not answer
   */
  async current(): Promise<ContainersByInstallation> {
    const age = performance.now() - this.readAt;
    if (!this.following || this.readAt <= this.changedAt || age > MAX_AGE_MS) return this.read();
    // A failure shows to the request that finds the memory too old.
    if (age > REFRESH_AGE_MS) this.read().catch(() => undefined);
    return this.remembered;
  }

  private read(): Promise<ContainersByInstallation> {
    return this.reads.read('list', async () => {
      const begunAt = performance.now();
      const containers = await this.engine.containers.list([ownLabels.installation]);
      this.remembered = byInstallation(containers);
      this.readAt = begunAt;
      return this.remembered;
    });
  }

  private readonly onEngineCall = (message: unknown): void => {
    if ((message as EngineCallOutcome).changes) this.changed();
  };
}

function byInstallation(containers: readonly ContainerSummary[]): ContainersByInstallation {
  const groups = new Map<string, ContainerSummary[]>();
  for (const container of containers) {
    const key = ownerOf(container.labels) ?? '';
    const group = groups.get(key);
    if (group) group.push(container);
    else groups.set(key, [container]);
  }
  return groups;
}
