import { Injectable } from '@nestjs/common';
import { Installer } from '../install/installer';
import type { AppInstallation } from '../installations/installation.entity';
import type { RowLease } from '../installations/row-lease';

/** Recreates what an installed app has lost, from its template, its kept values and its data. */
@Injectable()
export class AppRepair {
  constructor(private readonly installer: Installer) {}

  /**
   * Goes through all steps of the install again: what is there and right stays as it is. Rejects
   * with the reason why the app does not come up; nothing is undone then.
   */
  async recreate(row: AppInstallation, lease: RowLease): Promise<void> {
    try {
      await this.installer.install(row, lease);
    } finally {
      await lease.update({ phase: 'running', progress: 100, step: '' });
    }
  }
}
