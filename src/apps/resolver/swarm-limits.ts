import { isAnyAddress } from '../../platform/addresses/any-address';
import { MAX_SERVICE_FILE_BYTES } from '../../platform/docker/engine-types';
import { badDeployValues } from '../../platform/docker/swarm/service-deploy';
import { hasLocalData, unsupportedInSwarm } from '../../platform/docker/swarm/service-spec';
import type { FieldProblem } from '../../platform/errors/domain-error';
import { bilingual } from '../../platform/i18n/bilingual';
import type { ContainerPlan } from '../compose/engine/container-spec.builder';
import type { EnginePlan } from '../compose/engine/engine-plan';
import { fitsServiceFile, type PlannedFile } from '../compose/engine/planned-files';
import type { PortRequest, ResolvedApp } from '../compose/resolve/resolved-app';
import { AppNotUsableError } from './template.errors';

/**
 * The app with the ports that a service can publish. One that is meant for a single address of the machine stays
 * closed, as the port of a service is open on all of them; that takes in those of databases, unless `DB_BIND`
 * opens them to all. Replicas share the port of the first one, each on a node of its own.
 */
export function withPortsOfServices(
  app: ResolvedApp,
  addressOf: (port: PortRequest) => string,
): ResolvedApp {
  const isOpen = (port: PortRequest): boolean => isAnyAddress(addressOf(port));
  const ports = app.ports.filter((port) => port.replica === 1 && isOpen(port));
  if (ports.length === app.ports.length) return app;
  const { mainPort, database } = app;
  return {
    ...app,
    ports,
    closedPorts: app.ports.filter((port) => port.replica === 1 && !isOpen(port)),
    mainPort: mainPort && ports.includes(mainPort) ? mainPort : null,
    database: database && ports.includes(database.port) ? database : null,
  };
}

/** @throws AppNotUsableError that names each Compose key, and value, that a service of a Swarm does not have */
export function refuseInSwarm(appName: string, { containers, networks }: EnginePlan): void {
  const keys = [
    ...containers.flatMap(({ service, body, connect }) =>
      unsupportedInSwarm(body, connect).map((key) => ({ path: `services.${service}`, key })),
    ),
    ...networks
      .filter(({ body }) => Object.keys(body.Options ?? {}).length > 0)
      .map(({ key }) => ({ path: `networks.${key}`, key: 'driver_opts' })),
  ];
  const problems = keys.map(({ path, key }) => ({
    field: `${path}.${key}`,
    message: bilingual(
      `Docker Swarm 的服务没有 ${key}：此应用只能在 ORCHESTRATOR=engine 时安装`,
      `a service of a Docker Swarm has no ${key}: this app can be installed with ORCHESTRATOR=engine only`,
    ),
  }));
  const values = containers.flatMap(({ service, deploy }) =>
    badDeployValues(deploy).map(({ key, value }) => ({
      field: `services.${service}.deploy.${key}`,
      message: bilingual(
        `Docker Swarm 的服务不能使用 deploy.${key} 的值“${value}”：此应用只能在 ORCHESTRATOR=engine 时安装`,
        `a service of a Docker Swarm cannot have "${value}" as deploy.${key}: this app can be installed with ORCHESTRATOR=engine only`,
      ),
    })),
  );
  problems.push(
    ...values,
    ...containers.flatMap(problemsOfMode),
    ...containers.flatMap(({ files }) => files.flatMap(problemsOfFile)),
  );
  if (problems.length > 0) throw new AppNotUsableError(appName, problems);
}

/** What does not go with one container on each node, or with a job. */
function problemsOfMode({ service, deploy, body, files, replicas }: ContainerPlan): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const add = (key: string, zh: string, en: string): void => {
    problems.push({ field: `services.${service}.${key}`, message: bilingual(zh, en) });
  };
  if (deploy.mode === 'global' && hasLocalData(body, files)) {
    add(
      'deploy.mode',
      'global 在每个节点各运行一个容器，而此服务有本地数据：每个节点会各有一份互不相同的数据',
      'global runs one container on each node, and this service has data: each node would have its own',
    );
  }
  if (deploy.mode === 'global' && replicas > 1) {
    add(
      'deploy.replicas',
      'global 在每个节点各运行一个容器，不能再设副本数',
      'global runs one container on each node, so there is no number of replicas',
    );
  }
  const restart = body.HostConfig.RestartPolicy?.Name ?? 'no';
  if (deploy.mode === 'replicated-job' && !['no', '', 'on-failure'].includes(restart)) {
    add(
      'restart',
      `replicated-job 运行到结束为止，不能用 restart: ${restart}`,
      `a replicated-job runs to its end, which does not go with restart: ${restart}`,
    );
  }
  return problems;
}

function problemsOfFile({ kind, key, size, uid, gid }: PlannedFile): FieldProblem[] {
  const field = `${kind}s.${key}`;
  const isId = [uid, gid].every((id) => /^\d{1,10}$/.test(id));
  return [
    ...(size === null || fitsServiceFile(size) ? [] : [{ field, message: sizeText(size) }]),
    ...(isId ? [] : [{ field, message: bilingual('uid 和 gid 应为数字', 'uid and gid must be numbers') }]), // prettier-ignore
  ];
}

function sizeText(size: number): FieldProblem['message'] {
  return bilingual(
    `有 ${size} 字节：Swarm 的 config 和 secret 为 1 到 ${MAX_SERVICE_FILE_BYTES} 字节`,
    `has ${size} bytes: a config or secret of a Swarm has 1 to ${MAX_SERVICE_FILE_BYTES}`,
  );
}

/**
 * Looks at the files of the template that a Swarm is to keep.
 * @param sizeOf bytes of a file of the app's folder, by its absolute path; null where there is none
 * @throws AppNotUsableError that names each that no Swarm takes
 */
export async function refuseFiles(
  appName: string,
  { containers }: EnginePlan,
  sizeOf: (path: string) => Promise<number | null>,
): Promise<void> {
  const files = new Map(
    containers.flatMap(({ files: all }) => all.map((file) => [file.path, file])),
  );
  const problems: FieldProblem[] = [];
  for (const file of files.values()) {
    const size = file.size === null ? await sizeOf(file.path) : null;
    if (size !== null) problems.push(...problemsOfFile({ ...file, size }));
  }
  if (problems.length > 0) throw new AppNotUsableError(appName, problems);
}
