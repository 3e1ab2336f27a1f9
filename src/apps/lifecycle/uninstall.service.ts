import { Injectable, Logger } from '@nestjs/common';
import { retryDatabase } from '../../platform/database/retry-database';
import { currentRequestId } from '../../platform/logging/request-trace';
import { AppBusyError, UninstallFailedError } from '../installations/installation.errors';
import { AppData } from '../install/app-data';
import { AppRemover } from '../install/app-remover';
import type { AppInstallation } from '../installations/installation.entity';
import { LeaseLostError } from '../installations/leased-rows';
import { RowLeases, type RowLease } from '../installations/row-lease';
import { InstallationChanges } from '../installations/installation-changes';
import { InstallationStore, manifestOf } from '../installations/installation.store';
import { isUnderWay } from '../installations/installation-state';
import { TemplateSource } from '../resolver/app-resolver';
import { UnknownAppError } from '../resolver/template.errors';
import { PortLeasesService } from '../ports/port-leases.service';
import { CancelService } from './cancel.service';

/** An uninstall of an app that is still being installed waits this long for the roll-back. */
const MAX_CANCEL_WAIT_MS = 60_000;

/** Removes apps, and answers when they are gone. */
@Injectable()
export class UninstallService {
  private readonly logger = new Logger(UninstallService.name);

  constructor(
    private readonly store: InstallationStore,
    private readonly rowLeases: RowLeases,
    private readonly remover: AppRemover,
    private readonly leases: PortLeasesService,
    private readonly cancels: CancelService,
    private readonly data: AppData,
    private readonly templates: TemplateSource,
    private readonly changes: InstallationChanges,
  ) {}

  /**
   * Removes exactly what the installation made; named volumes stay unless `removeData`. An install
   * under way is cancelled first. False: nothing was installed, and nothing was left to remove.
   * @throws UninstallFailedError when something will not stop; the app then counts as installed
   * @throws UnknownAppError, AppBusyError
   */
  async uninstall(appName: string, removeData: boolean): Promise<boolean> {
    const row = await this.store.findActive(appName);
    if (!row) return this.removeLeft(appName, removeData);
    if (row.state === 'queued' || row.state === 'installing' || row.state === 'rolling-back') {
      const report = await this.cancels.cancel(appName, MAX_CANCEL_WAIT_MS);
      if (isUnderWay(report.state)) throw new AppBusyError(appName, report.state);
      if (report.state === 'installed' || removeData) return this.uninstall(appName, removeData);
      return true;
    }
    const held = await this.rowLeases.hold(
      row.id,
      ['installed', 'uninstalling'],
      {
        state: 'uninstalling',
        phase: 'uninstalling',
        removeData,
        requestId: currentRequestId() ?? null,
      },
      (lease) => this.remove(row, lease, removeData),
    );
    if (!held) throw new AppBusyError(appName, row.state);
    await this.changes.tellAndWait();
    return true;
  }

  private async remove(row: AppInstallation, lease: RowLease, removeData: boolean): Promise<void> {
    try {
      await this.removeOrGiveUp(row, lease, removeData);
    } catch (error) {
      if (!(error instanceof LeaseLostError)) throw error;
      await this.checkRemoved(row);
    }
  }

  private async removeOrGiveUp(
    row: AppInstallation,
    lease: RowLease,
    removeData: boolean,
  ): Promise<void> {
    try {
      await this.remover.uninstall(row, lease, removeData);
    } catch (error) {
      if (error instanceof LeaseLostError) throw error;
      this.logger.warn({ err: error, app: row.appName }, 'uninstall failed');
      const key = manifestOf(row)?.mainKey;
      const port = key ? String((await this.leases.leasesOf(row.id))[key] ?? '') : '';
      await this.remover.giveUp(row, lease, error);
      throw new UninstallFailedError(row.appName, port, error);
    }
  }

  /** Another process has taken the uninstall over: it is done when that process is done. */
  private async checkRemoved({ id, appName }: AppInstallation): Promise<void> {
    const row = await retryDatabase(() => this.store.findById(id));
    if (row && row.state !== 'removed') throw new AppBusyError(appName, row.state);
  }

  /**
   * Nothing runs any more, but something may be left: the report of an install that failed or was
   * cancelled, which is dismissed, and kept data, which is removed on request.
   */
  private async removeLeft(appName: string, removeData: boolean): Promise<boolean> {
    const last = await this.store.findLatest(appName);
    if (!last) {
      if (await this.templates.find(appName)) return false;
      throw new UnknownAppError(appName);
    }
    const dismissed = await this.store.transition(last.id, ['failed', 'cancelled'], {
      state: 'removed',
      phase: 'removed',
    });
    if (!removeData || !(await this.data.exists(last))) return dismissed;
    const held = await this.rowLeases
      .hold(last.id, ['removed'], {}, (lease) => this.data.remove(last, lease))
      .catch((error: unknown) => {
        if (error instanceof LeaseLostError) return null;
        throw error;
      });
    if (held) return true;
    const { state } = (await this.store.findActive(appName)) ?? last;
    throw new AppBusyError(appName, state);
  }
}
