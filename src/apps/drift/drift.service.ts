import { Injectable } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { DomainError } from '../../platform/errors/domain-error';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { ownLabels } from '../compose/engine/labels';
import { StuckWork } from '../install/stuck-work';
import { InstallationStore } from '../installations/installation.store';
import { RowLeases } from '../installations/row-lease';
import { LeaseReconciler } from '../ports/lease-reconciler';
import { PortLeasesService } from '../ports/port-leases.service';
import { AppRepair } from './app-repair';
import type { DriftFinding, RepairOutcome } from './drift-finding';
import { DriftReport } from './drift-report';
import { OrphanAdoption } from './orphan-adoption';

type Result = Pick<RepairOutcome, 'done' | 'failure'>;

/** Reports where rows and engine disagree, and repairs it. */
@Injectable()
export class DriftService {
  constructor(
    private readonly engine: DockerEngine,
    private readonly store: InstallationStore,
    private readonly rowLeases: RowLeases,
    private readonly leases: PortLeasesService,
    private readonly reconciler: LeaseReconciler,
    private readonly stuck: StuckWork,
    private readonly repair: AppRepair,
    private readonly adoption: OrphanAdoption,
    private readonly drift: DriftReport,
  ) {}

  report(): Promise<DriftFinding[]> {
    return this.drift.findings();
  }

  /** Repairs what the report names, one after the other; data of uninstalled apps is never removed here. */
  async repairAll(): Promise<RepairOutcome[]> {
    const outcomes: RepairOutcome[] = [];
    /** One reinstall, or one adoption, repairs all findings of its installation. */
    const repaired = new Map<string, Result>();
    for (const found of await this.report()) {
      const wholeApp = found.remedy === 'reinstall' || found.remedy === 'adopt';
      const part = found.kind === 'port-differs' ? found.subject : '';
      const key = `${found.remedy} ${found.installationId} ${part}`;
      const result = (wholeApp ? repaired.get(key) : undefined) ?? (await this.attempt(found));
      if (wholeApp) repaired.set(key, result);
      outcomes.push({ ...found, ...result });
    }
    return outcomes;
  }

  private async attempt(found: DriftFinding): Promise<Result> {
    try {
      const failure = await this.apply(found);
      return { done: failure === null && found.remedy !== 'keep', failure };
    } catch (error) {
      const failure =
        error instanceof DomainError ? error.text : bilingual('内部错误', 'internal error');
      return { done: false, failure };
    }
  }

  /** Null when done, else why not. */
  private async apply(found: DriftFinding): Promise<Bilingual | null> {
    switch (found.remedy) {
      case 'finish':
        return (await this.stuck.finish(found.installationId)) ? null : BUSY;
      case 'reinstall':
        return this.reinstall(found);
      case 'adopt':
        return found.kind === 'port-differs' ? this.followPort(found) : this.adopt(found);
      case 'remove':
        await this.remove(found);
        await this.leases.release(found.installationId);
        return null;
      case 'keep':
        return null;
    }
  }

  private async remove({ kind, subject, installationId }: DriftFinding): Promise<void> {
    const { networks, workloads, files } = this.engine;
    if (kind === 'network-without-app') return networks.remove(subject);
    if (kind !== 'config-without-app' && kind !== 'secret-without-app')
      return workloads.remove(subject);
    const own = await files.list([`${ownLabels.installation}=${installationId}`]);
    for (const file of own.filter((f) => f.name === subject && kind.startsWith(f.kind)))
      await files.remove(file);
  }

  private async reinstall(found: DriftFinding): Promise<Bilingual | null> {
    const row = await this.store.findActive(found.appName);
    if (row?.id !== found.installationId) return GONE;
    const held = await this.rowLeases.hold(
      row.id,
      ['installed'],
      { stopped: false },
      async (lease) => {
        if (found.kind === 'port-differs') await this.engine.workloads.remove(found.subject);
        await this.repair.recreate(row, lease);
      },
    );
    return held ? null : BUSY;
  }

  private async followPort(found: DriftFinding): Promise<Bilingual | null> {
    await this.reconciler.follow(found.installationId, await this.engine.workloads.list());
    return null;
  }

  private async adopt({ installationId, appName }: DriftFinding): Promise<Bilingual | null> {
    const containers = await this.engine.workloads.list([
      `${ownLabels.installation}=${installationId}`,
    ]);
    return this.adoption.adopt({ installationId, appName, containers });
  }
}

const GONE = bilingual('该应用已不在', 'the app is no longer there');
const BUSY = bilingual(
  '有另一项操作正在进行，请稍后重试',
  'another operation on the app is under way; try again shortly',
);
