import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { InstallStep, type StepKind } from '../installations/install-step.entity';

/** What an effect on the engine left behind. */
export interface StepOutcome {
  readonly engineId: string;
  /** It was there before: undoing leaves it alone. */
  readonly adopted: boolean;
}

/**
 * The ledger of an installation. Before each effect on the engine a step is written, after it its
 * engine id; undo goes through them in reverse.
 */
@Injectable()
export class Ledger {
  constructor(private readonly dataSource: DataSource) {}

  /** Written before the effect. A step that is there already (a resumed run) begins again. */
  async begin(installationId: string, kind: StepKind, name: string): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO app_install_steps
         (installationId, kind, name, state, adopted, engineId, createdAt, updatedAt)
       VALUES (?, ?, ?, 'begun', 0, NULL, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))
       ON DUPLICATE KEY UPDATE state = 'begun', updatedAt = VALUES(updatedAt)`,
      [installationId, kind, name],
    );
  }

  async done(
    installationId: string,
    kind: StepKind,
    name: string,
    outcome: StepOutcome,
  ): Promise<void> {
    await this.dataSource.query(
      `UPDATE app_install_steps
       SET state = 'done', engineId = ?, adopted = ?, updatedAt = UTC_TIMESTAMP(3)
       WHERE installationId = ? AND kind = ? AND name = ?`,
      [outcome.engineId, outcome.adopted ? 1 : 0, installationId, kind, name],
    );
  }

  async undone(step: InstallStep): Promise<void> {
    await this.dataSource.query(
      `UPDATE app_install_steps SET state = 'undone', updatedAt = UTC_TIMESTAMP(3) WHERE id = ?`,
      [step.id],
    );
  }

  /** Steps that are not taken back yet, newest first. */
  async openSteps(installationId: string): Promise<InstallStep[]> {
    const steps = await this.dataSource
      .getRepository(InstallStep)
      .find({ where: { installationId }, order: { id: 'DESC' } });
    return steps.filter((step) => step.state !== 'undone');
  }

  async undoneSteps(installationId: string): Promise<InstallStep[]> {
    return this.dataSource
      .getRepository(InstallStep)
      .find({ where: { installationId, state: 'undone' }, order: { updatedAt: 'ASC' } });
  }
}
