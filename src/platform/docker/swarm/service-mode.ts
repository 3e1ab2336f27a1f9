import type { DeploySettings } from '../engine-types';

/** How many of a service run: so many, or one on each node. */
export interface ServiceMode {
  readonly Replicated?: { readonly Replicas: number };
  readonly Global?: object;
}

/** Of a service, what says how many of it run. */
interface Scaled {
  readonly Mode: ServiceMode;
  readonly TaskTemplate: {
    readonly Placement?: { readonly Constraints?: readonly string[] };
    readonly ForceUpdate?: number;
  };
}

/** A service with one container on each node is stopped where no node may run it. */
const ON_NO_NODE = 'node.role==none';

/**
 * The mode of a service that does not run yet. A job is a plain service that is not started again: with a service in
 * the job mode of the engine (20.10), the containers of runs that have ended stay on their nodes for ever.
 */
export function stoppedMode({ mode }: DeploySettings): ServiceMode {
  return mode === 'global' ? { Global: {} } : { Replicated: { Replicas: 0 } };
}

/** Constraints of a service of that mode that does not run. */
export function stoppedConstraints({ Global: global }: ServiceMode): string[] {
  return global ? [ON_NO_NODE] : [];
}

/** 0: it is stopped. One on each node counts as one. */
export function wantedReplicas({
  Spec: { Mode: mode, TaskTemplate: task },
}: {
  readonly Spec: Scaled;
}): number {
  if (mode.Global) return (task.Placement?.Constraints ?? []).includes(ON_NO_NODE) ? 0 : 1;
  return mode.Replicated?.Replicas ?? 0;
}

/** The same service with so many of it; a start counts up the number that tells its tasks from earlier ones. */
export function withReplicas<Spec extends Scaled>(
  { Spec: spec }: { readonly Spec: Spec },
  replicas: number,
): Spec {
  const { Mode: mode, TaskTemplate: task } = spec;
  const ForceUpdate = (task.ForceUpdate ?? 0) + (replicas > 0 ? 1 : 0);
  return {
    ...spec,
    TaskTemplate: { ...task, ForceUpdate, ...(mode.Global ? placed(task, replicas > 0) : {}) },
    Mode: mode.Global ? mode : { Replicated: { Replicas: replicas } },
  };
}

function placed({ Placement: placement }: Scaled['TaskTemplate'], runs: boolean): object {
  const others = (placement?.Constraints ?? []).filter((text) => text !== ON_NO_NODE);
  return { Placement: { ...placement, Constraints: runs ? others : [...others, ON_NO_NODE] } };
}
