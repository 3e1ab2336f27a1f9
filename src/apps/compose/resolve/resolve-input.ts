import type { ValueOrigin } from '../template/template-variables';
import type { PortLeases } from './resolved-app';

/** What an installation adds to a template. */
export interface ResolveInput {
  /** `CONTAINER_PREFIX`. */
  readonly prefix: string;
  /** Name of the network that all apps share; also the value of `W9_NETWORK`. */
  readonly sharedNetwork: string;
  /** Values by variable name: `completeVariables(…).values`. */
  readonly values?: Readonly<Record<string, string>>;
  /** Where each value comes from; `user` where nothing is said. */
  readonly origins?: Readonly<Record<string, ValueOrigin>>;
  /** Leased so far. Their variables get these numbers; resolve once without and again with them. */
  readonly leases?: PortLeases;
  /** Host name for users, for `W9_URL` and the like; default `localhost`. */
  readonly publicHost?: string;
  /** Put before every image reference, e.g. `mirror.lan:5000`. */
  readonly mirrorPrefix?: string;
  readonly activeProfiles?: readonly string[];
  /** Whether the engine has a GPU runtime; default false. */
  readonly gpu?: boolean;
}
