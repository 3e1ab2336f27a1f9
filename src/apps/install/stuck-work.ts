import { Injectable, type OnModuleInit } from '@nestjs/common';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { risk } from '../../server/risks/risk';
import { RiskAuditor } from '../../server/risks/risk-auditor';
import type { AppInstallation } from '../installations/installation.entity';
import { WorkStuckError } from '../installations/installation.errors';
import { WORK_STATES } from '../installations/installation-state';
import { InstallationStore } from '../installations/installation.store';
import { RowLeases, type RowLease } from '../installations/row-lease';
import { AppRemover } from './app-remover';
import { RollBack } from './roll-back';
import { Upgrader } from './upgrader';

/** Finds installations whose work makes no progress, reports them as a risk, and ends their work. */
@Injectable()
export class StuckWork implements OnModuleInit {
  constructor(
    private readonly store: InstallationStore,
    private readonly rowLeases: RowLeases,
    private readonly rollBack: RollBack,
    private readonly remover: AppRemover,
    private readonly upgrader: Upgrader,
    private readonly auditor: RiskAuditor,
  ) {}

  onModuleInit(): void {
    this.auditor.addSource(async () =>
      (await this.store.listStuck()).map((row) => {
        const { zh, en } = textOf(row);
        return risk('install-stuck', row.appName, zh, en);
      }),
    );
  }

  /**
   * Ends the work whatever the engine refuses: an install is rolled back, an upgrade restored as far
   * as possible, an uninstall done or given up. False: a run still holds the installation; it is
   * asked to stop.
   */
  async finish(id: string): Promise<boolean> {
    const held = await this.rowLeases.hold(id, WORK_STATES, {}, async (lease) => {
      const row = await this.store.findById(id);
      if (row) await this.end(row, lease);
    });
    if (held) return true;
    await this.store.transition(id, ['queued', 'installing', 'upgrading'], {
      cancelRequested: true,
    });
    return false;
  }

  private async end(row: AppInstallation, lease: RowLease): Promise<void> {
    switch (row.state) {
      case 'queued':
      case 'installing':
        return this.rollBack.fail(row, lease, new WorkStuckError(row.appName), true);
      case 'rolling-back':
        return this.rollBack.run(row, lease, true);
      case 'upgrading':
        return row.phase === 'running'
          ? this.upgrader.run(row, lease)
          : this.upgrader.restore(row, lease, new WorkStuckError(row.appName), true);
      case 'uninstalling':
        return this.remover
          .uninstall(row, lease, row.removeData)
          .catch((error: unknown) => this.remover.giveUp(row, lease, error));
      case 'installed':
      case 'failed':
      case 'cancelled':
      case 'removed':
        return;
    }
  }
}

/** Where the work stands and what was last done. */
export function textOf({ appName, state, attempts, updatedAt, step }: AppInstallation): Bilingual {
  const last = step === '' ? null : (JSON.parse(step) as Bilingual);
  const at = updatedAt.toISOString();
  return bilingual(
    `应用 ${appName}（${state}）自 ${at} 起没有进展，已尝试 ${attempts} 次${last ? `：${last.zh}` : ''}`,
    `App ${appName} (${state}) has made no progress since ${at}, after ${attempts} attempts${last ? `: ${last.en}` : ''}`,
  );
}
