import { AppBackup } from '../apps/backups/app-backup.entity';
import { BackupRepository } from '../apps/backups/backup-repository.entity';
import { RetiredImage } from '../apps/images/retired-image.entity';
import { ImageCheck } from '../apps/images/image-check.entity';
import { ToldUpdate } from '../apps/updates/told-update.entity';
import { UpdatePolicy } from '../apps/updates/update-policy.entity';
import { BackupSchedule, BackupTurn } from '../apps/schedules/backup-schedule.entity';
import { StoredRegistryLogin } from '../apps/registries/registry-login.entity';
import { AppHome } from '../apps/homes/app-home.entity';
import { AppLeftover } from '../apps/homes/app-leftover.entity';
import { InstallStep } from '../apps/installations/install-step.entity';
import { AppInstallation } from '../apps/installations/installation.entity';
import { PortLease } from '../apps/ports/port-lease.entity';
import { AppEvent } from '../apps/progress/app-event.entity';
import { AppSecret } from '../apps/secrets/app-secret.entity';
import { GitStore } from '../apps/stores/git-store.entity';
import { AuditEvent } from '../audit/audit-event.entity';
import { BannedAddress } from '../auth/addresses/banned-address.entity';
import { RefreshToken } from '../auth/sessions/refresh-token.entity';
import { Session } from '../auth/sessions/session.entity';
import { AuthChange } from '../auth/cache/auth-change.entity';
import { AuthNode } from '../auth/cache/auth-node.entity';
import { ComputeRecordCount } from '../compute/history/record-count.entity';
import { ComputeRecord } from '../compute/history/record.entity';
import { ComputeImport } from '../compute/imports/import.entity';
import { ComputeModelRow } from '../compute/model-store/model.entity';
import { ComputeQuota } from '../compute/tasks/quota.entity';
import { ComputeTaskEvent } from '../compute/tasks/task-event.entity';
import { ComputeTask } from '../compute/tasks/task.entity';
import { InviteCodeUse } from '../invite-codes/invite-code-use.entity';
import { InviteCode } from '../invite-codes/invite-code.entity';
import { RiskAcknowledgement } from '../server/risks/risk-acknowledgement.entity';
import { SystemState } from '../accounts/system-state.entity';
import { User } from '../accounts/user.entity';

/** Every entity there is, in one explicit list that the server, the migrations and the checks share. */
export const entities: (abstract new (...args: never[]) => object)[] = [
  AppBackup,
  AppEvent,
  AppHome,
  StoredRegistryLogin,
  AppLeftover,
  AppInstallation,
  AppSecret,
  GitStore,
  ImageCheck,
  RetiredImage,
  InstallStep,
  PortLease,
  AuditEvent,
  AuthChange,
  AuthNode,
  BackupRepository,
  BackupSchedule,
  BackupTurn,
  BannedAddress,
  ComputeImport,
  ComputeModelRow,
  ComputeQuota,
  ComputeRecord,
  ComputeRecordCount,
  ComputeTask,
  ComputeTaskEvent,
  SystemState,
  InviteCode,
  InviteCodeUse,
  RefreshToken,
  Session,
  ToldUpdate,
  UpdatePolicy,
  User,
  RiskAcknowledgement,
];
