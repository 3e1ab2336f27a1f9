import type { FieldProblem } from '../../platform/errors/domain-error';
import type { ResolvedApp } from '../compose/resolve/resolved-app';
import type { VariableDefinition } from '../compose/template/variable-definition';
import type { PortUpdate, VariableUpdate, VolumeUpdate } from './app-update';

const PORT_KEY = /^(.+):(\d+)\/(tcp|udp|sctp)$/;
const FIELD = 'variables.';

/**
 * Variables that the newer template has, no longer has, or wants a value for.
 * @param before of the template that the app was installed from
 * @param problems of the values that are set, for the newer one
 */
export function variableChanges(
  before: readonly VariableDefinition[],
  after: readonly VariableDefinition[],
  problems: readonly FieldProblem[],
): VariableUpdate[] {
  const known = new Map(before.map((definition) => [definition.name, definition]));
  const problemOf = new Map(problems.map(({ field, message }) => [field, message]));
  const names = new Set(after.map(({ name }) => name));
  const changed = after.flatMap((definition): VariableUpdate[] => {
    const { name, title } = definition;
    const old = known.get(name);
    const problem = problemOf.get(`${FIELD}${name}`) ?? null;
    const change = !old ? 'added' : definition.required && !old.required ? 'required' : 'same';
    return change === 'same' && problem === null ? [] : [{ name, title, change, problem }];
  });
  const gone = before.filter(({ name }) => !names.has(name));
  return [
    ...changed,
    ...gone.map(({ name, title }) => ({ name, title, change: 'removed' as const, problem: null })),
  ];
}

/** @param leased keys of the ports that the app has */
export function portChanges(
  leased: readonly string[],
  { ports }: Pick<ResolvedApp, 'ports'>,
): PortUpdate[] {
  const { added, removed } = difference(
    leased.map(ofFirst),
    ports.map(({ key }) => ofFirst(key)),
  );
  return [
    ...added.flatMap((key) => portOf(key, 'added')),
    ...removed.flatMap((key) => portOf(key, 'removed')),
  ];
}

export function volumeChanges(
  present: readonly string[],
  { volumes }: Pick<ResolvedApp, 'volumes'>,
): VolumeUpdate[] {
  const own = volumes.filter(({ external }) => !external).map(({ name }) => name);
  const { added, removed } = difference(present, own);
  return [
    ...added.map((name) => ({ name, change: 'added' as const })),
    ...removed.map((name) => ({ name, change: 'removed' as const })),
  ];
}

/** Replicas have the same ports. */
function ofFirst(key: string): string {
  return key.replace(/#\d+$/, '');
}

function portOf(key: string, change: PortUpdate['change']): PortUpdate[] {
  const [, service, containerPort, protocol] = PORT_KEY.exec(key) ?? [];
  if (!service || !protocol) return [];
  return [{ service, containerPort: Number(containerPort), protocol, change }];
}

function difference(
  before: readonly string[],
  after: readonly string[],
): { added: string[]; removed: string[] } {
  const [old, now] = [new Set(before), new Set(after)];
  return {
    added: [...now].filter((x) => !old.has(x)),
    removed: [...old].filter((x) => !now.has(x)),
  };
}
