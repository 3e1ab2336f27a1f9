import type { ComposePort, ComposeProject } from '../project/compose-project';
import type { PortRequest } from './resolved-app';

interface MainPort {
  readonly service: string;
  readonly containerPort: number;
  readonly protocol: PortRequest['protocol'];
  /** False where nothing but a database speaks there: then it is leased and bound like one. */
  readonly forPeople: boolean;
}

export interface PortPlan {
  readonly ports: readonly PortRequest[];
  readonly mainPort: PortRequest | null;
  readonly databasePort: PortRequest | null;
  /** The key of each published port by its place in the template. */
  readonly keys: ReadonlyMap<string, string>;
}

/**
 * Every port to be leased: what the template publishes, and the main port and the database's port even where
 * the template publishes neither. `known` keeps the keys of an earlier plan; `fixed` says whether the user set
 * the variable of a port. `reached`: ports that the store's own proxy would reach.
 */
export function planPorts(
  project: ComposeProject,
  main: MainPort | null,
  database: { readonly service: string; readonly port: number } | null,
  fixed: (variable: string) => boolean,
  known: ReadonlyMap<string, string> = new Map(),
  reached: readonly { readonly service: string; readonly port: number }[] = [],
): PortPlan {
  const wanted = new Map<string, PortRequest>();
  const firstOfVariable = new Map<string, PortRequest>();
  const keys = new Map<string, string>();
  const isMain = (service: string, port: ComposePort) =>
    service === main?.service &&
    port.containerPort === main.containerPort &&
    port.protocol === main.protocol;
  const isDatabase = (service: string, port: ComposePort) =>
    service === database?.service &&
    port.containerPort === database.port &&
    port.protocol === 'tcp';
  const roleOf = (service: string, port: ComposePort): PortRequest['role'] => {
    if (isMain(service, port) && (main?.forPeople || !isDatabase(service, port))) return 'main';
    return isDatabase(service, port) ? 'database' : 'other';
  };
  for (const service of project.services.values()) {
    for (let replica = 1; replica <= service.replicas; replica++) {
      for (const [index, port] of service.ports.entries()) {
        const actual = portKey(service.name, port.containerPort, port.protocol, replica);
        if (wanted.has(actual)) continue;
        const place = `${service.name}.${index}#${replica}`;
        const key = known.get(place) ?? actual;
        keys.set(place, key);
        // A replica after the first cannot share the number, nor its variable.
        const variable = replica === 1 ? port.variable : null;
        const first = variable === null ? undefined : firstOfVariable.get(variable);
        const twice = first?.protocol === port.protocol;
        const item: PortRequest = {
          key,
          service: service.name,
          replica,
          containerPort: port.containerPort,
          protocol: port.protocol,
          variable: twice ? null : variable,
          preferred: port.published,
          fixed: !twice && variable !== null && fixed(variable),
          role: roleOf(service.name, port),
          hostIp: loopbackOnly(port.hostIp),
          sameAs: first && !twice ? first.key : null,
        };
        wanted.set(actual, item);
        if (variable !== null && !first) firstOfVariable.set(variable, item);
      }
    }
  }
  const mainPort = main && ensure(wanted, main.service, main.containerPort, main.protocol, 'main');
  for (const { service, port } of reached) {
    if (project.services.has(service)) ensure(wanted, service, port, 'tcp', 'other');
  }
  const databasePort =
    database && ensure(wanted, database.service, database.port, 'tcp', 'database');
  return { ports: [...wanted.values()], mainPort, databasePort, keys };
}

/** The key of a port within its app. */
export function portKey(
  service: string,
  containerPort: number,
  protocol: string,
  replica: number,
): string {
  return `${service}:${containerPort}/${protocol}${replica > 1 ? `#${replica}` : ''}`;
}

function ensure(
  wanted: Map<string, PortRequest>,
  service: string,
  containerPort: number,
  protocol: PortRequest['protocol'],
  role: PortRequest['role'],
): PortRequest {
  const key = portKey(service, containerPort, protocol, 1);
  const present = wanted.get(key);
  if (present) return present;
  const added: PortRequest = {
    key,
    service,
    replica: 1,
    containerPort,
    protocol,
    variable: null,
    preferred: null,
    fixed: false,
    role,
    hostIp: null,
    sameAs: null,
  };
  wanted.set(key, added);
  return added;
}

/** A template may keep a port to the machine itself; every other address is the administrator's choice. */
function loopbackOnly(hostIp: string | null): string | null {
  return hostIp !== null && (hostIp === '::1' || hostIp.startsWith('127.')) ? hostIp : null;
}
