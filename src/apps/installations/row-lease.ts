import { Injectable } from '@nestjs/common';
import { retryDatabase } from '../../platform/database/retry-database';
import { DockerEngine } from '../../platform/docker/docker-engine';
import type { Bilingual } from '../../platform/i18n/bilingual';
import type { InstallationState } from './installation-state';
import { InstallationStore, type InstallationPatch } from './installation.store';
import { Lease, LeaseLostError } from './leased-rows';

/** The sole right of one run to change an installation and what belongs to it. */
export class RowLease extends Lease<InstallationPatch> {
  constructor(
    id: string,
    token: string,
    signal: AbortSignal,
    private readonly store: InstallationStore,
  ) {
    super(id, token, signal, store);
  }

  /** Gives the lease up after a failure; the sweeper takes the work up again after `seconds`. */
  postpone(seconds: number, step: Bilingual): Promise<void> {
    return retryDatabase(() => this.store.postpone(this.id, this.token, seconds, step));
  }

  /** The same lease for work that the signal must not end, such as the undoing of what it ended. */
  withSignal(signal: AbortSignal): RowLease {
    return new RowLease(this.id, this.token, signal, this.store);
  }

  /** As `update`, unless a cancel was requested: then false. */
  finishUnlessCancelled(patch: InstallationPatch): Promise<boolean> {
    const { id, token } = this;
    return retryDatabase(() => this.store.finishUnlessCancelled(id, token, patch));
  }

  /**
   * Renews the lease now. That it succeeds proves that no other run has held the row since this
   * lease began.
   * @throws LeaseLostError
   */
  async confirm(): Promise<void> {
    const { id, token } = this;
    if (!(await retryDatabase(() => this.store.leased.extend(id, token))))
      throw new LeaseLostError(id);
  }
}

/** Grants leases: at most one run works on an installation at any time, over all processes. */
@Injectable()
export class RowLeases {
  constructor(
    private readonly store: InstallationStore,
    private readonly engine: DockerEngine,
  ) {}

  /**
   * Claims the row in one of the given states, runs `work`, renewing the lease, and gives
   * the lease up afterwards. Null: another run holds the row, or it is in another state.
   * @throws EngineError `engine-foreign`, `swarm-without-majority` before anything is changed; what `work` throws
   */
  async hold<T>(
    id: string,
    states: readonly InstallationState[],
    patch: InstallationPatch,
    work: (lease: RowLease) => Promise<T>,
    controller = new AbortController(),
  ): Promise<{ readonly result: T } | null> {
    await this.engine.refuseUnusable();
    const leased = (token: string) => work(new RowLease(id, token, controller.signal, this.store));
    return this.store.leased.hold(id, states, patch, leased, controller);
  }
}
