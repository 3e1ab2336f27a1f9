import type { ComposePort, ComposeProject, ComposeService } from '../project/compose-project';
import { installedName } from '../template/instance';
import type { Template } from '../template/template';
import { databasePortOf, isDatabaseImage, isDatabaseNamed } from '../project/database-images';

/**
 * The main service: the one `app.json` or `x-casaos` names, else the one whose
 * container carries the app's name, else the one that publishes the main port, else the first that
 * publishes any and is no database, else the first that is none. A CasaOS template may name a service behind its own proxy: then the
 * proxy, which publishes the main port, is the main service.
 */
export function findMainService(template: Template, project: ComposeProject): string {
  const services = [...project.services.values()];
  const named = template.metadata.main?.service;
  const byPort = (test: (port: ComposePort) => boolean) =>
    services.find((service) => service.ports.some(test));
  const others = services.filter(({ image }) => databasePortOf(image ?? '') === null);
  const isCasaPort = casaPortTest(template);
  const configured = services.find((service) => service.name === named);
  const behindProxy = configured?.ports.length === 0 ? byPort(isCasaPort) : undefined;
  const found =
    behindProxy ??
    configured ??
    services.find(
      ({ containerName }) =>
        containerName === template.name || containerName === installedName(template),
    ) ??
    byPort((port) => port.variable === 'W9_HTTP_PORT_SET') ??
    byPort(isCasaPort) ??
    services.find((service) => service.name === template.name && service.ports.length > 0) ??
    others.find((service) => service.ports.some(({ protocol }) => protocol === 'tcp')) ??
    others.find((service) => service.ports.length > 0) ??
    // What people open is not the database behind it, even where only that publishes a port.
    others.find((service) => !isOneShot(service, project)) ??
    byPort(() => true) ??
    services[0];
  return found?.name ?? '';
}

/** Whether a port is the one that a CasaOS template calls its main one. */
function casaPortTest({ casaPort }: Template): (port: ComposePort) => boolean {
  return ({ published, variable, protocol }) => {
    if (casaPort === null || protocol !== 'tcp') return false;
    if (casaPort.variable !== null && casaPort.variable === variable) return true;
    return published !== null && published === casaPort.published;
  };
}

/** Whether the engine can publish a port of the service: only where it has its own network. */
export function canPublish({ networkMode }: ComposeService): boolean {
  return networkMode === null || networkMode === 'bridge' || networkMode === 'default';
}

/** The container port of the main service that users open; null when it has none. */
export function findMainPort(
  template: Template,
  service: ComposeService,
  variable: (name: string) => string | undefined,
): { readonly containerPort: number; readonly protocol: ComposePort['protocol'] } | null {
  const { ports } = service;
  const configured = template.metadata.main?.port ?? null;
  const inside = Number(variable('W9_HTTP_PORT'));
  const found =
    ports.find((port) => port.containerPort === configured && port.protocol === 'tcp') ??
    ports.find((port) => port.containerPort === configured) ??
    ports.find((port) => port.variable === 'W9_HTTP_PORT_SET') ??
    ports.find(casaPortTest(template)) ??
    ports.find((port) => port.containerPort === inside) ??
    ports.find((port) => port.protocol === 'tcp' && webPorts.has(port.containerPort)) ??
    ports.find((port) => port.protocol === 'tcp') ??
    ports[0];
  if (configured !== null && found?.containerPort !== configured)
    return { containerPort: configured, protocol: 'tcp' };
  return found ? { containerPort: found.containerPort, protocol: found.protocol } : null;
}

const webPorts = new Set([80, 3000, 5000, 8000, 8080, 8081, 8888, 9000, 443, 8443]);

/**
 * The app's database: named in `app.json`, else a service that `W9_DB_EXPOSE` means, else one with a well-known
 * database image other than the main one. Of several the one that the main service speaks to, then one that keeps
 * data; never a job that only uses the image.
 */
export function findDatabase(
  template: Template,
  project: ComposeProject,
  mainService: string,
  variable: (name: string) => string | undefined,
): { readonly service: string; readonly port: number } | null {
  const configured = template.metadata.database;
  if (configured) return project.services.has(configured.service) ? configured : null;
  const services = [...project.services.values()].filter(canPublish);
  const names = (variable('W9_DB_EXPOSE') ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const candidates = services.filter(
    (service) => service.name === mainService || !isOneShot(service, project),
  );
  const named = candidates.filter(({ image }) =>
    names.some((name) => isDatabaseNamed(image ?? '', name)),
  );
  const implied = candidates.filter(
    ({ name, image }) => name !== mainService && isDatabaseImage(image ?? ''),
  );
  const [found] = (named.length > 0 ? named : implied).sort(
    (one, other) => weightOf(other, project, mainService) - weightOf(one, project, mainService),
  );
  const port = found && databasePortOf(found.image ?? '');
  return found && port ? { service: found.name, port } : null;
}

/** A job: another service waits for its end, or it is never started again and publishes nothing. */
function isOneShot(service: ComposeService, { services }: ComposeProject): boolean {
  const isAwaited = [...services.values()].some(
    ({ dependsOn }) => dependsOn.get(service.name)?.condition === 'service_completed_successfully',
  );
  if (isAwaited) return true;
  const ends = service.restart.policy === 'no' || service.restart.policy === 'on-failure';
  const works = service.command !== null || service.entrypoint !== null;
  return ends && works && service.ports.length === 0 && isDependent(service);
}

/** Whether a service waits for others before it begins; a database waits for none. */
function isDependent({ dependsOn }: ComposeService): boolean {
  return dependsOn.size > 0;
}

/** How much speaks for a service being the app's database. */
function weightOf(
  { name, mounts }: ComposeService,
  { services }: ComposeProject,
  mainService: string,
): number {
  const main = services.get(mainService);
  const word = new RegExp(`(^|[^A-Za-z0-9_-])${name.replace(/\W/g, '\\$&')}($|[^A-Za-z0-9_-])`);
  const isSpokenTo = [...(main?.environment.values() ?? [])].some((value) => word.test(value));
  return (isSpokenTo ? 4 : 0) + (main?.dependsOn.has(name) ? 2 : 0) + (mounts.length > 0 ? 1 : 0);
}
