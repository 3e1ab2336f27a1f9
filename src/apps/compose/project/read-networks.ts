import type { ComposeNetwork, ComposeServiceNetwork, ComposeVolume } from './compose-project';
import type { Cursor, TemplateReader } from './template-reader';

const NETWORK_KEYS =
  'name external driver driver_opts internal attachable enable_ipv4 enable_ipv6 ipam labels';

/** `networks:` of the project. */
export function readNetworks(
  reader: TemplateReader,
  at: Cursor | null,
): Map<string, ComposeNetwork> {
  const networks = new Map<string, ComposeNetwork>();
  for (const [key, item] of reader.namedEntries(at)) {
    reader.checkKeys(item, NETWORK_KEYS);
    const part = (name: string) => reader.at(item, name);
    const { external, name } = readExternal(reader, item);
    networks.set(key, {
      key,
      name,
      external,
      driver: reader.name(part('driver')),
      driverOpts: reader.definedPairs(part('driver_opts')),
      internal: reader.boolean(part('internal')) ?? false,
      attachable: reader.boolean(part('attachable')) ?? false,
      enableIpv6: reader.boolean(part('enable_ipv6')) ?? false,
      ipam: readIpam(reader, part('ipam')),
      labels: reader.definedPairs(part('labels')),
    });
    if (reader.boolean(part('enable_ipv4')) === false) {
      reader.unsupported(part('enable_ipv4') ?? item, 'enable_ipv4: false');
    }
  }
  return networks;
}

/** `volumes:` of the project. */
export function readVolumes(reader: TemplateReader, at: Cursor | null): Map<string, ComposeVolume> {
  const volumes = new Map<string, ComposeVolume>();
  for (const [key, item] of reader.namedEntries(at)) {
    reader.checkKeys(item, 'name external driver driver_opts labels');
    const options = reader.at(item, 'driver_opts');
    // A local volume may bind a path of the host.
    reader.path(options && reader.at(options, 'device'));
    const { external, name } = readExternal(reader, item);
    volumes.set(key, {
      key,
      external,
      name,
      driver: reader.name(reader.at(item, 'driver')),
      driverOpts: reader.definedPairs(options),
      labels: reader.definedPairs(reader.at(item, 'labels')),
    });
  }
  return volumes;
}

/** `networks:` of a service: a list of names, or a map with addresses and aliases. */
export function readServiceNetworks(
  reader: TemplateReader,
  at: Cursor | null,
): Map<string, ComposeServiceNetwork> {
  const networks = new Map<string, ComposeServiceNetwork>();
  if (at && reader.isList(at)) {
    for (const item of reader.list(at)) {
      const name = reader.name(item);
      if (name !== null && reader.isResourceName(name, item))
        networks.set(name, defaultAttachment());
    }
    return networks;
  }
  for (const [name, item] of reader.namedEntries(at)) {
    if (item.value === null) {
      networks.set(name, defaultAttachment());
      continue;
    }
    reader.checkKeys(item, ATTACHMENT_KEYS);
    const part = (key: string) => reader.at(item, key);
    for (const key of ['gw_priority', 'interface_name']) {
      const found = part(key);
      if (found) reader.unsupported(found, key);
    }
    networks.set(name, {
      aliases: reader.texts(part('aliases')),
      ipv4Address: reader.name(part('ipv4_address')),
      ipv6Address: reader.name(part('ipv6_address')),
      linkLocalIps: reader.texts(part('link_local_ips')),
      macAddress: reader.name(part('mac_address')),
      driverOpts: reader.definedPairs(part('driver_opts')),
      priority: reader.integer(part('priority'), { min: -1e6, max: 1e6 }) ?? 0,
    });
  }
  return networks;
}

const ATTACHMENT_KEYS =
  'aliases ipv4_address ipv6_address link_local_ips mac_address driver_opts priority gw_priority interface_name';

export function defaultAttachment(): ComposeServiceNetwork {
  return {
    aliases: [],
    ipv4Address: null,
    ipv6Address: null,
    linkLocalIps: [],
    macAddress: null,
    driverOpts: new Map(),
    priority: 0,
  };
}

/** `external: true` or, as it was written once, `external: { name: … }`. */
function readExternal(
  reader: TemplateReader,
  item: Cursor,
): { external: boolean; name: string | null } {
  const at = reader.at(item, 'external');
  const oldForm = at !== null && reader.isMap(at);
  const nameAt = (oldForm ? reader.at(at, 'name') : null) ?? reader.at(item, 'name');
  const name = reader.name(nameAt);
  return {
    external: oldForm || (reader.boolean(at) ?? false),
    name: name !== null && nameAt && reader.isResourceName(name, nameAt) ? name : null,
  };
}

function readIpam(reader: TemplateReader, at: Cursor | null): ComposeNetwork['ipam'] {
  if (!at) return null;
  reader.checkKeys(at, 'driver config');
  return {
    driver: reader.name(reader.at(at, 'driver')),
    config: reader.list(reader.at(at, 'config')).map((item) => {
      reader.checkKeys(item, 'subnet ip_range gateway');
      const subnetAt = reader.at(item, 'subnet');
      const subnet = reader.name(subnetAt);
      if (subnet !== null && !/^[0-9a-f.:]+\/\d{1,3}$/i.test(subnet)) {
        reader.wrong(subnetAt, '应为 CIDR 网段', 'must be a network in CIDR notation');
      }
      return {
        subnet,
        ipRange: reader.name(reader.at(item, 'ip_range')),
        gateway: reader.name(reader.at(item, 'gateway')),
      };
    }),
  };
}
