import type { MigrationInterface } from 'typeorm';
import { DropLeaseIndex1795290600000 } from './20261121195000-drop-lease-index';
import { Identity1795209000000 } from './20261120211000-identity';
import { AppStores1795302900000 } from './20261121231500-app-stores';
import { BackupSchedules1795313700000 } from './20261122021500-backup-schedules';
import { AppBackups1795305000000 } from './20261121235000-app-backups';
import { BackupTrials1795348800000 } from './20261122120000-backup-trials';
import { RetiredImages1795350600000 } from './20261122123000-retired-images';
import { WindowMarks1795350900000 } from './20261122123500-window-marks';
import { GitStores1795317900000 } from './20261122032500-git-stores';
import { AppUpdates1795336200000 } from './20261122083000-app-updates';
import { RestoreAsInstance1795353000000 } from './20261122131000-restore-as-instance';
import { AppInstances1795352400000 } from './20261122130000-app-instances';
import { InstallationNode1795340100000 } from './20261122093500-installation-node';
import { UpdatePolicies1795338900000 } from './20261122091500-update-policies';
import { AppTables1795209300000 } from './20261120211500-app-tables';
import { AppUpgrades1795212000000 } from './20261120220000-app-upgrades';
import { AppHomes1795385400000 } from './20261122221000-app-homes';
import { RegistryLogins1795389000000 } from './20261122231000-registry-logins';
import { AppLeftovers1795390200000 } from './20261122233000-app-leftovers';
import { Compute1795209600000 } from './20261120212000-compute';
import { OneEngine1795302000000 } from './20261121230000-one-engine';
import { RecordCounts1795284000000 } from './20261121180000-record-counts';
import { RequestIds1795223700000 } from './20261121011500-request-ids';
import { SecretMarks1795214400000 } from './20261120224000-secret-marks';
import { OneHistoryIndex1795300200000 } from './20261121223000-one-history-index';
import { SetupSalt1795300800000 } from './20261121224000-setup-salt';
import { TaskBatches1795291200000 } from './20261121200000-task-batches';
import { TableNames1795278000000 } from './20261121162000-table-names';
import { RiskAcknowledgements1795210800000 } from './20261120214000-risk-acknowledgements';

/** Every migration, oldest first. */
export const migrations: (new () => MigrationInterface)[] = [
  Identity1795209000000,
  AppTables1795209300000,
  Compute1795209600000,
  RiskAcknowledgements1795210800000,
  AppUpgrades1795212000000,
  SecretMarks1795214400000,
  RequestIds1795223700000,
  TableNames1795278000000,
  RecordCounts1795284000000,
  DropLeaseIndex1795290600000,
  TaskBatches1795291200000,
  OneHistoryIndex1795300200000,
  SetupSalt1795300800000,
  OneEngine1795302000000,
  AppStores1795302900000,
  AppBackups1795305000000,
  BackupSchedules1795313700000,
  GitStores1795317900000,
  AppUpdates1795336200000,
  UpdatePolicies1795338900000,
  InstallationNode1795340100000,
  BackupTrials1795348800000,
  RetiredImages1795350600000,
  WindowMarks1795350900000,
  AppInstances1795352400000,
  RestoreAsInstance1795353000000,
  AppHomes1795385400000,
  RegistryLogins1795389000000,
  AppLeftovers1795390200000,
];
