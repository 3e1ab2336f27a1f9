import { mkdir, stat, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import type { Refused, Rule } from '../../../src/apps/compose/policy/rule';
import type { HostileApp, Targets } from './arena';
import type { TemplateReader } from '../../../src/apps/compose/project/template-reader';

/** A defence that is taken out, so that the generator can show that it finds the hole. */
export interface PlantedDefect {
  readonly name: string;
  /** Compose keys that the generator is kept to; others only take time. */
  readonly keys: readonly string[];
  /** Keeps to some of the templates. */
  readonly aim?: (app: HostileApp, targets: Targets) => boolean;
  /** Changes the modules that are loaded from now on; to be called after `jest.resetModules()`. */
  plant(): void;
}

/** A rule as the modules under test hold it: to be changed. */
type AnyRule = { refused: (value: never, scope: never) => Iterable<Refused> };

/** Leaves out some of what a rule refuses. */
function forgive<Value>(
  rule: Rule<Value, never> | undefined,
  forgiven: (refused: Refused, value: Value) => boolean,
): void {
  const open = rule as unknown as AnyRule;
  const strict = open.refused;
  open.refused = (value, scope) =>
    [...strict(value, scope)].filter((refused) => !forgiven(refused, value as Value));
}

const policy = {
  container: () =>
    jest.requireActual<typeof import('../../../src/apps/compose/policy/container-rules')>(
      '../../../src/apps/compose/policy/container-rules',
    ).hostConfigRules,
  resource: () =>
    jest.requireActual<typeof import('../../../src/apps/compose/policy/resource-rules')>(
      '../../../src/apps/compose/policy/resource-rules',
    ),
};

const NAMESPACES = ['NetworkMode', 'PidMode', 'IpcMode'] as const;

/** The eight that once got out, the sixth in its three forms. */
export const plantedDefects: readonly PlantedDefect[] = [
  {
    name: '1 a volume of type tmpfs that binds a folder',
    keys: ['volumes'],
    plant() {
      forgive(policy.resource().volumeRule, (_, { body }) => body.DriverOpts?.['type'] === 'tmpfs');
    },
  },
  {
    name: '2 name spaces and volumes of a container that an optional dependency names',
    keys: ['depends_on', 'volumes_from', 'network_mode', 'pid', 'ipc'],
    aim: ({ compose }, { victim }) =>
      new RegExp(`"(service:)?${victim.container}"(?!:)`).test(compose),
    plant: acceptForeignContainers,
  },
  {
    name: '3 a bind below a writable bind',
    keys: ['volumes', 'configs', 'secrets'],
    plant() {
      forgive(policy.container().Binds, ({ code }) => code === 'nested-bind');
      jest.doMock('../../../src/apps/compose/files/bind-sources', () => ({
        ...jest.requireActual<object>('../../../src/apps/compose/files/bind-sources'),
        ensureBindSources: async (_: string, projectDir: string, sources: readonly string[]) => {
          for (const source of sources.filter((path) => path.startsWith(projectDir))) {
            if (!(await stat(source).catch(() => null))) await mkdir(source, { recursive: true });
          }
        },
      }));
    },
  },
  { name: '4 files written through linked folders', keys: ['volumes'], plant: followLinks },
  {
    name: '5 names that are paths of the engine’s API',
    keys: ['volumes', 'networks'],
    aim: ({ compose }, { listenerPort }) =>
      compose.includes(`"x/../../127.0.0.1:${listenerPort}/x"`),
    plant() {
      const { TemplateReader: reader } = jest.requireActual<{
        TemplateReader: typeof TemplateReader;
      }>('../../../src/apps/compose/project/template-reader');
      reader.prototype.isResourceName = () => true;
      jest.doMock('../../../src/platform/docker/engine-name', () => ({
        nameInPath: (name: string) => name,
        imageInPath: (name: string) => name,
      }));
      jest.doMock('../../../src/platform/docker/engine-transport', () => ({
        useTransportsWithoutRedirects: followRedirects,
      }));
    },
  },
  {
    name: '6a the network of another app',
    keys: ['network_mode'],
    plant() {
      forgive<string>(
        policy.container().NetworkMode,
        (_, mode) => /^[\w.-]+$/.test(mode) && mode !== 'host',
      );
    },
  },
  {
    name: '6b addresses of the world',
    keys: ['networks'],
    plant() {
      // Not any address: others would take over routes of the machine that runs the test.
      forgive(policy.resource().networkRule, (_, { body }) =>
        /^(8\.8\.8|169\.254\.169)\.0/.test(body.IPAM?.Config?.[0]?.Subnet ?? ''),
      );
    },
  },
  {
    name: '6c a bridge of the host',
    keys: ['networks'],
    plant() {
      forgive(policy.resource().networkRule, ({ path = [] }) =>
        path.includes('com.docker.network.bridge.name'),
      );
    },
  },
  {
    name: '7 a log that is sent to an address',
    keys: ['logging'],
    plant() {
      forgive(policy.container().LogConfig, () => true);
    },
  },
  {
    name: '8 security options',
    keys: ['security_opt'],
    plant() {
      forgive(policy.container().SecurityOpt, () => true);
    },
  },
];

/** Unknown services are no error where the dependency is optional, and their names are taken for containers. */
function acceptForeignContainers(): void {
  const rules = policy.container();
  for (const field of NAMESPACES)
    forgive<string>(rules[field], (_, mode) => mode.startsWith('container:'));
  forgive(rules.VolumesFrom, () => true);
  type Graph = typeof import('../../../src/apps/compose/project/service-graph');
  jest.doMock('../../../src/apps/compose/project/service-graph', () => {
    const graph = jest.requireActual<Graph>('../../../src/apps/compose/project/service-graph');
    return {
      ...graph,
      startOrderOf: (...[reader, services]: Parameters<Graph['startOrderOf']>) => {
        const lenient = Object.create(reader) as TemplateReader;
        lenient.report = (kind, code, ...rest) => {
          if (code !== 'unknown-service') reader.report(kind, code, ...rest);
        };
        return graph.startOrderOf(lenient, services);
      },
    };
  });
  type Builder = typeof import('../../../src/apps/compose/engine/host-config.builder');
  jest.doMock('../../../src/apps/compose/engine/host-config.builder', () => {
    const builder = jest.requireActual<Builder>(
      '../../../src/apps/compose/engine/host-config.builder',
    );
    return {
      ...builder,
      buildHostConfig: (...[app, service, ...rest]: Parameters<Builder['buildHostConfig']>) => {
        const known = (name: string) => app.project.services.has(name);
        const named = (name: string) => (known(name) ? name : `container:${name}`);
        const joined = (mode: string | null) => {
          const name = mode?.startsWith('service:') ? mode.slice('service:'.length) : null;
          return name === null || known(name) ? mode : `container:${name}`;
        };
        const lenient = {
          ...service,
          networkMode: joined(service.networkMode),
          pid: joined(service.pid),
          ipc: joined(service.ipc),
          volumesFrom: service.volumesFrom.map((from) => ({
            ...from,
            service: named(from.service),
          })),
        };
        return builder.buildHostConfig(app, lenient, ...rest);
      },
    };
  });
}

/** Files of an app are reached by their paths, whatever lies on the way. */
function followLinks(): void {
  type Files = typeof import('../../../src/apps/compose/files/folder-handle');
  const { FolderHandle } = jest.requireActual<Files>(
    '../../../src/apps/compose/files/folder-handle',
  );
  const open = FolderHandle.prototype;
  open.folder = function (name) {
    return FolderHandle.open(join(this.path, name));
  };
  open.statOf = function (name) {
    return stat(join(this.path, name)).catch(() => null);
  };
  open.writeFile = function (name, content, mode) {
    return writeFile(join(this.path, name), content, { mode });
  };
}

/**
 * As the client library does where it is let: the first part of the path that it is sent to is taken for a host. There
 * an address that cannot be reached ends the process, which would end the test: here it does not.
 */
function followRedirects(): void {
  const transports = jest.requireActual<{ http: object }>('docker-modem/lib/http');
  const request = (options: http.RequestOptions, done: (answer: http.IncomingMessage) => void) =>
    http.request(options, (answer) => {
      const { location } = answer.headers;
      if (location !== undefined) {
        const address = `http://${location.replace(/^\/+/, '')}`;
        if (URL.canParse(address)) http.get(address).on('error', () => undefined);
      }
      done(answer);
    });
  transports.http = { ...http, request };
}
