import {
  projectLabels,
  type AppNetworkSpec,
  type AppVolumeSpec,
  type EngineContext,
} from './engine-context';
import type { EndpointSettings } from '../../../platform/docker/engine-types';
import { composeLabels, unreserved } from './labels';
import type { ComposeService, ComposeServiceNetwork } from '../project/compose-project';
import { defaultAttachment } from '../project/read-networks';
import { containerNameOf } from '../resolve/resolve-resources';
import { SHARED_NETWORK_KEY, type ResolvedApp } from '../resolve/resolved-app';
import { withoutEmpty } from './without-empty';

export interface Attachment {
  readonly network: string;
  readonly endpoint: EndpointSettings;
}

/**
 * The networks of a container, the first of which goes into the create call. Private ones carry the
 * service's name and aliases; the shared one carries nothing but the container's own name.
 */
export function attachmentsOf(app: ResolvedApp, service: ComposeService): Attachment[] {
  if (service.networkMode !== null) return [];
  const attached = new Map<string, Attachment & { priority: number }>();
  let wantsShared = false;
  for (const [key, attachment] of service.networks) {
    const shared = app.sharedKeys.includes(key);
    if (shared) wantsShared = true;
    const network = app.networks.find((item) => item.key === (shared ? 'default' : key));
    if (!network) throw new Error(`${app.appName} has no network ${key}`);
    // An address of the shared network means nothing on the private one that stands in for it.
    const plain = shared ? { ...defaultAttachment(), aliases: attachment.aliases } : attachment;
    attached.set(network.name, {
      network: network.name,
      endpoint: endpointOf(app, service, plain),
      priority: attachment.priority,
    });
  }
  const sorted = [...attached.values()]
    .sort((one, other) => other.priority - one.priority)
    .map(({ network, endpoint }) => ({ network, endpoint }));
  const shared = app.networks.find(({ key }) => key === SHARED_NETWORK_KEY);
  if (!shared || !wantsShared || service.name !== app.mainService) return sorted;
  return [...sorted, { network: shared.name, endpoint: {} }];
}

export function buildNetworkSpec(
  app: ResolvedApp,
  key: string,
  context: EngineContext,
): AppNetworkSpec {
  const network = app.networks.find((item) => item.key === key);
  if (!network) throw new Error(`${app.appName} has no network ${key}`);
  // The shared network belongs to no app: it carries no app's label, and goes with none.
  if (network.shared) {
    return { Name: network.name, CheckDuplicate: true, Driver: 'bridge', Labels: {} };
  }
  const declared = app.sharedKeys.includes(key) ? undefined : app.project.networks.get(key);
  const config = (declared?.ipam?.config ?? []).map((item) =>
    withoutEmpty({
      Subnet: item.subnet ?? undefined,
      IPRange: item.ipRange ?? undefined,
      Gateway: item.gateway ?? undefined,
    }),
  );
  const driver = declared?.driver;
  return withoutEmpty<AppNetworkSpec>({
    Name: network.name,
    CheckDuplicate: true,
    Driver: driver === null || driver === undefined || driver === 'default' ? 'bridge' : driver,
    Internal: declared?.internal || undefined,
    Attachable: declared?.attachable || undefined,
    EnableIPv6: declared?.enableIpv6 || undefined,
    Options: Object.fromEntries(declared?.driverOpts ?? []),
    IPAM:
      config.length > 0
        ? { Driver: declared?.ipam?.driver ?? 'default', Config: config }
        : undefined,
    Labels: {
      ...unreserved(declared?.labels),
      ...projectLabels(app, context),
      [composeLabels.network]: key,
    },
  });
}

export function buildVolumeSpec(
  app: ResolvedApp,
  key: string,
  context: EngineContext,
): AppVolumeSpec {
  const volume = app.volumes.find((item) => item.key === key);
  if (!volume) throw new Error(`${app.appName} has no volume ${key}`);
  const declared = app.project.volumes.get(key);
  return withoutEmpty<AppVolumeSpec>({
    Name: volume.name,
    Driver: declared?.driver ?? 'local',
    DriverOpts: Object.fromEntries(declared?.driverOpts ?? []),
    Labels: {
      ...unreserved(declared?.labels),
      ...projectLabels(app, context),
      [composeLabels.volume]: key,
    },
  });
}

function endpointOf(
  app: ResolvedApp,
  service: ComposeService,
  attachment: ComposeServiceNetwork,
): EndpointSettings {
  const names = [service.name, service.containerName, ...attachment.aliases];
  const links = service.links.flatMap(({ service: other, alias }) => {
    const target = app.project.services.get(other);
    return target ? [`${containerNameOf(app, target, 1)}:${alias}`] : [];
  });
  return withoutEmpty<EndpointSettings>({
    Aliases: [...new Set(names.filter((name) => name !== null))],
    Links: links,
    IPAMConfig: withoutEmpty({
      IPv4Address: attachment.ipv4Address ?? undefined,
      IPv6Address: attachment.ipv6Address ?? undefined,
      LinkLocalIPs: [...attachment.linkLocalIps],
    }),
    DriverOpts: Object.fromEntries(attachment.driverOpts),
    MacAddress: attachment.macAddress ?? undefined,
  });
}
