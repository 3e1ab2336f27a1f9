import type { BodyOf, CallOptions, Schema } from '../calls/call-types.js';
import type { Caller } from '../calls/caller.js';

type GitStore = Schema<'GitStoreDto'>;

const POLL_MS = 1_000;

/** Git repositories as stores of apps. For administrators. */
export class GitStoresApi {
  constructor(private readonly caller: Caller) {}

  list(options: CallOptions = {}): Promise<GitStore[]> {
    return this.caller.call('listGitStores', options);
  }

  /** @throws InvalidParameter, AlreadyExists, Conflict */
  add(body: BodyOf<'addGitStore'>, options: CallOptions = {}): Promise<GitStore> {
    return this.caller.call('addGitStore', { body, ...options });
  }

  /** Begins to look for a newer commit. @throws NotFound */
  check(store: string, options: CallOptions = {}): Promise<GitStore> {
    return this.caller.call('checkGitStore', { path: { store }, ...options });
  }

  /** Uses the commit that `update` of the store names. @throws NotFound, Conflict where it is another one now */
  update(store: string, commit: string, options: CallOptions = {}): Promise<GitStore> {
    return this.caller.call('updateGitStore', { path: { store }, body: { commit }, ...options });
  }

  async remove(store: string, options: CallOptions = {}): Promise<void> {
    await this.caller.call('removeGitStore', { path: { store }, ...options });
  }

  /** The store once it is no longer being fetched. @throws NotFound */
  async settled(store: string, options: CallOptions = {}): Promise<GitStore> {
    for (;;) {
      const found = (await this.list(options)).find(({ name }) => name === store);
      if (!found?.busy) return found ?? this.check(store, options);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}
