import { posix } from 'node:path';
import { evaluateDotEnv } from '../language/dotenv';
import { canPublish, findDatabase, findMainPort, findMainService } from './main-service';
import type { ComposePort, ComposeProject, ComposeService } from '../project/compose-project';
import { defaultAttachment } from '../project/read-networks';
import { planPorts, type PortPlan } from './plan-ports';
import { emptyProject, readProject } from '../project/read-project';
import { readEnvironment, readLabels, type ServiceContext } from '../project/read-service';
import type { ResolveInput } from './resolve-input';
import { withOwnFolders } from './own-folders';
import { presetValues } from './preset-values';
import { portVariablesOf } from '../template/port-variables';
import { STORE_FOLDERS } from '../template/store-folders';
import type { Template } from '../template/template';
import { TemplateReader } from '../project/template-reader';

/** A template read with one set of values. */
export interface TemplateReading {
  readonly reader: TemplateReader;
  readonly project: ComposeProject;
  readonly plan: PortPlan;
  readonly mainService: string;
  /** Which of its published ports people open; null where it publishes none. */
  readonly mainIndex: number | null;
  readonly database: { readonly service: string; readonly port: number } | null;
  readonly variables: ReadonlyMap<string, string>;
  /** Names of the variables that were looked up for the project, set or not. */
  readonly asked: ReadonlySet<string>;
}

/**
 * Reads a template with these values. `draft`: an earlier reading without leases, which fixes the main port
 * and the lease key of each port. Where nothing that it looked up has changed, its project is taken over.
 */
export function readTemplate(
  template: Template,
  given: Readonly<Record<string, string>>,
  input: ResolveInput,
  draft?: TemplateReading,
): TemplateReading {
  const presets = presetValues(template, given);
  const preset = (name: string) => presets.get(name);
  const dotEnv = evaluateDotEnv(template.dotEnv, given, preset);
  const included = template.includedEnv.flatMap((file) => [
    ...evaluateDotEnv(file, { ...Object.fromEntries(dotEnv), ...given }),
  ]);
  const variables = new Map([
    ...presets,
    ...included.reverse(),
    ...dotEnv,
    ...Object.entries(given),
  ]);
  // A store's folder that a file leaves blank would be the root of the host.
  for (const name of Object.keys(STORE_FOLDERS)) {
    if (!variables.get(name)?.trim()) variables.set(name, presets.get(name) ?? '.');
  }
  const asked = new Set<string>();
  const lookup = (name: string) => {
    asked.add(name);
    return variables.get(name);
  };
  const textOf = (path: string) => template.texts.get(posix.normalize(path));
  const context = { variables: lookup, dotEnv, textOf };
  const same =
    draft && [...draft.asked].every((it) => draft.variables.get(it) === variables.get(it));
  const reader = same
    ? draft.reader
    : new TemplateReader(template.source, lookup, portVariablesOf(template.source.data));
  const project = same ? draft.project : projectOf(template, reader, context, input);
  if (same) renewDotEnv(project, reader, context);
  // Leased numbers must not change the main service and port.
  const mainService = draft?.mainService ?? findMainService(template, project);
  const service = project.services.get(mainService);
  const mainIndex = draft?.mainIndex ?? null;
  const port =
    service && canPublish(service)
      ? ((mainIndex === null ? undefined : service.ports[mainIndex]) ??
        findMainPort(template, service, lookup))
      : null;
  const database = findDatabase(template, project, mainService, lookup);
  const fixed = (name: string) =>
    Object.hasOwn(input.values ?? {}, name) && (input.origins?.[name] ?? 'user') === 'user';
  const plan = planPorts(
    project,
    port && {
      service: mainService,
      containerPort: port.containerPort,
      protocol: port.protocol,
      forPeople: template.metadata.main?.scheme !== 'tcp',
    },
    database,
    fixed,
    draft?.plan.keys,
    template.publish.filter(({ service: name }) => isPublishable(project, name)),
  );
  const index = service && port ? indexOfPort(service, port) : -1;
  return {
    reader,
    project,
    plan,
    mainService,
    mainIndex: index < 0 ? null : index,
    database,
    variables,
    asked,
  };
}

function projectOf(
  template: Template,
  reader: TemplateReader,
  context: ServiceContext,
  { activeProfiles = [] }: ResolveInput,
): ComposeProject {
  const found =
    template.source.data === null && template.problems.length > 0
      ? emptyProject
      : readProject(reader, context, activeProfiles);
  const withFolders = withOwnFolders(found, template.layout);
  return template.trusted ? withFolders : withOwnNetwork(withFolders);
}

/** Lets the services of a project that nobody has seen yet pass on `.env` as it is now. */
function renewDotEnv(
  { services }: ComposeProject,
  reader: TemplateReader,
  context: ServiceContext,
): void {
  const all = reader.at(reader.root, 'services');
  for (const [name, service] of services) {
    const at = all && reader.at(all, name);
    const usesFiles = at && (reader.at(at, 'env_file') ?? reader.at(at, 'label_file'));
    if (!usesFiles) continue;
    const environment = readEnvironment(reader, at, context);
    Object.assign(service, { environment, labels: readLabels(reader, at, context) });
  }
}

function isPublishable(project: ComposeProject, name: string): boolean {
  const service = project.services.get(name);
  return service !== undefined && canPublish(service);
}

function indexOfPort(
  { ports }: ComposeService,
  wanted: Pick<ComposePort, 'containerPort' | 'protocol'>,
): number {
  return ports.findIndex(
    ({ containerPort, protocol }) =>
      containerPort === wanted.containerPort && protocol === wanted.protocol,
  );
}

/** The engine's default bridge joins containers of all kinds: an untrusted app gets its own network instead. */
function withOwnNetwork(project: ComposeProject): ComposeProject {
  const services = [...project.services].map(([name, service]): [string, ComposeService] => {
    const shared = service.networkMode === 'bridge' || service.networkMode === 'default';
    if (!shared) return [name, service];
    return [
      name,
      { ...service, networkMode: null, networks: new Map([['default', defaultAttachment()]]) },
    ];
  });
  return { ...project, services: new Map(services) };
}
