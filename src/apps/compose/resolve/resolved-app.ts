import type { ComposeProject } from '../project/compose-project';
import type { FileOwner } from './file-owner';
import type { TemplateProblem } from '../language/template-problem';

/** Everything that one installation of a template is, with all variables filled in. */
export interface ResolvedApp {
  /** Of the installation: the name in the catalog, with the instance behind it where there is one. */
  readonly appName: string;
  /** Null: the first installation of the app. */
  readonly instance: string | null;
  /** `CONTAINER_PREFIX`. */
  readonly prefix: string;
  /** Compose project: container prefix and app name, e.g. `websoft9-redmine`. */
  readonly projectName: string;
  readonly project: ComposeProject;
  /** Services in the order of their start; those of one inner list do not wait for each other. */
  readonly startOrder: readonly (readonly string[])[];
  /** Its container carries the name `<prefix><appName>`. */
  readonly mainService: string;
  /** The port that users open; null when the app has none. Same object as in `ports`. */
  readonly mainPort: PortRequest | null;
  /** The database that is published at a port of its own. Its `port` is the same object as in `ports`. */
  readonly database: { readonly service: string; readonly port: PortRequest } | null;
  /** The port by which one sees that the app answers; `http` means the path must answer below 500. */
  readonly probe: AppProbe | null;
  /** One entry for each image, not for each service. */
  readonly images: readonly ResolvedImage[];
  /** Every port that is to be leased and published. */
  readonly ports: readonly PortRequest[];
  /** Those that are meant for one address, which a service of a Swarm cannot have. */
  readonly closedPorts?: readonly PortRequest[];
  /** Id of the one node of a Swarm that is to run it; absent: any. */
  readonly node?: string;
  readonly networks: readonly ResolvedNetwork[];
  /** Compose keys of networks that the template means as the shared one; the private `default` stands in for them. */
  readonly sharedKeys: readonly string[];
  readonly volumes: readonly ResolvedVolume[];
  /** Files that are to lie in the project folder before the containers are created. */
  readonly files: readonly ResolvedFile[];
  readonly variables: readonly ResolvedVariable[];
  /** Name of the template's Compose file. */
  readonly composeFile: string;
  readonly trusted: boolean;
  /** Found while resolving, and those of the template itself. */
  readonly problems: readonly TemplateProblem[];
}

export interface AppProbe {
  readonly service: string;
  readonly containerPort: number;
  readonly scheme: 'http' | 'https' | 'tcp';
  readonly path: string;
  /** How long from start to healthy, in seconds. */
  readonly seconds: number;
}

export interface PortRequest {
  /** Unique within the app and stable over re-leases: `service:containerPort/protocol`, with `#2` for the second replica. */
  readonly key: string;
  readonly service: string;
  /** 1 for the first replica. */
  readonly replica: number;
  readonly containerPort: number;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  /** The variable that takes the leased number, e.g. `W9_HTTP_PORT_SET`. */
  readonly variable: string | null;
  /** Port that the template or the user prefers; a hint only. */
  readonly preferred: number | null;
  /** True when the user chose the port at install: take exactly this one or fail. */
  readonly fixed: boolean;
  /** `database` is leased from the database range. */
  readonly role: 'main' | 'database' | 'other';
  /** The address in the template; null: as configured for its role. */
  readonly hostIp: string | null;
  /**
   * Ports of another protocol that share the variable and so must get the same number, by key (53/tcp and
   * 53/udp). Null where it stands alone or comes first.
   */
  readonly sameAs: string | null;
}

/** Leased host port by `PortRequest.key`. */
export type PortLeases = Readonly<Record<string, number>>;

export interface ResolvedImage {
  /** What to pull and create from: the template's reference, behind the mirror prefix if one is set. */
  readonly reference: string;
  /** As the template names it. */
  readonly original: string;
  readonly services: readonly string[];
  readonly platform: string | null;
  readonly pullPolicy: 'always' | 'missing' | 'never' | 'build';
  /** Build it instead of pulling. */
  readonly build: ResolvedBuild | null;
}

/** Name under which a `dockerfile_inline` travels in the context. */
export const INLINE_DOCKERFILE = '.stackscape.Dockerfile';

export interface ResolvedBuild {
  /** Folder relative to the app's folder. */
  readonly context: string;
  /** Name in the context, also of an inline one. */
  readonly dockerfile: string;
  readonly dockerfileInline: string | null;
  readonly args: Readonly<Record<string, string>>;
  readonly target: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly extraTags: readonly string[];
  readonly extraHosts: readonly string[];
  readonly noCache: boolean;
  readonly pull: boolean;
  readonly shmSize: number | null;
  readonly platform: string | null;
  /** Name in the context → candidate paths on this machine, the first that exists is taken. */
  readonly hostFiles: Readonly<Record<string, readonly string[]>>;
}

/** Key of the shared network among `ResolvedApp.networks`. */
export const SHARED_NETWORK_KEY = '@shared';

export interface ResolvedNetwork {
  /** Compose key; the shared network has the key `@shared`. */
  readonly key: string;
  /** Name on the engine. */
  readonly name: string;
  /** The one network that all apps share: made once, never removed with an app. */
  readonly shared: boolean;
  /** Must exist already (trusted catalogs only). */
  readonly external: boolean;
}

export interface ResolvedVolume {
  readonly key: string;
  /** Name on the engine. */
  readonly name: string;
  /** Not ours: never made, never removed (trusted catalogs only). */
  readonly external: boolean;
}

export interface ResolvedFile {
  /** Relative to the project folder. */
  readonly path: string;
  readonly content: string;
  /** Permission bits. */
  readonly mode: number;
  /** The one user that reads it in containers; null: not known, so that anyone in them may. */
  readonly owner: FileOwner | null;
  readonly secret: boolean;
}

export interface ResolvedVariable {
  readonly name: string;
  readonly value: string;
  readonly source: 'user' | 'generated' | 'kept' | 'server' | 'default';
  /** Holds a secret, by itself or because it is made from one: do not show it. */
  readonly secret: boolean;
}

/** Values of an app that no text for people may show. */
export function secretValues({ variables }: Pick<ResolvedApp, 'variables'>): string[] {
  return variables.filter(({ secret }) => secret).map(({ value }) => value);
}
