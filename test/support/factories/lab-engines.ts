import type Docker from 'dockerode';
import { pollUntil } from '../poll-until';
import { places } from '../places';
import { pullImage, removeStandIn } from '../stand-in-image';

type Names = readonly (string | undefined)[];

/** Of what one installation has on its engines; the services of a Swarm count as containers. */
export type EngineNames = Record<'containers' | 'networks' | 'volumes' | 'files', string[]>;
type Found = EngineNames & { readonly services: string[] };

/** A node that is busy takes this long at most. */
const REMOVAL_MS = 20_000;

interface SwarmThing {
  readonly ID: string;
  readonly Spec?: { readonly Name?: string };
}

/**
 * What one installation has on its engine, or on the nodes of its Swarm, the manager first; and what somebody does
 * there by hand. In a Swarm a service stands for the container that it would be on one engine.
 */
export class LabEngines {
  constructor(
    private readonly prefix: string,
    private readonly engines: readonly Docker[],
    private readonly isSwarm: boolean,
  ) {}

  /** That which answers the server. */
  get first(): Docker {
    return this.engines[0]!;
  }

  /** Images of other engines than the first come from a registry. */
  get needsRegistry(): boolean {
    return this.engines.length > 1;
  }

  /** A container by its name; of a service the newest, on whichever node. */
  async container(name: string): Promise<Docker.Container> {
    if (!this.isSwarm) return this.first.getContainer(name);
    const [newest] = (await this.containersOf(name)).sort((a, b) => b.Created - a.Created);
    // As the engine says it of a name that it does not know.
    return newest?.container ?? this.first.getContainer(name);
  }

  /** How many containers of that name run. */
  async running(name: string): Promise<number> {
    return (await this.containersOf(name)).filter(({ State }) => State === 'running').length;
  }

  private async containersOf(name: string) {
    const filters = { name: [this.isSwarm ? `^/${name}\\.` : `^/${name}$`] };
    const found = this.engines.map(async (engine) =>
      (await engine.listContainers({ all: true, filters })).map(({ Id, Created, State }) => ({
        container: engine.getContainer(Id),
        Created,
        State,
      })),
    );
    return (await Promise.all(found)).flat();
  }

  /** Folder of a volume, on whichever node. */
  async volumeFolder(name: string): Promise<string> {
    return (await Promise.any(this.engines.map((e) => e.getVolume(name).inspect()))).Mountpoint;
  }

  /** On the engine that answers the server. */
  async createContainer(options: Docker.ContainerCreateOptions): Promise<Docker.Container> {
    if (this.needsRegistry) await pullImage(options.Image ?? '', this.first);
    return this.first.createContainer(options);
  }

  /** A container, or a service that runs nothing, of that name with these labels. */
  async create(name: string, Image: string, Labels: Record<string, string> = {}): Promise<void> {
    if (!this.isSwarm) {
      await this.first.createContainer({ name, Image, Labels });
      return;
    }
    const Mode = { Replicated: { Replicas: 0 } };
    const TaskTemplate = { ContainerSpec: { Image } };
    await this.first.createService({ Name: name, Labels, TaskTemplate, Mode });
  }

  /** @throws where the engine does not know it */
  async remove(name: string): Promise<void> {
    if (this.isSwarm) await this.first.getService(name).remove();
    else await this.first.getContainer(name).remove({ force: true });
  }

  /** By which the server calls it. */
  async idOf(name: string): Promise<string> {
    if (!this.isSwarm) return (await this.first.getContainer(name).inspect()).Id;
    return ((await this.first.getService(name).inspect()) as SwarmThing).ID;
  }

  async stop(name: string): Promise<void> {
    if (!this.isSwarm) return this.first.getContainer(name).stop({ t: 5 });
    await this.update(name, (spec) => ({ ...spec, Mode: { Replicated: { Replicas: 0 } } }));
  }

  /** Another port of the machine for the port of a container, which is made anew for that. */
  async publishAt(name: string, port: number): Promise<void> {
    if (this.isSwarm) {
      await this.update(name, ({ EndpointSpec, ...spec }) => ({
        ...spec,
        EndpointSpec: {
          ...EndpointSpec,
          Ports: EndpointSpec?.Ports?.map((each) => ({ ...each, PublishedPort: port })),
        },
      }));
      return;
    }
    const old = this.first.getContainer(name);
    const { Config, HostConfig, NetworkSettings } = await old.inspect();
    await old.remove({ force: true });
    const [inside = ''] = Object.keys(HostConfig.PortBindings as object);
    const PortBindings = { [inside]: [{ HostIp: '127.0.0.1', HostPort: String(port) }] };
    const [network = ''] = Object.keys(NetworkSettings.Networks);
    const container = await this.first.createContainer({
      ...Config,
      name,
      HostConfig: { ...HostConfig, PortBindings },
      NetworkingConfig: { EndpointsConfig: { [network]: {} } },
    });
    await container.start();
  }

  private async update(
    name: string,
    change: (spec: Docker.ServiceSpec) => Docker.ServiceSpec,
  ): Promise<void> {
    const service = this.first.getService(name);
    const { Spec, Version } = (await service.inspect()) as {
      Spec: Docker.ServiceSpec;
      Version: { Index: number };
    };
    await service.update({ ...change(Spec), version: Version.Index });
  }

  /**
   * Names of what begins with the prefix, without what a Swarm adds for each task. Its nodes remove what has ended a
   * moment later; that moment they are given.
   */
  async names(): Promise<EngineNames> {
    const isSettled = ({ containers, services }: Found): boolean =>
      containers.every((name) => services.includes(name));
    const { services, ...names } = await pollUntil(
      'the nodes to remove what has ended',
      async () => {
        const found = await this.findNames();
        return !this.isSwarm || isSettled(found) ? found : null;
      },
      { deadlineMs: REMOVAL_MS },
    ).catch(() => this.findNames());
    return { ...names, containers: [...new Set([...names.containers, ...services])] };
  }

  private async findNames(): Promise<Found> {
    const all = await Promise.all(this.engines.map(namesOf));
    const { services, files } = await this.namesInSwarm();
    const mine = (names: Names): string[] => [
      ...new Set(names.filter((name): name is string => Boolean(name?.startsWith(this.prefix)))),
    ];
    const containers = all.flatMap((engine) => engine.containers);
    return {
      services: mine(services),
      containers: mine(containers.map((name) => (this.isSwarm ? name?.split('.')[0] : name))),
      networks: mine(all.flatMap(({ networks }) => networks)),
      volumes: mine(all.flatMap(({ volumes }) => volumes)),
      files: mine(files),
    };
  }

  private async namesInSwarm(): Promise<{ services: Names; files: Names }> {
    // The engine of a Swarm is a manager; one by itself refuses the question.
    if (!this.isSwarm) return { services: [], files: [] };
    const [services, configs, secrets] = await Promise.all([
      this.first.listServices(),
      this.first.listConfigs(),
      this.first.listSecrets(),
    ]);
    const names = (all: readonly unknown[]) => (all as SwarmThing[]).map(({ Spec }) => Spec?.Name);
    return { services: names(services), files: names([...configs, ...secrets]) };
  }

  /** Removes all that begins with the prefix, images that the installation built too, and these images. */
  async clear(images: Iterable<string> = []): Promise<void> {
    if (this.isSwarm) await removeFromSwarm(this.prefix, this.first);
    for (const engine of this.engines) {
      await removeFromEngine(this.prefix, engine);
      for (const image of images) await removeStandIn(image, engine).catch(() => undefined);
    }
  }
}

async function namesOf(
  engine: Docker,
): Promise<Record<'containers' | 'networks' | 'volumes', Names>> {
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    engine.listContainers({ all: true }),
    engine.listNetworks(),
    engine.listVolumes(),
  ]);
  return {
    containers: containers.map(({ Names: [name] }) => name?.slice(1)),
    networks: networks.map(({ Name }) => Name),
    volumes: volumes.map(({ Name }) => Name),
  };
}

/** Containers and networks go with their services. */
async function removeFromSwarm(prefix: string, manager: Docker): Promise<void> {
  for (const kind of ['Service', 'Config', 'Secret'] as const)
    for (const { ID, Spec } of (await manager[`list${kind}s`]()) as unknown as SwarmThing[])
      if (Spec?.Name?.startsWith(prefix)) await quietly(manager[`get${kind}`](ID).remove());
}

/** Removes what an installation with this prefix left on the engine, images that it built too. */
export async function removeFromEngine(prefix: string, engine = places[0]!.docker): Promise<void> {
  const shared = prefix.replace(/-$/, '');
  const isOurs = (name = ''): boolean => name.startsWith(prefix) || name === shared;
  for (const { Id, Names, Labels } of await engine.listContainers({ all: true }))
    if (isOurs(Names[0]?.slice(1)) || isOurs(Labels['com.docker.compose.project']))
      await quietly(engine.getContainer(Id).remove({ force: true, v: true }));
  for (const { Id, Name } of await engine.listNetworks())
    if (isOurs(Name)) await quietly(engine.getNetwork(Id).remove());
  for (const { Name } of (await engine.listVolumes()).Volumes)
    if (isOurs(Name)) await quietly(engine.getVolume(Name).remove());
  // The store keeps what it built for the next install.
  for (const tag of (await engine.listImages()).flatMap(({ RepoTags: tags }) => tags ?? []))
    if (tag.startsWith(prefix)) await quietly(removeStandIn(tag, engine));
}

const quietly = (removal: Promise<unknown>): Promise<unknown> => removal.catch(() => undefined);
