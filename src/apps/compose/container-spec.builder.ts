import type {
  ContainerCreateBody,
  EndpointBody,
  NetworkCreateBody,
  VolumeCreateBody,
} from './engine-spec';
import type { PortLeases, ResolvedApp } from './resolved-app';

/** What the builders need to know besides the app itself. */
export interface EngineContext {
  readonly installationId: string;
  /** Absolute folder of this installation: relative binds start here. */
  readonly projectDir: string;
  /** `APP_BIND`: the address application ports are published on. */
  readonly bindAddress: string;
  /** The address database ports are published on; `127.0.0.1` unless configured. */
  readonly databaseBindAddress: string;
}

export interface ContainerPlan {
  readonly name: string;
  readonly service: string;
  /** 1 for the first replica. */
  readonly replica: number;
  /** Query parameter `platform` of the create call. */
  readonly platform: string | null;
  readonly body: ContainerCreateBody;
  /** Networks beyond the first: to be connected after create and before start (API 1.41 takes one only). */
  readonly connect: readonly { readonly network: string; readonly endpoint: EndpointBody }[];
}

/**
 * The create call of one container. Every published port is explicit: a port without a lease is an
 * error of the caller and throws.
 */
export function buildContainerSpec(
  app: ResolvedApp,
  service: string,
  leases: PortLeases,
  context: EngineContext,
  replica = 1,
): ContainerPlan {
  throw new Error(
    `not written yet: ${app.appName} ${service} ${Object.keys(leases).length} ${context.projectDir} ${replica}`,
  );
}

export function buildNetworkSpec(
  app: ResolvedApp,
  key: string,
  context: EngineContext,
): NetworkCreateBody {
  throw new Error(`not written yet: ${app.appName} ${key} ${context.projectDir}`);
}

export function buildVolumeSpec(
  app: ResolvedApp,
  key: string,
  context: EngineContext,
): VolumeCreateBody {
  throw new Error(`not written yet: ${app.appName} ${key} ${context.projectDir}`);
}

/** All container plans of the app, replica by replica, in the order of `startOrder`. */
export function buildAllContainerSpecs(
  app: ResolvedApp,
  leases: PortLeases,
  context: EngineContext,
): ContainerPlan[] {
  return app.startOrder.flat().flatMap((service) => {
    const replicas = app.project.services.get(service)?.replicas ?? 1;
    return Array.from({ length: replicas }, (_, index) =>
      buildContainerSpec(app, service, leases, context, index + 1),
    );
  });
}
