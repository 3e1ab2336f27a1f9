import type { Template } from '../template/template';
import { addressSuffix } from '../template/address-names';
import type { PortPlan } from './plan-ports';
import type { ResolveInput } from './resolve-input';
import type { PortRequest } from './resolved-app';

/**
 * Variables for the addresses at which people reach the app: `STACKSCAPE_HOST`, `_PORT`, `_ADDRESS` (both) and
 * `_URL` of the main port, and of every other published TCP port with service and container port behind it
 * (`STACKSCAPE_URL_WEB_8080`). Without a plan only the host is known.
 */
export function addressValues(
  template: Template,
  input: ResolveInput,
  plan: PortPlan | null,
): Record<string, string> {
  const host = input.publicHost ?? 'localhost';
  const scheme = template.metadata.main?.scheme === 'https' ? 'https' : 'http';
  const values = addressOf(
    host,
    scheme,
    plan?.mainPort ? numberOf(plan.mainPort, input) : null,
    '',
  );
  for (const port of plan?.ports ?? []) {
    if (port.protocol !== 'tcp' || port.replica > 1) continue;
    const suffix = addressSuffix(port.service, port.containerPort);
    const secure = port === plan?.mainPort ? scheme : 'http';
    Object.assign(values, addressOf(host, secure, numberOf(port, input), suffix));
  }
  return values;
}

function numberOf({ key, preferred }: PortRequest, { leases }: ResolveInput): number | null {
  return leases?.[key] ?? preferred;
}

function addressOf(
  host: string,
  scheme: string,
  port: number | null,
  suffix: string,
): Record<string, string> {
  const address = port === null ? host : `${host}:${port}`;
  return {
    [`STACKSCAPE_HOST${suffix}`]: host,
    [`STACKSCAPE_PORT${suffix}`]: port === null ? '' : String(port),
    [`STACKSCAPE_ADDRESS${suffix}`]: address,
    [`STACKSCAPE_URL${suffix}`]: `${scheme}://${address}`,
  };
}
