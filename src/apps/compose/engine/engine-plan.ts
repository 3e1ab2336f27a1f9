import type { PortLeases, ResolvedApp } from '../resolve/resolved-app';
import { buildContainerSpec, type ContainerPlan } from './container-spec.builder';
import type { AppNetworkSpec, AppVolumeSpec, EngineContext } from './engine-context';
import { buildNetworkSpec, buildVolumeSpec } from './network-spec.builder';

/** Everything that one installation sends to the engine, apart from images. */
export interface EnginePlan {
  /** In start order, replica by replica. */
  readonly containers: readonly ContainerPlan[];
  /** The shared network too, where the app joins it. */
  readonly networks: readonly PlannedNetwork[];
  readonly volumes: readonly AppVolumeSpec[];
}

export interface PlannedNetwork {
  /** Compose key. */
  readonly key: string;
  readonly shared: boolean;
  readonly body: AppNetworkSpec;
}

/** The plan of an app whose ports are all leased; a port without a lease is an error of the caller and throws. */
export function buildEnginePlan(
  app: ResolvedApp,
  leases: PortLeases,
  context: EngineContext,
): EnginePlan {
  const containers = app.startOrder.flat().flatMap((service) => {
    const { replicas: wanted = 1 } = app.project.services.get(service) ?? {};
    const replicas = context.orchestrator === 'swarm' ? 1 : wanted;
    return Array.from({ length: replicas }, (_, index) =>
      buildContainerSpec(app, service, leases, context, index + 1),
    );
  });
  return {
    containers,
    networks: app.networks
      .filter((network) => !network.external)
      .map(({ key, shared }) => ({ key, shared, body: buildNetworkSpec(app, key, context) })),
    volumes: app.volumes
      .filter((volume) => !volume.external)
      .map(({ key }) => buildVolumeSpec(app, key, context)),
  };
}
