import { Injectable } from '@nestjs/common';
import { sleep } from '../../platform/waiting/sleep';
import { InstallCancelledError, NothingToCancelError } from '../installations/installation.errors';
import { toInstallFailure } from '../install/install-failure';
import { InstallLedger } from '../install/install-journal';
import type { AppInstallation } from '../installations/installation.entity';
import { isUnderWay, type InstallationState } from '../installations/installation-state';
import { failureOf, InstallationStore } from '../installations/installation.store';
import { PortLeasesService } from '../ports/port-leases.service';
import { AppEventsService } from '../progress/app-events.service';
import { AppSecretsService } from '../secrets/app-secrets.service';

export interface CancelReport {
  readonly jobId: string;
  /**
   * `cancelled` when an install is over, `installed` when an upgrade is; `rolling-back` or `upgrading`
   * while the work still goes on.
   */
  readonly state: InstallationState;
  readonly undone: readonly string[];
}

/** Most cancels are over within this; a longer one goes on, and the answer says so. */
const MAX_ANSWER_MS = 800;
/** The old version has to be started again. */
const MAX_UPGRADE_ANSWER_MS = 30_000;
const POLL_MS = 40;

/** Cancels an install in whatever phase it is. */
@Injectable()
export class CancelService {
  constructor(
    private readonly store: InstallationStore,
    private readonly leases: PortLeasesService,
    private readonly secrets: AppSecretsService,
    private readonly events: AppEventsService,
    private readonly ledger: InstallLedger,
  ) {}

  /** @throws NothingToCancelError where no install is under way */
  async cancel(appName: string, maxWaitMs?: number): Promise<CancelReport> {
    const row = await this.store.findActive(appName);
    if (!row) throw new NothingToCancelError(appName);
    if (await this.cancelBeforeStart(row)) return { jobId: row.id, state: 'cancelled', undone: [] };
    const asked =
      row.state === 'rolling-back' ||
      (await this.store.transition(row.id, ['queued', 'installing', 'upgrading'], {
        cancelRequested: true,
      }));
    if (!asked) throw new NothingToCancelError(appName);
    const usual = row.state === 'upgrading' ? MAX_UPGRADE_ANSWER_MS : MAX_ANSWER_MS;
    return this.waitForEnd(row, Date.now() + (maxWaitMs ?? usual));
  }

  private async cancelBeforeStart(row: AppInstallation): Promise<boolean> {
    const failure = toInstallFailure(new InstallCancelledError(row.appName));
    const done = await this.store.cancelQueued(row.id, {
      state: 'cancelled',
      phase: 'cancelled',
      activeApp: null,
      failure: JSON.stringify(failure),
    });
    if (!done) return false;
    await this.leases.release(row.id);
    await this.secrets.forgetOf(row.id);
    await this.events.record(row.id, row.appName, 'phase', { phase: 'cancelled', undone: [] });
    return true;
  }

  private async waitForEnd(row: AppInstallation, deadline: number): Promise<CancelReport> {
    for (;;) {
      const now = await this.store.findById(row.id);
      const state = now?.state ?? 'cancelled';
      const isOver = !isUnderWay(state);
      if (isOver || Date.now() >= deadline) {
        const undone = now && isOver ? failureOf(now)?.undone : undefined;
        return { jobId: row.id, state, undone: undone ?? (await this.undoneSoFar(row.id)) };
      }
      await sleep(POLL_MS);
    }
  }

  private async undoneSoFar(id: string): Promise<string[]> {
    const steps = await this.ledger.undoneSteps(id);
    return steps.filter((step) => !step.adopted).map((step) => `${step.kind} ${step.name}`);
  }
}
