import type { Provider } from '@nestjs/common';
import { BackupRisks } from './backup-risks';
import { BackupScheduler } from './backup-scheduler';
import { BackupSchedules } from './backup-schedules.service';
import { Retention } from './retention';

/** Backups that are made, checked and removed by themselves. */
export const scheduleProviders: Provider[] = [
  BackupRisks,
  BackupScheduler,
  BackupSchedules,
  Retention,
];
