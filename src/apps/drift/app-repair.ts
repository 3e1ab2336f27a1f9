import { Injectable } from '@nestjs/common';
import { Installer } from '../install/installer';
import type { AppInstallation } from '../installations/installation.entity';
import { InstallationStore, manifestOf } from '../installations/installation.store';
import { AppEventsService } from '../progress/app-events.service';
import { InstallReporter } from '../progress/install-reporter';

/** Makes anew what an installed app has lost, from its template, its kept values and its data. */
@Injectable()
export class AppRepair {
  constructor(
    private readonly installer: Installer,
    private readonly store: InstallationStore,
    private readonly events: AppEventsService,
  ) {}

  /**
   * Goes through all steps of the install again: what is there and right stays as it is. The caller
   * holds the claim. Throws the reason why the app does not come up; nothing is taken back then.
   */
  async bringBack(row: AppInstallation, token: string): Promise<void> {
    const report = new InstallReporter(
      { id: row.id, appName: row.appName, token },
      manifestOf(row)?.images ?? [],
      this.store,
      this.events,
    );
    try {
      await this.installer.install({ row, token, signal: new AbortController().signal, report });
    } finally {
      await report.settle();
      await this.store.updateOwned(row.id, token, { phase: 'running', progress: 100, step: '' });
    }
  }
}
