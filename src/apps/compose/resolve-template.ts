import type { PortLeases, ResolvedApp } from './resolved-app';
import type { Template } from './template';

export interface ResolveInput {
  /** `CONTAINER_PREFIX`. */
  readonly prefix: string;
  /** Name of the network that all apps share; also the value of `W9_NETWORK`. */
  readonly sharedNetwork: string;
  /** Values by variable name: what the person set, what was generated, what is kept from before. */
  readonly values?: Readonly<Record<string, string>>;
  /** Leased so far. Their variables get these numbers; resolve once without and again with them. */
  readonly leases?: PortLeases;
  /** How people reach this machine, for `W9_URL` and the like; default `localhost`. */
  readonly publicHost?: string;
  /** Put before every image reference, e.g. `mirror.lan:5000`. */
  readonly mirrorPrefix?: string;
  readonly activeProfiles?: readonly string[];
  /** Whether the engine has a GPU runtime; default false. */
  readonly gpu?: boolean;
}

/**
 * Fills in the variables of a template and says what an installation of it consists of. Pure; never
 * throws for what the template says: look at `problems` (`verdictOf(problems)`).
 */
export function resolveTemplate(template: Template, input: ResolveInput): ResolvedApp {
  throw new Error(`not written yet: ${template.name} ${input.prefix}`);
}
