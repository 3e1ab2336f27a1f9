import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { InstallationState } from './installation-state';
import { InstallationStore, RUN_LEASE_SECONDS, UNCLAIMED } from './installation.store';

type Patch = Parameters<InstallationStore['updateOwned']>[2];

/** Holds the one lock of an app for a piece of work in this process: no two operations on an app at once. */
@Injectable()
export class RowLease {
  constructor(private readonly store: InstallationStore) {}

  /**
   * Claims the row in one of the given states and runs `work` with the token, keeping the claim
   * alive. The claim is given up afterwards, whatever happened. Null: somebody else is at it.
   */
  async hold<T>(
    id: string,
    states: readonly InstallationState[],
    patch: Patch,
    work: (token: string) => Promise<T>,
  ): Promise<{ readonly result: T } | null> {
    const token = randomUUID();
    if (!(await this.store.claim(id, token, states, patch))) return null;
    const heartbeat = setInterval(
      () => void this.store.extend(id, token).catch(() => undefined),
      (RUN_LEASE_SECONDS * 1000) / 4,
    );
    try {
      return { result: await work(token) };
    } finally {
      clearInterval(heartbeat);
      await this.store.updateOwned(id, token, UNCLAIMED).catch(() => false);
    }
  }
}
