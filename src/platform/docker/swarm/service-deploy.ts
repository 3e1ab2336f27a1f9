import type { DeploySettings, UpdateSettings } from '../engine-types';

/** The Swarm's grammar of a constraint, with the subjects that it knows. */
const CONSTRAINT =
  /^(node\.(id|hostname|ip|role|platform\.os|platform\.arch|labels\.[\w.-]+)|engine\.labels\.[\w.-]+)\s*(==|!=)\s*[\w:\-\s.*()?+[\]\\^$|/]+$/i;
const SPREAD = /^(node|engine)\.labels\.[\w.-]+$/i;

/** Compose keys below `deploy` whose value no Swarm takes, with the value. */
export function badDeployValues(deploy: DeploySettings): { key: string; value: string }[] {
  const { mode, endpointMode, update, rollback } = deploy;
  const bad: { key: string; value: string }[] = [];
  const check = (key: string, value: string | null, isGood: RegExp): void => {
    if (value !== null && !isGood.test(value)) bad.push({ key, value });
  };
  check('mode', mode, /^(replicated|global|replicated-job)$/);
  if (mode === 'global' && deploy.maxReplicasPerNode)
    bad.push({ key: 'placement.max_replicas_per_node', value: String(deploy.maxReplicasPerNode) });
  check('endpoint_mode', endpointMode, /^(vip|dnsrr)$/);
  for (const value of deploy.constraints) check('placement.constraints', value, CONSTRAINT);
  for (const value of deploy.spread) check('placement.preferences', value, SPREAD);
  check('update_config.failure_action', update?.failureAction ?? null, /^(pause|continue|rollback)$/); // prettier-ignore
  check('rollback_config.failure_action', rollback?.failureAction ?? null, /^(pause|continue)$/);
  for (const [key, settings] of Object.entries({ update, rollback })) {
    check(`${key}_config.order`, settings?.order ?? null, /^(start-first|stop-first)$/);
    const ratio = settings?.maxFailureRatio ?? 0;
    if (ratio > 1) bad.push({ key: `${key}_config.max_failure_ratio`, value: String(ratio) });
  }
  return bad;
}

/** `Placement` of a service, without its platform. @param node id of the one node that may run it; null: any */
export function placementOf(
  { constraints, spread, maxReplicasPerNode }: DeploySettings,
  node: string | null,
  more: readonly string[] = [],
): { Constraints?: string[]; Preferences?: object[]; MaxReplicas?: number } {
  const all = [...(node ? [`node.id==${node}`] : []), ...constraints, ...more];
  return {
    ...(all.length > 0 ? { Constraints: all } : {}),
    ...(spread.length > 0
      ? { Preferences: spread.map((SpreadDescriptor) => ({ Spread: { SpreadDescriptor } })) }
      : {}),
    ...(maxReplicasPerNode ? { MaxReplicas: maxReplicasPerNode } : {}),
  };
}

/** `UpdateConfig` and `RollbackConfig`, with the defaults of `docker stack deploy`. */
export function updateConfigOf(settings: UpdateSettings): object {
  return {
    Parallelism: settings.parallelism ?? 1,
    Delay: settings.delay ?? undefined,
    FailureAction: settings.failureAction ?? undefined,
    Monitor: settings.monitor ?? undefined,
    MaxFailureRatio: settings.maxFailureRatio ?? undefined,
    Order: settings.order ?? undefined,
  };
}
