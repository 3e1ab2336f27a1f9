import { installedName } from '../template/instance';
import { appNamePattern } from '../template/template';
import { textAt } from '../language/plain-data';
import type { PortPlan } from './plan-ports';
import type { ResolveInput } from './resolve-input';
import type { PortLeases } from './resolved-app';
import type { Template } from '../template/template';

/** Values that the server sets; they override the template's and those set at install. */
export function serverValues(template: Template, input: ResolveInput): Record<string, string> {
  return {
    ...input.values,
    W9_ID: installedName(template),
    APP_ID: installedName(template),
    COMPOSE_PROJECT_NAME: projectNameOf(template, input),
    AppID: appIdOf(template),
    W9_NETWORK: input.sharedNetwork,
  };
}

/** CasaOS takes the project's own name for the app's id; its templates name folders after it. */
function appIdOf(template: Template): string {
  const own = template.layout === 'casaos' ? textAt(template.source.data, 'name') : null;
  return own !== null && appNamePattern.test(own) ? own : installedName(template);
}

/** Name of the network that all apps share: the container prefix without its separator. */
export function sharedNetworkName(containerPrefix: string): string {
  return containerPrefix.replace(/[-_.]+$/, '') || 'apps';
}

export function projectNameOf(template: Template, { prefix }: ResolveInput): string {
  return `${prefix}${installedName(template)}`.replaceAll('.', '-');
}

export function leasedNumbers(plan: PortPlan, leases: PortLeases): Record<string, string> {
  const numbers: Record<string, string> = {};
  for (const { key, variable } of plan.ports) {
    const lease = leases[key];
    if (variable !== null && lease !== undefined) numbers[variable] ??= String(lease);
  }
  return numbers;
}

/** `W9_URL`: where users reach the app, unless set by the user. */
export function webAddress(plan: PortPlan, input: ResolveInput): string | null {
  if (input.values?.W9_URL) return null;
  const host = input.publicHost ?? 'localhost';
  const port = plan.mainPort && (input.leases?.[plan.mainPort.key] ?? plan.mainPort.preferred);
  return port ? `${host}:${port}` : host;
}
