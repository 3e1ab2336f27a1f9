import type { ComposeProject } from '../project/compose-project';
import type { PortPlan } from './plan-ports';
import { readTemplate } from './read-template';
import type { TemplateProblem } from '../language/template-problem';
import type { ResolveInput } from './resolve-input';
import type { AppProbe, ResolvedApp, ResolvedVariable } from './resolved-app';
import { addressValues } from './address-values';
import { imagesOf } from './resolve-images';
import {
  containerNameOf,
  filesOf,
  isSharedNetwork,
  networksOf,
  volumesOf,
} from './resolve-resources';
import { leasedNumbers, projectNameOf, serverValues, webAddress } from './server-values';
import { startOrderOf } from '../project/service-graph';
import type { Template } from '../template/template';
import type { TemplateReader } from '../project/template-reader';
import { installedName } from '../template/instance';
import { listVariables } from '../template/template-variables';

/** A resolved app and the reader that collects what is wrong with it. */
export interface ResolvedProject {
  readonly app: ResolvedApp;
  readonly reader: TemplateReader;
}

/** Fills in the variables of a template and names what an installation consists of; the policy is not applied. */
export function resolveProject(template: Template, input: ResolveInput): ResolvedProject {
  // Port variables take the leased numbers, and only the ports show which variables those are: hence two reads.
  const server = serverValues(template, input);
  const draft = readTemplate(
    template,
    Object.assign(addressValues(template, input, null), server),
    input,
  );
  const numbers = leasedNumbers(draft.plan, input.leases ?? {});
  const url = webAddress(draft.plan, input);
  const given = Object.assign(addressValues(template, input, draft.plan), server, numbers);
  if (url) given.W9_URL = url;
  const { project, reader, plan, mainService, database, variables } = readTemplate(
    template,
    given,
    input,
    draft,
  );
  const startOrder = startOrderOf(reader, project.services);
  checkGpu(reader, project, input.gpu ?? false);
  checkContainerNames(reader, template, project, input.prefix, mainService);
  const projectName = projectNameOf(template, input);
  const context = { template, project, input, projectName, mainService };
  const app: ResolvedApp = {
    appName: installedName(template),
    instance: template.instance ?? null,
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
    files: filesOf(template, project, variables),
    variables: describeVariables(template, variables, input),
    composeFile: template.composeFile,
    trusted: template.trusted,
    problems: problemsOf(template, reader),
  };
  return { app, reader };
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
      'needs-hardware',
      'gpu-missing',
      { path: ['services', service.name, 'deploy', 'resources', 'reservations', 'devices'] },
      '本机没有可用的 GPU',
      'this machine has no GPU for the engine',
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
    const appName = installedName(template);
    const name = containerNameOf({ appName, prefix, mainService }, service, 1);
    const other = seen.get(name);
    if (other !== undefined) {
      reader.report(
        'broken',
        'container-name-twice',
        { path: ['services', service.name, 'container_name'] },
        `服务 ${service.name} 与 ${other} 的容器名相同`,
        `the services ${service.name} and ${other} would have containers of the same name`,
      );
    }
    seen.set(name, service.name);
  }
}

/** What was found while loading and reading; an unreadable file has no findings of its own. */
export function problemsOf(template: Template, reader: TemplateReader): TemplateProblem[] {
  const unreadable = template.source.data === null && template.problems.length > 0;
  return [...template.problems, ...(unreadable ? [] : reader.problems)];
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
  const files = [template.dotEnv, ...template.includedEnv];
  const written = new Set(files.flatMap(({ entries }) => entries.map(({ name }) => name)));
  return [...variables]
    .filter(([name]) => !name.startsWith('STACKSCAPE_'))
    .map(([name, value]) => ({
      name,
      value,
      source: originOf(name, written, input),
      secret: isSecretName(name) || secrets.some((secret) => value.includes(secret)),
    }));
}

function originOf(
  name: string,
  written: ReadonlySet<string>,
  input: ResolveInput,
): ResolvedVariable['source'] {
  if (Object.hasOwn(input.values ?? {}, name)) return input.origins?.[name] ?? 'user';
  return written.has(name) ? 'default' : 'server';
}
