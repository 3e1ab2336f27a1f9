import type { Bilingual } from '../../platform/i18n/bilingual';

/** Where an installation stands. Work remains to be done in all but `installed` and the last three. */
export type InstallationState =
  | 'queued'
  | 'installing'
  | 'upgrading'
  | 'rolling-back'
  | 'uninstalling'
  | 'installed'
  | 'failed'
  | 'cancelled'
  | 'removed';

/** States in which a worker has something to do; the sweeper looks for these. */
export const WORK_STATES: readonly InstallationState[] = [
  'queued',
  'installing',
  'upgrading',
  'rolling-back',
  'uninstalling',
];

export function isUnderWay(state: InstallationState): boolean {
  return WORK_STATES.includes(state);
}

/** How far the work is, as users see it. */
export type InstallationPhase =
  | 'queued'
  | 'preflight'
  | 'pulling'
  | 'creating'
  | 'starting'
  | 'waiting'
  | 'running'
  | 'rolling-back'
  | 'uninstalling'
  | 'failed'
  | 'cancelled'
  | 'removed';

/** Why an installation failed, kept with it because the containers are gone by then. */
export interface InstallFailure {
  /** Short and stable, e.g. `image-not-found`, `exited`, `out-of-memory`, `unhealthy`. */
  readonly code: string;
  readonly message: Bilingual;
  /** Last lines of the container that failed. */
  readonly logs: readonly string[];
  /** What was undone, in order. */
  readonly undone: readonly string[];
}
