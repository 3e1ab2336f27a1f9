import { composeLabels, COMPOSE_VERSION, ownLabels } from './labels';
import type { ContainerSpec, NetworkSpec, VolumeSpec } from '../../../platform/docker/engine-types';
import type { ResolvedApp } from '../resolve/resolved-app';

type With<Spec, Key extends keyof Spec> = Spec & Required<Pick<Spec, Key>>;

/** Specs as they are built here: these fields are always set. */
export type AppContainerSpec = With<ContainerSpec, 'Image' | 'Labels' | 'HostConfig'>;
export type AppNetworkSpec = With<NetworkSpec, 'Labels'>;
export type AppVolumeSpec = With<VolumeSpec, 'Name' | 'Labels'>;

/** What the builders need to know besides the app itself. */
export interface EngineContext {
  readonly installationId: string;
  /** Absolute folder of this installation: relative binds start here. */
  readonly projectDir: string;
  /** `APP_BIND`: the address application ports are published on. */
  readonly bindAddress: string;
  /** The address database ports are published on; `127.0.0.1` unless configured. */
  readonly databaseBindAddress: string;
  /** What the app runs as: containers of the engine (also when absent), or services of a Swarm. */
  readonly orchestrator?: 'engine' | 'swarm';
  /** The plan is judged and never sent: its containers carry no hash of their specification. */
  readonly judgedOnly?: boolean;
}

/** Labels that every resource of an installation carries. */
export function projectLabels(app: ResolvedApp, context: EngineContext): Record<string, string> {
  return {
    [composeLabels.project]: app.projectName,
    [composeLabels.version]: COMPOSE_VERSION,
    [ownLabels.installation]: context.installationId,
    [ownLabels.app]: app.appName,
    ...(app.instance === null ? {} : { [ownLabels.instance]: app.instance }),
    [ownLabels.trusted]: String(app.trusted),
  };
}
