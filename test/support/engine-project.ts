import Docker, { type ContainerInspectInfo } from 'dockerode';
import type { EngineContext } from '../../src/apps/compose/engine/engine-context';
import { buildEnginePlan, type EnginePlan } from '../../src/apps/compose/engine/engine-plan';
import type { PortLeases, ResolvedApp } from '../../src/apps/compose/resolve/resolved-app';
import { createTestNetwork } from './test-network';

const docker = new Docker();

/** What the engine reports of a container; the published types lack some fields. */
export type Inspected = ContainerInspectInfo & {
  readonly HostConfig: Record<string, unknown>;
  readonly Config: Record<string, unknown>;
};

/**
 * Creates what a resolved app consists of on the real engine, straight from the builders, and takes
 * all of it away again.
 */
export class EngineProject {
  private readonly undo: (() => Promise<unknown>)[] = [];

  private readonly plan: EnginePlan;

  constructor(
    app: ResolvedApp,
    leases: PortLeases,
    context: EngineContext,
    /** Another image in place of one that cannot be had under its own name. */
    private readonly imageFor: (reference: string) => string = (reference) => reference,
  ) {
    this.plan = buildEnginePlan(app, leases, context);
  }

  /** Networks, volumes and containers, nothing started. Answers what inspect says, by service. */
  async create(): Promise<Map<string, Inspected>> {
    const { containers, networks, volumes } = this.plan;
    for (const { body } of networks) {
      const network = await createTestNetwork(body);
      this.undo.push(() => network.remove());
    }
    for (const body of volumes) {
      await docker.createVolume(body);
      this.undo.push(() => docker.getVolume(body.Name).remove());
    }
    const inspected = new Map<string, Inspected>();
    for (const { name, body, platform, connect, service } of containers) {
      const container = await docker.createContainer({
        name,
        ...(platform ? { platform } : {}),
        ...(body as Docker.ContainerCreateOptions),
        Image: this.imageFor(body.Image),
      });
      this.undo.push(() => container.remove({ force: true, v: true }));
      for (const { network, endpoint } of connect) {
        await docker.getNetwork(network).connect({
          Container: container.id,
          EndpointConfig: endpoint,
        });
      }
      inspected.set(service, (await container.inspect()) as Inspected);
    }
    return inspected;
  }

  async start(): Promise<void> {
    for (const { name } of this.plan.containers) {
      await docker.getContainer(name).start();
    }
  }

  async remove(): Promise<void> {
    for (const step of this.undo.reverse()) await step();
    this.undo.length = 0;
  }
}
