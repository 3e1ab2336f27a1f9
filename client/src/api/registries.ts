import type { BodyOf, CallOptions, Schema } from '../calls/call-types.js';
import type { Caller } from '../calls/caller.js';

type RegistryLogin = Schema<'RegistryLoginDto'>;

/** Logins to private registries of images, by host. For administrators. */
export class RegistriesApi {
  constructor(private readonly caller: Caller) {}

  list(options: CallOptions = {}): Promise<RegistryLogin[]> {
    return this.caller.call('listRegistryLogins', options);
  }

  /** Keeps a login that the registry accepts. @throws InvalidParameter where it does not */
  logIn(
    registry: string,
    body: BodyOf<'setRegistryLogin'>,
    options: CallOptions = {},
  ): Promise<RegistryLogin> {
    return this.caller.call('setRegistryLogin', { path: { registry }, body, ...options });
  }

  /** @throws NotFound */
  async logOut(registry: string, options: CallOptions = {}): Promise<void> {
    await this.caller.call('removeRegistryLogin', { path: { registry }, ...options });
  }
}
