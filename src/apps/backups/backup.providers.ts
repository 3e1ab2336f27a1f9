import type { Provider } from '@nestjs/common';
import { AppPause } from './app-pause';
import { AppPlaces } from './app-places';
import { BackupCheck } from './backup-check';
import { BackupHooks } from './backup-hooks';
import { BackupRunner } from './backup.runner';
import { BackupStore } from './backup.store';
import { Backups } from './backups.service';
import { PinnedTemplates } from './pinned-templates';
import { Repositories } from './repositories.service';
import { Restic } from './restic/restic';
import { Restorer } from './restorer';
import { SnapshotReader } from './snapshot-reader';
import { SnapshotTaker } from './snapshot-taker';
import { Staging } from './staging';
import { UpgradeBackups } from './upgrade-backups';

/** Everything that backups of apps consist of. */
export const backupProviders: Provider[] = [
  AppPause,
  AppPlaces,
  BackupCheck,
  BackupHooks,
  BackupRunner,
  BackupStore,
  Backups,
  PinnedTemplates,
  Repositories,
  Restic,
  Restorer,
  SnapshotReader,
  SnapshotTaker,
  Staging,
  UpgradeBackups,
];
