import { NO_DEPLOY_SETTINGS, type EndpointSettings } from '../../platform/docker/engine-types';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import type { ContainerPlan } from '../compose/engine/container-spec.builder';
import type { EnginePlan } from '../compose/engine/engine-plan';
import { composeLabels, ownLabels, unreserved } from '../compose/engine/labels';
import type { ResolvedApp } from '../compose/resolve/resolved-app';

/** Everything that one trial makes on the engine, by name. */
export interface TrialNames {
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
}

/** A service that ends is started again this often: some end as long as their database is not there. */
const MAX_RESTARTS = 8;
/** Without an address of the host in it, nothing of the host can be reached from the network. */
const NETWORK_OPTIONS = { 'com.docker.network.bridge.inhibit_ipv4': 'true' };
/** The container itself, where nobody answers: the engine would ask its own name servers. */
const NO_DNS = ['127.0.0.1'];

/** Why an app is not started for a trial; null: it can be. */
export function obstacleOf(app: ResolvedApp, plan: EnginePlan): Bilingual | null {
  const refused = app.problems.find(({ kind }) => kind === 'forbidden' || kind === 'broken');
  if (refused) return refused.message;
  const bodies = plan.containers.map(({ body }) => body);
  if (bodies.some(({ HostConfig }) => (HostConfig.DeviceRequests ?? []).length > 0))
    return bilingual('应用使用 GPU', 'the app uses a GPU');
  const endpoints = plan.containers.flatMap(endpointsOf);
  const isFixed = ({ IPAMConfig }: EndpointSettings): boolean =>
    Object.keys(IPAMConfig ?? {}).length > 0;
  if (plan.networks.some(({ body }) => body.IPAM) || endpoints.some(isFixed))
    return bilingual('应用使用固定的网络地址', 'the app has network addresses of its own choice');
  return null;
}

/**
 * The plan of a trial, made from one whose names and folder are already those of the trial: networks of its own
 * without a way out, nothing published, no label by which it would count as the installed app.
 * @param owner id that all of it is labelled with
 * @param imageOf the image of a service
 * @param nameOf the container's name in the installed app, by which others may call it
 */
export function trialPlan(
  plan: EnginePlan,
  owner: string,
  imageOf: (service: string) => string,
  nameOf: (container: ContainerPlan) => string,
): EnginePlan {
  const own = { [ownLabels.trial]: owner };
  const shared = new Set(plan.networks.filter((n) => n.shared).map(({ body }) => body.Name));
  return {
    networks: plan.networks
      .filter((network) => !network.shared)
      .map(({ key, body: { Name } }) => ({
        key,
        shared: false,
        body: {
          Name,
          CheckDuplicate: true,
          Driver: 'bridge',
          Internal: true,
          Options: NETWORK_OPTIONS,
          Labels: own,
        },
      })),
    volumes: plan.volumes.map((body) => ({ ...body, Labels: own })),
    containers: plan.containers.map((container) => {
      const { body, connect } = container;
      const called = (endpoint: EndpointSettings): EndpointSettings => ({
        ...endpoint,
        Aliases: [...(endpoint.Aliases ?? []), nameOf(container)],
      });
      const first = Object.entries(body.NetworkingConfig?.EndpointsConfig ?? {}).map(
        ([network, endpoint]) => [network, called(endpoint)] as const,
      );
      const { RestartPolicy } = body.HostConfig;
      const mayReturn = RestartPolicy?.Name !== undefined && RestartPolicy.Name !== 'no';
      return {
        ...container,
        replicas: 1,
        deploy: NO_DEPLOY_SETTINGS,
        connect: connect
          .filter(({ network }) => !shared.has(network))
          .map(({ network, endpoint }) => ({ network, endpoint: called(endpoint) })),
        body: {
          ...body,
          Image: imageOf(container.service),
          Labels: {
            ...unreserved(Object.entries(body.Labels)),
            ...own,
            [composeLabels.workingDir]: body.Labels[composeLabels.workingDir] ?? '',
          },
          HostConfig: {
            ...body.HostConfig,
            PortBindings: {},
            Dns: NO_DNS,
            RestartPolicy: mayReturn
              ? { Name: 'on-failure', MaximumRetryCount: MAX_RESTARTS }
              : { Name: 'no' },
          },
          ...(first.length > 0
            ? { NetworkingConfig: { EndpointsConfig: Object.fromEntries(first) } }
            : {}),
        },
      };
    }),
  };
}

export function namesOf({ containers, networks, volumes }: EnginePlan): TrialNames {
  return {
    containers: containers.map(({ name }) => name),
    networks: networks.map(({ body }) => body.Name),
    volumes: volumes.map(({ Name }) => Name),
  };
}

function endpointsOf({ body, connect }: ContainerPlan): EndpointSettings[] {
  return [
    ...Object.values(body.NetworkingConfig?.EndpointsConfig ?? {}),
    ...connect.map(({ endpoint }) => endpoint),
  ];
}
