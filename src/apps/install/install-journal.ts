import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { retryDatabase } from '../../platform/database/retry-database';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { retryEngine } from '../../platform/docker/retry-engine';
import { InstallStep, type StepKind } from '../installations/install-step.entity';
import type { AppInstallation } from '../installations/installation.entity';
import { LeaseLostError } from '../installations/leased-rows';
import type { RowLease } from '../installations/row-lease';
import type { InstallReporter } from '../progress/install-reporter';

/** What an effect on the engine left behind. */
export interface StepOutcome {
  readonly engineId: string;
  /** It was there before: undoing leaves it alone. */
  readonly adopted: boolean;
}

/** One run of one installation. */
export interface InstallRun {
  readonly row: AppInstallation;
  readonly lease: RowLease;
  readonly journal: InstallJournal;
  readonly report: InstallReporter;
}

/**
 * The ledger of installations. Before each effect on the engine a step is written, after it its
 * engine id; a roll-back goes through them in reverse.
 */
@Injectable()
export class InstallLedger {
  constructor(
    private readonly dataSource: DataSource,
    private readonly engine: DockerEngine,
  ) {}

  /** The journal of one run. */
  open(lease: RowLease): InstallJournal {
    return new InstallJournal(this, this.engine, lease);
  }

  /**
   * Written before the effect, and only while the lease is held. A step that is there already (a
   * resumed run) begins again.
   * @throws LeaseLostError
   */
  async begin({ id, token, signal }: RowLease, kind: StepKind, name: string): Promise<void> {
    const result = await retryDatabase(
      () =>
        this.dataSource.query<{ affectedRows: number }>(
          `INSERT INTO app_install_steps
             (installationId, kind, name, state, adopted, engineId, createdAt, updatedAt)
           SELECT id, ?, ?, 'begun', 0, NULL, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3)
             FROM app_installations WHERE id = ? AND runToken = ?
           ON DUPLICATE KEY UPDATE state = 'begun', updatedAt = VALUES(updatedAt)`,
          [kind, name, id, token],
        ),
      signal,
    );
    if (result.affectedRows === 0) throw new LeaseLostError(id);
  }

  async done(id: string, kind: StepKind, name: string, outcome: StepOutcome): Promise<void> {
    await retryDatabase(() =>
      this.dataSource.query(
        `UPDATE app_install_steps
         SET state = 'done', engineId = ?, adopted = ?, updatedAt = UTC_TIMESTAMP(3)
         WHERE installationId = ? AND kind = ? AND name = ?`,
        [outcome.engineId, outcome.adopted ? 1 : 0, id, kind, name],
      ),
    );
  }

  async undone(step: InstallStep): Promise<void> {
    await retryDatabase(() =>
      this.dataSource.query(
        `UPDATE app_install_steps SET state = 'undone', updatedAt = UTC_TIMESTAMP(3) WHERE id = ?`,
        [step.id],
      ),
    );
  }

  /** Steps that are not undone yet, newest first. */
  async openSteps(installationId: string): Promise<InstallStep[]> {
    const steps = await retryDatabase(() =>
      this.dataSource
        .getRepository(InstallStep)
        .find({ where: { installationId }, order: { id: 'DESC' } }),
    );
    return steps.filter((step) => step.state !== 'undone');
  }

  async undoneSteps(installationId: string): Promise<InstallStep[]> {
    return retryDatabase(() =>
      this.dataSource
        .getRepository(InstallStep)
        .find({ where: { installationId, state: 'undone' }, order: { updatedAt: 'ASC' } }),
    );
  }
}

/** The journal of one run: writes each step around its effect and retries while a service is away. */
export class InstallJournal {
  private readonly entries: Promise<void>[] = [];

  constructor(
    private readonly ledger: InstallLedger,
    private readonly engine: DockerEngine,
    private readonly lease: RowLease,
  ) {}

  /**
   * Runs one effect that can run twice; it is given the time before its first run. Rejects with what the effect throws or with the signal's
   * reason; the step then stays open for the roll-back.
   * @throws LeaseLostError
   */
  async run(
    kind: StepKind,
    name: string,
    effect: (since: Date) => Promise<StepOutcome>,
  ): Promise<void> {
    const { signal, id } = this.lease;
    signal.throwIfAborted();
    const since = new Date();
    await this.ledger.begin(this.lease, kind, name);
    const outcome = await retryEngine(this.engine, () => effect(since), signal);
    // Nothing waits for this entry: a roll-back in between finds the resource by its label.
    this.entries.push(this.ledger.done(id, kind, name, outcome));
  }

  /** Waits for entries that are still being written: one that follows its own undo would be wrong. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.entries);
  }
}
