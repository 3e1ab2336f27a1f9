import { Injectable, Logger } from '@nestjs/common';
import { currentRequestId } from '../../platform/logging/request-trace';
import {
  AppBusyError,
  AppNotInstalledError,
  UninstallFailedError,
} from '../installations/installation.errors';
import { AppRemover } from '../install/app-remover';
import type { AppInstallation } from '../installations/installation.entity';
import { RowLeases, type RowLease } from '../installations/row-lease';
import { InstallationStore, manifestOf, UNCLAIMED } from '../installations/installation.store';
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
  ) {}

  /**
   * Removes exactly what the installation made; named volumes stay unless `removeData`. An install
   * under way is cancelled first.
   * @throws UninstallFailedError when something will not stop; the app then counts as installed
   */
  async uninstall(appName: string, removeData: boolean): Promise<void> {
    const row = await this.store.findActive(appName);
    if (!row) return this.removeLeft(appName, removeData);
    if (row.state === 'queued' || row.state === 'installing' || row.state === 'rolling-back') {
      const report = await this.cancels.cancel(appName, MAX_CANCEL_WAIT_MS);
      if (report.state === 'rolling-back') throw new AppBusyError(appName, 'rolling-back');
      if (report.state === 'installed') return this.uninstall(appName, removeData);
      return;
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
  }

  /** Names of all apps that count. */
  async listNames(): Promise<string[]> {
    return (await this.store.listActive()).map((row) => row.appName);
  }

  private async remove(row: AppInstallation, lease: RowLease, removeData: boolean): Promise<void> {
    try {
      await this.remover.uninstall(row, lease, removeData);
    } catch (error) {
      this.logger.warn({ err: error, app: row.appName }, 'uninstall failed');
      const key = manifestOf(row)?.mainKey;
      const port = key ? String((await this.leases.leasesOf(row.id))[key] ?? '') : '';
      await lease.update({ state: 'installed', phase: 'running', ...UNCLAIMED });
      throw new UninstallFailedError(row.appName, port, error);
    }
  }

  /**
   * Nothing runs any more, but something may be left: the report of an install that failed or was
   * cancelled, which is dismissed, and kept data, which is removed on request.
   */
  private async removeLeft(appName: string, removeData: boolean): Promise<void> {
    const last = await this.store.findLatest(appName);
    if (!last) throw new AppNotInstalledError(appName);
    const hasData = removeData && (await this.remover.volumesOf(last)).length > 0;
    const dismissed = await this.store.transition(last.id, ['failed', 'cancelled'], {
      state: 'removed',
      phase: 'removed',
    });
    if (!dismissed && !hasData) throw new AppNotInstalledError(appName);
    if (hasData) await this.remover.removeData(last);
  }
}
