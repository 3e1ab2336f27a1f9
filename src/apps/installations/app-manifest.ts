import type { ContainerSummary } from '../../platform/docker/engine-types';
import type { Bilingual } from '../../platform/i18n/bilingual';
import type { ContainerPlan } from '../compose/engine/container-spec.builder';
import { composeLabels } from '../compose/engine/labels';
import type { AppProbe, PortLeases, ResolvedApp } from '../compose/resolve/resolved-app';

export interface ManifestContainer {
  readonly name: string;
  readonly service: string;
  /** The reference that it was made from; absent in rows of older servers. */
  readonly image?: string;
  /** Ends by itself; ended with 0 is well. */
  readonly oneShot: boolean;
  readonly hasHealthCheck: boolean;
  /** Seconds between TERM and KILL. */
  readonly stopSeconds: number;
  /** Containers that are to be started before it, by name. */
  readonly waitsFor?: readonly string[];
}

/** What an installed app consists of, kept with the row: enough to check and remove it without the template. */
export interface AppManifest {
  /** The name for people; absent in rows of older servers. */
  readonly title?: Bilingual;
  readonly project: string;
  readonly mainContainer: string;
  readonly containers: readonly ManifestContainer[];
  /** Networks of the app's own; the shared one is not listed. */
  readonly networks: readonly string[];
  /** Volumes of the app's own; external ones are not listed. */
  readonly volumes: readonly string[];
  readonly images: readonly string[];
  readonly mainKey: string | null;
  readonly databaseKey: string | null;
  readonly probe: AppProbe | null;
}

/** Of a move of an app with data: it goes from the disk of one node to that of another one, as a backup. */
export interface HomeMove {
  /** Ids of the nodes. */
  readonly from: string;
  readonly to: string;
  /** Name of one that both reach. */
  readonly repository: string;
  /**
   * `saving`: the old home stops, saves and verifies it; `restoring`: the new home puts its data in place and brings it
   * up; `returning`: the old home starts it again over its data, which are there until the end.
   */
  readonly stage: 'saving' | 'restoring' | 'returning';
  /** What the new home has replaced on its disk: base64 of what it has encrypted. */
  readonly replaced?: string | null;
}

/** Of an upgrade to the very same version, on another node of the Swarm. */
export interface NodeMove {
  /** Id of the one node that it was asked to run on; null: any that can. */
  readonly from: string | null;
  /** Host name of the node that it goes to. */
  readonly to: string;
  /** Of an app with data. */
  readonly homes?: HomeMove;
}

/** The state before an upgrade: everything needed to describe the app after a roll-back. */
export interface PreviousVersion {
  readonly manifest: AppManifest;
  /** Keys of the ports it had. */
  readonly leaseKeys: readonly string[];
  /** Numbers of these ports; absent in rows of older servers. */
  readonly ports?: PortLeases;
  readonly version: string | null;
  readonly templateDigest: string;
  /** Stopped on request; absent in rows of older servers. */
  readonly stopped?: boolean;
  /** All old containers are set aside: those without that name are new. */
  readonly isSetAside?: boolean;
  /** The backup that the upgrade begins with; without it the data are not returned either. */
  readonly backupId?: string;
  /** Volumes that the app had. */
  readonly volumes?: readonly string[];
  /** Folders with data of which a copy waits beside them. */
  readonly kept?: readonly string[];
  /** The same version goes to another node. */
  readonly move?: NodeMove;
}

const DEFAULT_STOP_SECONDS = 10;

/** What a manifest is made of. */
interface PlannedApp {
  readonly title: Bilingual;
  readonly app: ResolvedApp;
  readonly containers: readonly ContainerPlan[];
}

export function toManifest({ title, app, containers: plans }: PlannedApp): AppManifest {
  const waitedToEnd = new Set(
    [...app.project.services.values()].flatMap((service) =>
      [...service.dependsOn]
        .filter(([, dependency]) => dependency.condition === 'service_completed_successfully')
        .map(([name]) => name),
    ),
  );
  const containers = plans.map((plan) => {
    const service = app.project.services.get(plan.service);
    const restarts =
      service?.restart.policy === 'always' || service?.restart.policy === 'unless-stopped';
    return {
      name: plan.name,
      service: plan.service,
      ...(plan.body.Image === undefined ? {} : { image: plan.body.Image }),
      oneShot: waitedToEnd.has(plan.service) || (!restarts && plan.service !== app.mainService),
      hasHealthCheck: Boolean(service?.healthcheck && !service.healthcheck.disable),
      stopSeconds: plan.body.StopTimeout ?? DEFAULT_STOP_SECONDS,
      waitsFor: plans
        .filter((other) => service?.dependsOn.has(other.service))
        .map((other) => other.name),
    };
  });
  return {
    title,
    project: app.projectName,
    mainContainer:
      plans.find((plan) => plan.service === app.mainService && plan.replica === 1)?.name ??
      app.projectName,
    containers,
    networks: app.networks.filter((n) => !n.shared && !n.external).map((n) => n.name),
    volumes: app.volumes.filter((v) => !v.external).map((v) => v.name),
    images: app.images.map((image) => image.reference),
    mainKey: app.mainPort?.key ?? null,
    databaseKey: app.database?.port.key ?? null,
    probe: app.probe,
  };
}

/**
 * The container of the manifest that this one is: by its name, or, where it was renamed by hand, by
 * its service and number.
 */
export function expectedContainer(
  manifest: AppManifest,
  { name, labels }: Pick<ContainerSummary, 'name' | 'labels'>,
): ManifestContainer | undefined {
  const ofService = manifest.containers.filter((c) => c.service === labels[composeLabels.service]);
  return (
    manifest.containers.find((c) => c.name === name) ??
    ofService[Number(labels[composeLabels.containerNumber] ?? 1) - 1]
  );
}
