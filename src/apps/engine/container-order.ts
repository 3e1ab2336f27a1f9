import type { ContainerPlan } from '../compose/engine/container-spec.builder';
import type { ComposeService } from '../compose/project/compose-project';

/**
 * Turns an order of services into one of containers: by container name, the names of those that
 * come before it. A service with replicas has several containers.
 */
export function containersBefore(
  services: ReadonlyMap<string, ComposeService>,
  containers: readonly Pick<ContainerPlan, 'name' | 'service'>[],
  servicesBefore: (service: ComposeService) => readonly string[],
): Map<string, string[]> {
  const namesOf = (service: string): string[] =>
    containers.filter((container) => container.service === service).map(({ name }) => name);
  return new Map(
    containers.map(({ name, service: own }) => {
      const service = services.get(own);
      return [name, [...new Set(service ? servicesBefore(service) : [])].flatMap(namesOf)];
    }),
  );
}
