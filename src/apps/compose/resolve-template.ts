import { posix } from 'node:path';
import { bilingual } from '../../platform/i18n/bilingual';
import { evaluateDotEnv } from './dotenv';
import { canPublish, findDatabase, findMainPort, findMainService } from './main-service';
import type { ComposeMount, ComposePort, ComposeProject, ComposeService } from './model';
import { planPorts, type PortPlan } from './plan-ports';
import { checkPolicy } from './policy';
import { readProject } from './read-project';
import type { AppProbe, PortLeases, ResolvedApp, ResolvedVariable } from './resolved-app';
import { imagesOf } from './resolve-images';
import { containerNameOf, filesOf, isSharedNetwork, networksOf, volumesOf } from './resolve-parts';
import { leasedNumbers, projectNameOf, serverValues, webAddress } from './server-values';
import { startOrderOf } from './service-graph';
import type { Template } from './template';
import { TemplateReader } from './template-reader';
import { listVariables, type ValueOrigin } from './template-variables';

export interface ResolveInput {
  /** `CONTAINER_PREFIX`. */
  readonly prefix: string;
  /** Name of the network that all apps share; also the value of `W9_NETWORK`. */
  readonly sharedNetwork: string;
  /** Values by variable name: `completeVariables(…).values`. */
  readonly values?: Readonly<Record<string, string>>;
  /** Where each value comes from; `user` where nothing is said. */
  readonly origins?: Readonly<Record<string, ValueOrigin>>;
  /** Leased so far. Their variables get these numbers; resolve once without and again with them. */
  readonly leases?: PortLeases;
  /** How people reach this machine, for `W9_URL` and the like; default `localhost`. */
  readonly publicHost?: string;
  /** Put before every image reference, e.g. `mirror.lan:5000`. */
  readonly mirrorPrefix?: string;
  readonly activeProfiles?: readonly string[];
  /** Whether the engine has a GPU runtime; default false. */
  readonly gpu?: boolean;
}

/**
 * Fills in the variables of a template and says what an installation of it consists of. Pure; never
 * throws for what the template says: look at `problems` (`verdictOf(problems)`).
 */
export function resolveTemplate(template: Template, input: ResolveInput): ResolvedApp {
  // The variables of ports take the leased numbers, and which variables those are the ports tell: so twice.
  const draft = read(template, serverValues(template, input), input);
  const numbers = leasedNumbers(draft.plan, input.leases ?? {});
  const url = webAddress(draft.plan, input);
  const given = { ...serverValues(template, input), ...numbers, ...(url ? { W9_URL: url } : {}) };
  const { project, reader, plan, mainService, database, variables } = read(
    template,
    given,
    input,
    draft,
  );
  const startOrder = startOrderOf(reader, project.services);
  if (!template.trusted) checkPolicy(reader, project);
  checkGpu(reader, project, input.gpu ?? false);
  checkContainerNames(reader, template, project, input.prefix, mainService);
  const projectName = projectNameOf(template, input);
  const context = { template, project, input, projectName, mainService, reader };
  return {
    appName: template.name,
    prefix: input.prefix,
    projectName,
    project,
    startOrder,
    mainService,
    mainPort: plan.mainPort,
    database: database &&
      plan.databasePort && { service: database.service, port: plan.databasePort },
    probe: probeOf(template, plan),
    images: imagesOf(context),
    ports: plan.ports,
    networks: networksOf(context),
    sharedKeys: [...project.networks.keys()].filter((key) =>
      isSharedNetwork(project.networks.get(key), input.sharedNetwork),
    ),
    volumes: volumesOf(context),
    files: filesOf(project),
    variables: describeVariables(template, variables, input),
    composeFile: template.composeFile,
    trusted: template.trusted,
    problems: [...template.problems, ...withoutEchoes(template, reader)],
  };
}

interface Reading {
  readonly reader: TemplateReader;
  readonly project: ComposeProject;
  readonly plan: PortPlan;
  readonly mainService: string;
  /** Which of its published ports people open; null where it publishes none such. */
  readonly mainIndex: number | null;
  readonly database: { readonly service: string; readonly port: number } | null;
  readonly variables: ReadonlyMap<string, string>;
}

function read(
  template: Template,
  given: Readonly<Record<string, string>>,
  input: ResolveInput,
  draft?: Reading,
): Reading {
  const dotEnv = evaluateDotEnv(template.dotEnv, given);
  const outer = { ...Object.fromEntries(dotEnv), ...given };
  const included = template.includedEnv.flatMap((file) => [...evaluateDotEnv(file, outer)]);
  const variables = new Map([...included.reverse(), ...dotEnv, ...Object.entries(given)]);
  const lookup = (name: string) => variables.get(name);
  const reader = new TemplateReader(template.source, lookup);
  const textOf = (path: string) => template.texts.get(posix.normalize(path));
  const around = { variables: lookup, dotEnv, textOf };
  const found =
    template.source.data === null && template.problems.length > 0
      ? emptyProject
      : readProject(reader, around, input.activeProfiles ?? []);
  const project = template.layout === 'casaos' ? withOwnDataRoot(found) : found;
  // Leased numbers must not change which service and port people open.
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
  };
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

const emptyProject: ComposeProject = {
  name: null,
  services: new Map(),
  networks: new Map(),
  volumes: new Map(),
  configs: new Map(),
  secrets: new Map(),
};

/** In CasaOS templates `/DATA` is the person's data; here it is the app's own folder. */
function withOwnDataRoot(project: ComposeProject): ComposeProject {
  const own = (mount: ComposeMount): ComposeMount =>
    mount.type === 'bind' && /^\/DATA(\/|$)/.test(mount.source ?? '')
      ? { ...mount, source: `.${mount.source}` }
      : mount;
  const services = [...project.services].map(([name, service]): [string, ComposeService] => [
    name,
    { ...service, mounts: service.mounts.map(own) },
  ]);
  return { ...project, services: new Map(services) };
}

function probeOf(template: Template, plan: PortPlan): AppProbe | null {
  const { main, health } = template.metadata;
  const port = plan.mainPort;
  if (port?.protocol !== 'tcp') return null;
  return {
    service: port.service,
    containerPort: port.containerPort,
    scheme: health ? (main?.scheme ?? 'http') : 'tcp',
    path: health?.path ?? '/',
    seconds: health?.seconds ?? 300,
  };
}

function checkGpu(reader: TemplateReader, project: ComposeProject, gpu: boolean): void {
  if (gpu) return;
  for (const service of project.services.values()) {
    if (service.gpus.length === 0) continue;
    reader.report(
      'broken',
      'gpu-missing',
      { path: ['services', service.name, 'deploy', 'resources', 'reservations', 'devices'] },
      bilingual('本机没有可用的 GPU', 'this machine has no GPU that the engine can use'),
    );
  }
}

function checkContainerNames(
  reader: TemplateReader,
  template: Template,
  project: ComposeProject,
  prefix: string,
  mainService: string,
): void {
  const seen = new Map<string, string>();
  for (const service of project.services.values()) {
    const name = containerNameOf({ appName: template.name, prefix, mainService }, service, 1);
    const other = seen.get(name);
    if (other !== undefined) {
      reader.report(
        'broken',
        'container-name-twice',
        { path: ['services', service.name, 'container_name'] },
        bilingual(
          `服务 ${service.name} 与 ${other} 的容器名相同`,
          `the services ${service.name} and ${other} would have containers of the same name`,
        ),
      );
    }
    seen.set(name, service.name);
  }
}

/** What was found while reading, without what only follows from the file not being readable. */
function withoutEchoes(template: Template, reader: TemplateReader) {
  return template.source.data === null && template.problems.length > 0 ? [] : reader.problems;
}

function describeVariables(
  template: Template,
  variables: ReadonlyMap<string, string>,
  input: ResolveInput,
): ResolvedVariable[] {
  const definitions = new Map(listVariables(template).map((item) => [item.name, item]));
  const isSecretName = (name: string) =>
    definitions.get(name)?.secret ?? /PASSWORD|PASSWD|SECRET|TOKEN|PRIVATE_KEY/i.test(name);
  const secrets = [...variables]
    .filter(([name, value]) => isSecretName(name) && value.length >= 6)
    .map(([, value]) => value);
  return [...variables].map(([name, value]) => ({
    name,
    value,
    source: originOf(name, template, input),
    secret: isSecretName(name) || secrets.some((secret) => value.includes(secret)),
  }));
}

function originOf(
  name: string,
  template: Template,
  input: ResolveInput,
): ResolvedVariable['source'] {
  if (Object.hasOwn(input.values ?? {}, name)) return input.origins?.[name] ?? 'user';
  const files = [template.dotEnv, ...template.includedEnv];
  const written = files.some(({ entries }) => entries.some((entry) => entry.name === name));
  return written ? 'default' : 'server';
}
