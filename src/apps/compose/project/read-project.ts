import { bilingual } from '../../../platform/i18n/bilingual';
import { isImageReference } from '../../../platform/docker/image-reference';
import type { ComposeProject, ComposeService } from './compose-project';
import { checkBackups, refuseBackupOfProject } from './read-backup';
import { readFileObjects } from './read-file-objects';
import { readNetworks, readVolumes } from './read-networks';
import { readService, type ServiceContext } from './read-service';
import type { TemplateReader } from './template-reader';
import { isMapping } from '../language/plain-data';

const TOP_LEVEL_KEYS = 'version name services networks volumes configs secrets';

/**
 * The whole Compose file as one typed model: services of inactive profiles left out, undeclared
 * networks and volumes added, as Compose allows them.
 */
export function readProject(
  reader: TemplateReader,
  context: ServiceContext,
  activeProfiles: readonly string[],
): ComposeProject {
  const { root } = reader;
  if (!isMapping(root.value)) {
    reader.report('broken', 'no-services', root, noServices.zh, noServices.en);
    return emptyProject;
  }
  reader.checkKeys(root, TOP_LEVEL_KEYS);
  refuseBackupOfProject(reader);
  const services = new Map<string, ComposeService>();
  for (const [name, at] of reader.entries(reader.at(root, 'services'))) {
    if (!/^[a-zA-Z0-9._-]{1,63}$/.test(name)) {
      reader.wrong(at, '服务名无效', 'not a valid name for a service');
      continue;
    }
    const profiles = reader.texts(reader.at(at, 'profiles'));
    if (profiles.length > 0 && !profiles.some((item) => activeProfiles.includes(item))) continue;
    const service = readService(reader, name, at, context);
    checkService(reader, service);
    if (service.replicas > 0) services.set(name, service);
  }
  checkBackups(reader, services);
  if (services.size === 0)
    reader.report('broken', 'no-services', { path: ['services'] }, noServices.zh, noServices.en);
  const project: ComposeProject = {
    name: reader.name(reader.at(root, 'name')),
    services,
    networks: readNetworks(reader, reader.at(root, 'networks')),
    volumes: withUndeclaredVolumes(readVolumes(reader, reader.at(root, 'volumes')), services),
    configs: readFileObjects(reader, reader.at(root, 'configs'), context.variables),
    secrets: readFileObjects(reader, reader.at(root, 'secrets'), context.variables),
  };
  checkFileMounts(reader, project);
  return project;
}

const noServices = bilingual('没有可运行的服务', 'there is no service to run');

/** What there is of a Compose file that cannot be read. */
export const emptyProject: ComposeProject = {
  name: null,
  services: new Map(),
  networks: new Map(),
  volumes: new Map(),
  configs: new Map(),
  secrets: new Map(),
};

function checkService(reader: TemplateReader, service: ComposeService): void {
  const path = (key: string) => ({ path: ['services', service.name, key] });
  if (service.image === null && !service.build) {
    reader.report(
      'broken',
      'no-image',
      path('image'),
      `服务 ${service.name} 没有镜像`,
      `the service ${service.name} names no image`,
    );
  } else if (service.image !== null && !isImageReference(service.image)) {
    reader.report(
      'broken',
      'bad-image',
      path('image'),
      `镜像名 "${service.image}" 无效`,
      `"${service.image}" is not a valid image name`,
    );
  }
  if (
    service.containerName !== null &&
    !/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/.test(service.containerName)
  ) {
    reader.report(
      'broken',
      'bad-container-name',
      path('container_name'),
      `容器名 "${service.containerName}" 无效`,
      `"${service.containerName}" is not a valid container name`,
    );
  }
}

function withUndeclaredVolumes(
  declared: Map<string, ComposeProject['volumes'] extends ReadonlyMap<string, infer V> ? V : never>,
  services: ReadonlyMap<string, ComposeService>,
) {
  for (const service of services.values()) {
    for (const { type, source } of service.mounts) {
      if (type !== 'volume' || source === null || declared.has(source)) continue;
      declared.set(source, {
        key: source,
        name: null,
        external: false,
        driver: null,
        driverOpts: new Map(),
        labels: new Map(),
      });
    }
  }
  return declared;
}

function checkFileMounts(reader: TemplateReader, project: ComposeProject): void {
  for (const service of project.services.values()) {
    for (const kind of ['configs', 'secrets'] as const) {
      for (const { source, path } of service[kind]) {
        if (project[kind].has(source)) continue;
        reader.report(
          'broken',
          'unknown-file-object',
          { path },
          `未定义 ${kind} ${source}`,
          `${source} is not defined under ${kind}`,
        );
      }
    }
  }
}
