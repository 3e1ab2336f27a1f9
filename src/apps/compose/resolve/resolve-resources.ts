import { ownerFor, readersOf } from './file-owner';
import type { ComposeNetwork, ComposeProject, ComposeService } from '../project/compose-project';
import {
  SHARED_NETWORK_KEY,
  type ResolvedFile,
  type ResolvedNetwork,
  type ResolvedVolume,
} from './resolved-app';
import type { ResolveInput } from './resolve-input';
import type { Template } from '../template/template';

export interface ResolveContext {
  readonly template: Template;
  readonly project: ComposeProject;
  readonly input: ResolveInput;
  readonly projectName: string;
  readonly mainService: string;
}

/**
 * The name of a container: `<prefix><app>` for the main service; for the others the template's own name
 * behind the prefix where it begins with the app's, else one made from app and service.
 */
export function containerNameOf(
  app: { readonly appName: string; readonly prefix: string; readonly mainService: string },
  service: ComposeService,
  replica: number,
): string {
  const suffix = replica > 1 ? `-${replica}` : '';
  const main = `${app.prefix}${app.appName}`;
  if (service.name === app.mainService) return main + suffix;
  const own = service.containerName ?? service.name;
  const named = own.startsWith(`${app.appName}-`) || own.startsWith(`${app.appName}_`);
  return (named ? app.prefix + own : `${main}-${own}`) + suffix;
}

/** Networks that stores share between their apps. */
const STORE_NETWORKS: ReadonlySet<string> = new Set([
  'websoft9',
  'dokploy-network',
  'coolify',
  'tipi_main_network',
  'runtipi_tipi_main_network',
  'umbrel_main_network',
]);

/** Whether a network of the template stands for the one that all apps share. */
export function isSharedNetwork(
  network: ComposeNetwork | undefined,
  sharedNetwork: string,
): boolean {
  if (!network) return false;
  const name = network.name ?? network.key;
  return name === sharedNetwork || (network.external && STORE_NETWORKS.has(name));
}

/**
 * The networks to make: one private network for each that the template uses, the shared one only where the
 * template asks for it and only for the main container.
 */
export function networksOf({
  template,
  project,
  input,
  projectName,
  mainService,
}: ResolveContext): ResolvedNetwork[] {
  const networks = new Map<string, ResolvedNetwork>();
  for (const service of project.services.values()) {
    for (const key of service.networks.keys()) {
      const declared = project.networks.get(key);
      if (isSharedNetwork(declared, input.sharedNetwork)) {
        networks.set('default', privateNetwork(projectName, 'default'));
        if (service.name === mainService) {
          networks.set(SHARED_NETWORK_KEY, {
            key: SHARED_NETWORK_KEY,
            name: input.sharedNetwork,
            shared: true,
            external: false,
          });
        }
      } else if (declared?.external) {
        const name = declared.name ?? key;
        networks.set(key, { key, name, shared: false, external: true });
      } else {
        const name = (template.trusted && declared?.name) || `${projectName}_${key}`;
        networks.set(key, { key, name, shared: false, external: false });
      }
    }
  }
  return [...networks.values()];
}

/** The volumes that the services mount by name; unused declarations are skipped. */
export function volumesOf({ template, project, projectName }: ResolveContext): ResolvedVolume[] {
  const used = new Set<string>();
  for (const service of project.services.values()) {
    for (const { type, source } of service.mounts) {
      if (type === 'volume' && source !== null) used.add(source);
    }
  }
  return [...used].map((key) => {
    const declared = project.volumes.get(key);
    const external = declared?.external ?? false;
    const own = template.trusted ? (declared?.name ?? (external ? key : null)) : null;
    return { key, name: own ?? `${projectName}_${key}`, external };
  });
}

/** Files that the template carries in itself: those of its store, and configs and secrets with their content. */
export function filesOf(
  template: Template,
  project: ComposeProject,
  variables: ReadonlyMap<string, string>,
): ResolvedFile[] {
  const carried = template.files.map(({ path, content, hasVariables }) => ({
    path,
    content: hasVariables ? withKnown(content, variables) : content,
    mode: 0o644,
    owner: ownerFor(readersOf(path, project)),
    secret: false,
  }));
  const inline = (['configs', 'secrets'] as const).flatMap((kind) => {
    const modes = new Map<string, number>();
    const readers = new Map<string, ComposeService[]>();
    for (const service of project.services.values()) {
      for (const { source, mode } of service[kind]) {
        modes.set(source, mode ?? 0o444);
        readers.set(source, [...(readers.get(source) ?? []), service]);
      }
    }
    return [...project[kind].values()]
      .filter(({ name, content }) => content !== null && modes.has(name))
      .map(({ name, content }) => ({
        path: inlineFilePath(kind, name),
        content: content ?? '',
        mode: modes.get(name) ?? 0o444,
        owner: ownerFor(readers.get(name) ?? []),
        secret: kind === 'secrets',
      }));
  });
  return [...carried, ...inline];
}

/** Fills in the variables that are known: the others belong to the program that reads the file. */
function withKnown(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(
    /\$\{([A-Za-z_]\w*)\}/g,
    (whole, name: string) => variables.get(name) ?? whole,
  );
}

/** Where the content of a config or secret lies in the project folder. */
export function inlineFilePath(kind: 'configs' | 'secrets', name: string): string {
  return `.stackscape/${kind}/${name.replace(/[^A-Za-z0-9_.-]/g, '_')}`;
}

function privateNetwork(projectName: string, key: string): ResolvedNetwork {
  return { key, name: `${projectName}_${key}`, shared: false, external: false };
}
