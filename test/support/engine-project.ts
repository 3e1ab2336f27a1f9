import Docker, { type ContainerInspectInfo } from 'dockerode';
import {
  buildAllContainerSpecs,
  buildNetworkSpec,
  buildVolumeSpec,
  type EngineContext,
} from '../../src/apps/compose/engine/container-spec.builder';
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

  constructor(
    private readonly app: ResolvedApp,
    private readonly leases: PortLeases,
    private readonly context: EngineContext,
    /** Another image in place of one that cannot be had under its own name. */
    private readonly imageFor: (reference: string) => string = (reference) => reference,
  ) {}

  /** Networks, volumes and containers, nothing started. Answers what inspect says, by service. */
  async create(): Promise<Map<string, Inspected>> {
    const { app, context } = this;
    for (const { key } of app.networks) {
      const network = await createTestNetwork(buildNetworkSpec(app, key, context));
      this.undo.push(() => network.remove());
    }
    for (const { key } of app.volumes) {
      const body = buildVolumeSpec(app, key, context);
      await docker.createVolume(body);
      this.undo.push(() => docker.getVolume(body.Name).remove());
    }
    const inspected = new Map<string, Inspected>();
    for (const { name, body, platform, connect, service } of buildAllContainerSpecs(
      app,
      this.leases,
      context,
    )) {
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
    for (const { name } of buildAllContainerSpecs(this.app, this.leases, this.context)) {
      await docker.getContainer(name).start();
    }
  }

  async remove(): Promise<void> {
    for (const step of this.undo.reverse()) await step();
    this.undo.length = 0;
  }
}
