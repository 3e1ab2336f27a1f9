import type { ComposeService } from './compose-project';
import type { TemplateReader } from './template-reader';

/** Services whose network, processes or volumes this one uses: their containers must exist before. */
export function namespaceOwnersOf(service: ComposeService): string[] {
  const namespaces = [service.networkMode, service.pid, service.ipc].flatMap((mode) =>
    mode?.startsWith('service:') ? [mode.slice('service:'.length)] : [],
  );
  const volumes = service.volumesFrom
    .map((from) => from.service)
    .filter((name) => !name.startsWith('container:'));
  return [...namespaces, ...volumes, ...service.links.map((link) => link.service)];
}

/** Services that must have been started before this one. */
export function predecessorsOf(service: ComposeService): string[] {
  return [...new Set([...service.dependsOn.keys(), ...namespaceOwnersOf(service)])];
}

/**
 * Services in start order, grouped where they need not wait for each other. Services in a dependency cycle
 * are reported and left out, and so are references to services that do not exist. An optional dependency may
 * name a service of an inactive profile; nothing may name one that the file does not declare: on the engine
 * such a name could be another app's container.
 */
export function startOrderOf(
  reader: TemplateReader,
  services: ReadonlyMap<string, ComposeService>,
): string[][] {
  const waiting = new Map<string, Set<string>>();
  const declared = new Set(
    reader.entries(reader.at(reader.root, 'services')).map(([name]) => name),
  );
  for (const service of services.values()) {
    const known = predecessorsOf(service).filter((name) => {
      if (services.has(name)) return true;
      const optional =
        service.dependsOn.get(name)?.required === false &&
        declared.has(name) &&
        !namespaceOwnersOf(service).includes(name);
      if (!optional) reportUnknown(reader, service, name);
      return false;
    });
    waiting.set(service.name, new Set(known));
  }
  const order: string[][] = [];
  while (waiting.size > 0) {
    const ready = [...waiting].filter(([, needs]) => needs.size === 0).map(([name]) => name);
    if (ready.length === 0) {
      reportCycle(reader, waiting);
      break;
    }
    for (const name of ready) waiting.delete(name);
    for (const needs of waiting.values()) for (const name of ready) needs.delete(name);
    order.push(ready);
  }
  return order;
}

function reportUnknown(reader: TemplateReader, service: ComposeService, name: string): void {
  reader.report(
    'broken',
    'unknown-service',
    {
      path: ['services', service.name, service.dependsOn.has(name) ? 'depends_on' : 'links', name],
    },
    `服务 ${service.name} 依赖不存在或未启用的服务 ${name}`,
    `the service ${service.name} refers to ${name}, which does not exist or is not active`,
  );
}

function reportCycle(
  reader: TemplateReader,
  waiting: ReadonlyMap<string, ReadonlySet<string>>,
): void {
  const circle: string[] = [];
  let name = [...waiting.keys()][0];
  while (name !== undefined && !circle.includes(name)) {
    circle.push(name);
    name = [...(waiting.get(name) ?? [])][0];
  }
  const names = [...circle.slice(circle.indexOf(name ?? '')), name].join(' → ');
  reader.report(
    'broken',
    'dependency-cycle',
    { path: ['services', name ?? '', 'depends_on'] },
    `服务循环依赖：${names}`,
    `services depend on each other in a cycle: ${names}`,
  );
}
