import { createHash } from 'node:crypto';
import {
  NO_DEPLOY_SETTINGS,
  type DeploySettings,
  type EndpointSettings,
  type HealthConfig,
} from '../../../platform/docker/engine-types';
import { projectLabels, type AppContainerSpec, type EngineContext } from './engine-context';
import { buildHostConfig, type PublishedPorts } from './host-config.builder';
import { composeLabels, unreserved } from './labels';
import type { ComposeHealthcheck, ComposeService } from '../project/compose-project';
import { attachmentsOf } from './network-spec.builder';
import { containerNameOf } from '../resolve/resolve-resources';
import type { PortLeases, ResolvedApp } from '../resolve/resolved-app';
import { plannedFiles, type PlannedFile } from './planned-files';
import { withoutEmpty } from './without-empty';

export interface ContainerPlan {
  readonly name: string;
  readonly service: string;
  /** 1 for the first replica. */
  readonly replica: number;
  /** How many of it run; a container is always one, a service of a Swarm may be several. */
  readonly replicas: number;
  /** Nothing for a container. */
  readonly deploy: DeploySettings;
  /** Binds that a Swarm takes over; none for a container. */
  readonly files: readonly PlannedFile[];
  /** Query parameter `platform` of the create call. */
  readonly platform: string | null;
  readonly body: AppContainerSpec;
  /** Networks beyond the first: to be connected after create and before start (API 1.41 takes one only). */
  readonly connect: readonly { readonly network: string; readonly endpoint: EndpointSettings }[];
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
  const found = app.project.services.get(service);
  if (!found) throw new Error(`${app.appName} has no service ${service}`);
  const [first, ...others] = attachmentsOf(app, found);
  const published = publishedPorts(app, found, leases, context, replica);
  const body: AppContainerSpec = withoutEmpty({
    Image: imageOf(app, service),
    Hostname: found.hostname ?? undefined,
    Domainname: found.domainname ?? undefined,
    User: found.user ?? undefined,
    Env: [...found.environment].map(([name, value]) => `${name}=${value}`),
    Cmd: found.command && found.command.length > 0 ? [...found.command] : undefined,
    Entrypoint: entrypointOf(found),
    WorkingDir: found.workingDir ?? undefined,
    Labels: {},
    ExposedPorts: exposedPorts(found, published),
    Volumes: anonymousVolumes(found),
    Tty: found.tty || undefined,
    OpenStdin: found.stdinOpen || undefined,
    StopSignal: found.stopSignal ?? undefined,
    StopTimeout:
      found.stopGracePeriod === null ? undefined : Math.ceil(found.stopGracePeriod / 1e9),
    MacAddress: found.macAddress ?? undefined,
    Healthcheck: found.healthcheck ? healthcheckOf(found.healthcheck) : undefined,
    HostConfig: buildHostConfig(app, found, published, first?.network ?? null, context),
    NetworkingConfig: first && { EndpointsConfig: { [first.network]: first.endpoint } },
  });
  body.Labels = labelsOf(app, found, body, context, replica);
  const swarm = context.orchestrator === 'swarm';
  return {
    name: containerNameOf(app, found, replica),
    service,
    replica,
    replicas: swarm ? found.replicas : 1,
    deploy: swarm ? deployOf(app, found) : NO_DEPLOY_SETTINGS,
    files: swarm ? plannedFiles(app, found, context) : [],
    platform: found.platform,
    body,
    connect: others,
  };
}

function deployOf({ node }: ResolvedApp, { deploy }: ComposeService): DeploySettings {
  const constraints = [...(node === undefined ? [] : [`node.id==${node}`]), ...deploy.constraints];
  return { ...deploy, constraints, labels: unreserved(Object.entries(deploy.labels)) };
}

function publishedPorts(
  app: ResolvedApp,
  service: ComposeService,
  leases: PortLeases,
  context: EngineContext,
  replica: number,
): PublishedPorts {
  const published: PublishedPorts = {};
  for (const port of app.ports) {
    if (port.service !== service.name || port.replica !== replica) continue;
    const lease = leases[port.key];
    if (lease === undefined) throw new Error(`${app.appName}: no lease for the port ${port.key}`);
    const configured = port.role === 'database' ? context.databaseBindAddress : context.bindAddress;
    published[`${port.containerPort}/${port.protocol}`] = [
      { HostIp: port.hostIp ?? configured, HostPort: String(lease) },
    ];
  }
  return published;
}

/** Ports that are published but not exposed would silently not be published. */
function exposedPorts(
  service: ComposeService,
  published: PublishedPorts,
): Record<string, Record<string, never>> {
  const keys = [
    ...Object.keys(published),
    ...service.expose.map(({ port, protocol }) => `${port}/${protocol}`),
  ];
  return Object.fromEntries(keys.map((key) => [key, {}]));
}

function anonymousVolumes(service: ComposeService): Record<string, Record<string, never>> {
  const targets = service.mounts.filter(({ type, source }) => type === 'volume' && source === null);
  return Object.fromEntries(targets.map(({ target }) => [target, {}]));
}

/** A single empty word makes the engine drop the image's entry point. */
function entrypointOf({ entrypoint }: ComposeService): string[] | undefined {
  if (!entrypoint) return undefined;
  return entrypoint.length > 0 ? [...entrypoint] : [''];
}

function healthcheckOf(check: ComposeHealthcheck): HealthConfig {
  if (check.disable) return { Test: ['NONE'] };
  return withoutEmpty({
    Test: check.test ? [...check.test] : undefined,
    Interval: check.interval ?? undefined,
    Timeout: check.timeout ?? undefined,
    StartPeriod: check.startPeriod ?? undefined,
    Retries: check.retries ?? undefined,
  });
}

function imageOf(app: ResolvedApp, service: string): string {
  const image = app.images.find(({ services }) => services.includes(service));
  if (!image) throw new Error(`${app.appName}: the service ${service} has no image`);
  return image.reference;
}

function hashOf(body: AppContainerSpec): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('hex');
}

function labelsOf(
  app: ResolvedApp,
  service: ComposeService,
  body: AppContainerSpec,
  context: EngineContext,
  replica: number,
): Record<string, string> {
  const dependsOn = [...service.dependsOn]
    .map(([name, { condition, restart }]) => `${name}:${condition}:${restart}`)
    .join(',');
  return {
    ...unreserved(service.labels),
    ...projectLabels(app, context),
    [composeLabels.service]: service.name,
    [composeLabels.containerNumber]: String(replica),
    [composeLabels.oneOff]: 'False',
    ...(context.judgedOnly ? {} : { [composeLabels.configHash]: hashOf(body) }),
    [composeLabels.workingDir]: context.projectDir,
    [composeLabels.configFiles]: `${context.projectDir}/${app.composeFile}`,
    [composeLabels.dependsOn]: dependsOn,
    [composeLabels.image]: body.Image,
  };
}
