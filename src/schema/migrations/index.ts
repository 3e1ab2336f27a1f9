import type { MigrationInterface } from 'typeorm';
import { DropLeaseIndex1795290600000 } from './20261121195000-drop-lease-index';
import { Identity1795209000000 } from './20261120211000-identity';
import { AppStores1795302900000 } from './20261121231500-app-stores';
import { AppBackups1795305000000 } from './20261121235000-app-backups';
import { AppTables1795209300000 } from './20261120211500-app-tables';
import { AppUpgrades1795212000000 } from './20261120220000-app-upgrades';
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
];
