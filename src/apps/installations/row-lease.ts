import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { retryDatabase } from '../../platform/database/retry-database';
import { DockerEngine } from '../../platform/docker/docker-engine';
import type { Bilingual } from '../../platform/i18n/bilingual';
import type { InstallationState } from './installation-state';
import {
  InstallationStore,
  RUN_LEASE_SECONDS,
  UNCLAIMED,
  type InstallationPatch,
} from './installation.store';

const RENEW_EVERY_MS = (RUN_LEASE_SECONDS * 1000) / 4;

/** Another run has taken the installation over; this one must not change anything any more. */
export class LeaseLostError extends Error {
  constructor(installationId: string) {
    super(`installation ${installationId} was taken over by another run`);
    this.name = LeaseLostError.name;
  }
}

/** The process is shutting down; another run takes the installation up where this one stopped. */
export class ShuttingDownError extends Error {
  constructor() {
    super('shutting down');
    this.name = ShuttingDownError.name;
  }
}

/** The run ends here and its work does not: another run goes on with it. */
export function isHandOver(error: unknown): boolean {
  return error instanceof LeaseLostError || error instanceof ShuttingDownError;
}

/** The sole right of one run to change an installation and what belongs to it. */
export class RowLease {
  constructor(
    readonly id: string,
    readonly token: string,
    /** Aborted with the reason when the lease is lost, and by the caller that holds the controller. */
    readonly signal: AbortSignal,
    private readonly store: InstallationStore,
  ) {}

  /** Gives the lease up after a failure; the sweeper takes the work up again after `seconds`. */
  postpone(seconds: number, step: Bilingual): Promise<void> {
    return retryDatabase(() => this.store.postpone(this.id, this.token, seconds, step));
  }

  /** The same lease for work that the signal must not end, such as the undoing of what it ended. */
  withSignal(signal: AbortSignal): RowLease {
    return new RowLease(this.id, this.token, signal, this.store);
  }

  /** @throws LeaseLostError */
  async update(patch: InstallationPatch): Promise<void> {
    const { id, token } = this;
    if (!(await retryDatabase(() => this.store.updateOwned(id, token, patch))))
      throw new LeaseLostError(id);
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
    if (!(await retryDatabase(() => this.store.extend(id, token)))) throw new LeaseLostError(id);
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
   * @throws EngineError `engine-foreign` before anything is changed; what `work` throws
   */
  async hold<T>(
    id: string,
    states: readonly InstallationState[],
    patch: InstallationPatch,
    work: (lease: RowLease) => Promise<T>,
    controller = new AbortController(),
  ): Promise<{ readonly result: T } | null> {
    await this.engine.refuseForeign();
    const token = randomUUID();
    if (!(await retryDatabase(() => this.store.claim(id, token, states, patch)))) return null;
    const renewal = setInterval(() => void this.renew(id, token, controller), RENEW_EVERY_MS);
    try {
      return { result: await work(new RowLease(id, token, controller.signal, this.store)) };
    } finally {
      clearInterval(renewal);
      await this.store.updateOwned(id, token, UNCLAIMED).catch(() => false);
    }
  }

  /** A database that is away is no reason to stop: without it no other run can take the row over either. */
  private async renew(id: string, token: string, controller: AbortController): Promise<void> {
    const isHeld = await this.store.extend(id, token).catch(() => true);
    if (!isHeld && !(await this.isOver(id))) controller.abort(new LeaseLostError(id));
  }

  /** The last update of a run clears the token; a renewal just after it is no lost lease. */
  private async isOver(id: string): Promise<boolean> {
    const row = await this.store.findById(id).catch(() => null);
    return row === null || row.runToken === null;
  }
}
