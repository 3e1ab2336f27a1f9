import { createHash } from 'node:crypto';
import { NO_DEPLOY_SETTINGS, type ServiceFile } from '../../platform/docker/engine-types';
import type { ContainerPlan } from '../compose/engine/container-spec.builder';
import { ownLabels } from '../compose/engine/labels';

type Labels = Readonly<Record<string, string>>;

/** Digest of everything a container was made from; a container with another one is recreated. */
export const SPEC_LABEL = 'io.stackscape.spec';
/** On the one network that all apps share, which belongs to no installation. */
export const SHARED_LABEL = 'io.stackscape.shared';

export const installationLabel = (id: string): string => `${ownLabels.installation}=${id}`;

export function ownerOf(labels: Labels): string | undefined {
  return labels[ownLabels.installation];
}

/** Name of an old container while an upgrade tries the new one. */
const SET_ASIDE = '.before-upgrade';

export const setAsideName = (name: string): string => `${name}${SET_ASIDE}`;
export const nameBefore = (name: string): string => name.slice(0, -SET_ASIDE.length);
export const isSetAside = (name: string): boolean => name.endsWith(SET_ASIDE);

/** Nothing for what a container has not, so that those of earlier servers keep their digest. */
const traitsOf = ({ replicas, deploy }: ContainerPlan): unknown[] => {
  const ofSwarm = JSON.stringify(deploy) === JSON.stringify(NO_DEPLOY_SETTINGS) ? [] : [deploy];
  return replicas === 1 && ofSwarm.length === 0 ? [] : [replicas, ...ofSwarm];
};

/** The plan with its digest among the labels. */
export function withSpecLabel<Plan extends ContainerPlan>(
  plan: Plan,
  files: readonly ServiceFile[] = [],
): Plan {
  const traits = [...traitsOf(plan), ...(files.length > 0 ? [files] : [])];
  const digest = createHash('sha256')
    .update(JSON.stringify([plan.body, plan.connect, plan.platform, ...traits]))
    .digest('hex');
  return {
    ...plan,
    body: { ...plan.body, Labels: { ...plan.body.Labels, [SPEC_LABEL]: digest } },
  };
}
