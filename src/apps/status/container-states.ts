import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { engineCallChannel, type EngineCallOutcome } from '../../platform/docker/engine-call';
import type { ContainerSummary } from '../../platform/docker/engine-types';
import { isEngineFailure } from '../../platform/docker/engine.errors';
import { RememberedRead } from '../../platform/waiting/remembered-read';
import { isPromise } from '../../platform/waiting/settle';
import { ownLabels } from '../compose/engine/labels';
import { ownerOf } from '../engine/resource-owner';

/** Containers by the installation that they belong to. */
export type ContainersByInstallation = ReadonlyMap<string, readonly ContainerSummary[]>;

/** Stands for what nobody can tell: the managers of the Swarm have no majority. */
export const NOT_KNOWN: ContainersByInstallation = new Map();

/**
 * The containers of all installations, remembered so that requests do not ask the engine. They are
 * read again after every event of the engine, after every change by this process and at least once a
 * second while somebody asks. While there is no stream of events, every request asks the engine.
 */
@Injectable()
export class ContainerStates implements OnModuleDestroy {
  private readonly states = new RememberedRead(async () =>
    byInstallation(await this.engine.workloads.list([ownLabels.installation])),
  );

  constructor(private readonly engine: DockerEngine) {
    this.states.trusted = false;
    engineCallChannel.subscribe(this.onEngineCall);
  }

  onModuleDestroy(): void {
    engineCallChannel.unsubscribe(this.onEngineCall);
  }

  /** Whether the stream of engine events is open. */
  get followsEvents(): boolean {
    return this.states.trusted;
  }

  set followsEvents(following: boolean) {
    this.states.trusted = following;
    this.changed();
  }

  /** Something changed on the engine: what is remembered counts no longer. */
  changed(): void {
    this.states.changed();
  }

  /**
   * As of now, or at most a second old where no event told of a change.
   * @throws EngineError where the engine must be asked and does not answer
   */
  current(): ContainersByInstallation | Promise<ContainersByInstallation> {
    return this.states.current();
  }

  /** The same, and `NOT_KNOWN` where the managers of the Swarm have no majority. */
  currentOrNotKnown(): ContainersByInstallation | Promise<ContainersByInstallation> {
    const now = this.current();
    return isPromise(now) ? now.catch(notKnown) : now;
  }

  private readonly onEngineCall = (message: unknown): void => {
    if ((message as EngineCallOutcome).changes) this.changed();
  };
}

function notKnown(error: unknown): ContainersByInstallation {
  if (isEngineFailure(error, 'swarm-without-majority')) return NOT_KNOWN;
  throw error;
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
