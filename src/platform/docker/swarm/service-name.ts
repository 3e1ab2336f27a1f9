import { createHash } from 'node:crypto';
import { withReplicas } from './service-mode';
import type { ServiceSpec } from './service-spec';
import type { RawService } from './swarm-types';

/** On a service that is shown under a name which a Swarm does not allow: that name. */
export const NAME_LABEL = 'io.stackscape.name';
const MAX_LENGTH = 63;
const STEM_LENGTH = MAX_LENGTH - 17;

/** The name under which the Swarm has a service that is to be shown under this one. */
export function storedName(name: string): string {
  if (name.length <= MAX_LENGTH && /^[a-zA-Z0-9](?:[-_]*[A-Za-z0-9]+)*$/.test(name)) return name;
  const stem = name.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-/, '');
  const print = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return `${stem.slice(0, STEM_LENGTH)}-${print}`;
}

export function shownName({ Spec: { Name: name, Labels: labels } }: Pick<RawService, 'Spec'>) {
  return labels?.[NAME_LABEL] ?? name;
}

/** The same service, stopped, under another name. */
export function renamed(service: Pick<RawService, 'Spec'>, name: string): ServiceSpec {
  const spec = withReplicas(service, 0);
  const stored = storedName(name);
  const Labels = Object.fromEntries(
    Object.entries(spec.Labels ?? {}).filter(([key]) => key !== NAME_LABEL),
  );
  if (stored !== name) Labels[NAME_LABEL] = name;
  return { ...spec, Name: stored, Labels };
}

/** Whether one was made from the other by a change of its name, however often either was started. */
export function isRenamed(one: Pick<RawService, 'Spec'>, other: Pick<RawService, 'Spec'>): boolean {
  const [left, right] = [one, other].map((service) => {
    const spec = renamed(service, 'one');
    return JSON.stringify([spec.Labels, spec.TaskTemplate.ContainerSpec]);
  });
  return left === right;
}
