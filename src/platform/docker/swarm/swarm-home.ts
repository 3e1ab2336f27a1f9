import type {
  ContainerDetails,
  ContainerEnd,
  ContainerStats,
  EngineInfo,
  ImageDetails,
} from '../engine-types';
import type { RegistryLogin } from '../registry/registry-logins';

/** What this manager knows of itself. */
export interface SwarmHome {
  info(): Promise<EngineInfo>;
  inspect(container: string): Promise<ContainerDetails>;
  findImage(reference: string): Promise<ImageDetails | null>;
  findLogin(reference: string): Promise<RegistryLogin | null>;
  /** @throws EngineError `on-another-node` where nobody can be asked about this container */
  elsewhere(container: string): NodesElsewhere;
}

/** Asks another node of the Swarm about a container, by its id. */
export interface NodesElsewhere {
  stats(node: NodeOfContainer, container: string): Promise<ContainerStats>;
  end(node: NodeOfContainer, container: string): Promise<ContainerEnd>;
}

export interface NodeOfContainer {
  readonly id: string;
  readonly name: string;
}
