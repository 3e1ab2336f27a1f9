import { ApiProperty } from '@nestjs/swagger';
import { ApiTime } from '../../http/fields/api-fields';
import { HexField, TextField, UuidField } from '../../http/fields';
import { PageDto } from '../../http/fields/paging';
import type { Language } from '../../platform/i18n/bilingual';
import { bilingual } from '../../platform/i18n/bilingual';
import type {
  AppBackup,
  BackupOrigin,
  BackupPhase,
  BackupState,
} from '../backups/app-backup.entity';
import { bytesOf, type Consistency } from '../backups/backup-manifest';
import { backupManifestOf, type BackupFailure } from '../backups/backup.store';
import type { TrialOutcome } from '../trials/app-trial';
import type { RepositoryView } from '../backups/repositories.service';
import { AppNameField, InstanceField } from './app-name.dto';

const STATES: readonly BackupState[] = [
  'saving',
  'restoring',
  'verifying',
  'removing',
  'saved',
  'failed',
  'cancelled',
];
const ORIGINS: readonly BackupOrigin[] = ['request', 'schedule', 'upgrade', 'move'];
const CONSISTENCIES: readonly Consistency[] = ['hook', 'stopped'];
const STARTED: readonly TrialOutcome['started'][] = ['yes', 'no', 'not-tried'];
const PHASES: readonly BackupPhase[] = [
  '',
  'queued',
  'hooks',
  'stopping',
  'copying',
  'starting',
  'uploading',
  'downloading',
  'preparing',
  'replacing',
  'installing',
  'checking',
  'trying',
  'returning',
  'cleaning',
];

export const RepositoryNameField = (optional: boolean): PropertyDecorator =>
  TextField({
    maxLength: 32,
    pattern: /^[a-z0-9][a-z0-9-]{0,31}$/,
    rule: bilingual(
      '须为小写字母、数字和 - 组成的仓库名称',
      'must be the name of a repository: lower-case letters, digits and -',
    ),
    description: 'name of the repository; the first one of BACKUP_REPOSITORIES by default',
    example: 'local',
    ...(optional ? { optional: true as const } : {}),
  });

export class BackupParamDto {
  @AppNameField()
  appName: string;

  @UuidField({ description: 'id of the backup' })
  id: string;
}

export class MakeBackupDto {
  @RepositoryNameField(true)
  repository?: string;
}

export class RestoreBackupDto {
  @InstanceField(
    'brings the backup up beside the app instead, as the installation `app--instance` with ports of its own; absent: in place',
    'or-empty',
  )
  instance?: string;
}

export class RepositoryParamDto {
  @RepositoryNameField(false)
  name: string;
}

export class OpenRepositoryDto {
  @HexField({ length: 64, description: 'the key, as it was shown once' })
  key: string;
}

export class BackupPartDto {
  @ApiProperty({ type: 'string', example: 'websoft9-redmine_data' })
  name: string;

  @ApiProperty({ type: 'integer', format: 'int64', description: 'bytes' })
  size: number;
}

export class BackupDto {
  @ApiProperty({ type: 'string', format: 'uuid' })
  id: string;

  @ApiProperty({ type: 'string', example: 'redmine' })
  appName: string;

  @ApiProperty({
    type: 'string',
    nullable: true,
    example: null,
    description:
      'of a restore under way beside the app: the name of the installation that it becomes',
  })
  restoreAs: string | null;

  @ApiProperty({ type: 'string', description: 'name of the repository', example: 'local' })
  repository: string;

  @ApiProperty({
    enum: STATES,
    enumName: 'BackupState',
    description:
      '`saved` is complete and can be restored; the first four are under way; `failed` and `cancelled` hold nothing',
  })
  state: BackupState;

  @ApiProperty({
    enum: ORIGINS,
    enumName: 'BackupOrigin',
    description: 'what it was made for; retention removes none that was requested',
  })
  origin: BackupOrigin;

  @ApiTime('until when retention leaves it', true)
  keptUntil: number | null;

  @ApiProperty({ enum: PHASES, enumName: 'BackupPhase', description: 'of the work under way' })
  phase: BackupPhase;

  @ApiProperty({ type: 'integer', format: 'int64', description: 'bytes of the phase done so far' })
  bytesDone: number;

  @ApiProperty({ type: 'integer', format: 'int64', description: 'bytes of the phase in all' })
  bytesTotal: number;

  @ApiProperty({ type: 'integer', nullable: true, description: 'null while it is not known' })
  secondsLeft: number | null;

  @ApiProperty({
    type: 'integer',
    format: 'int64',
    nullable: true,
    description: 'bytes of the app’s data',
  })
  size: number | null;

  @ApiProperty({
    type: 'integer',
    format: 'int64',
    nullable: true,
    description: 'bytes that the repository had not held before',
  })
  added: number | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'milliseconds for which the app did not run',
  })
  downtime: number | null;

  @ApiProperty({
    enum: CONSISTENCIES,
    enumName: 'BackupConsistency',
    nullable: true,
    description:
      'how its data are of one moment: `hook`, by commands of the template while the app ran; `stopped`, copied while it did not run',
  })
  consistency: Consistency | null;

  @ApiProperty({ type: 'string', nullable: true, description: 'version of the app' })
  version: string | null;

  @ApiProperty({
    type: [BackupPartDto],
    description: 'its volumes, and its folder under its own name',
  })
  parts: BackupPartDto[];

  @ApiProperty({ type: 'string', nullable: true, description: 'why the last work on it failed' })
  failure: string | null;

  @ApiTime('when it was requested')
  createdAt: number;

  @ApiTime('when it was last proved to be as it was saved', true)
  verifiedAt: number | null;

  @ApiProperty({
    enum: STARTED,
    enumName: 'BackupStarted',
    nullable: true,
    description:
      'whether its app came up when it was last verified, in volumes and networks of its own without a way out; null: not verified since',
  })
  started: TrialOutcome['started'] | null;

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'why it did not come up, or was not tried',
  })
  startedReason: string | null;

  @ApiTime('when it was last restored', true)
  restoredAt: number | null;
}

export class BackupPageDto extends PageDto {
  @ApiProperty({ type: [BackupDto] })
  items: BackupDto[];
}

export function toBackupDto(row: AppBackup, language: Language): BackupDto {
  const manifest = backupManifestOf(row);
  const folder = manifest?.folder ? [{ name: row.appName, size: manifest.folder.bytes }] : [];
  const volumes = Object.entries(manifest?.volumes ?? {});
  const failure = row.failure === null ? null : (JSON.parse(row.failure) as BackupFailure);
  const trial = row.started === null ? null : (JSON.parse(row.started) as TrialOutcome);
  return {
    id: row.id,
    appName: row.appName,
    restoreAs: row.restoreAs,
    repository: row.repository,
    state: row.state,
    origin: row.origin,
    keptUntil: row.keptUntil?.getTime() ?? null,
    phase: row.phase,
    bytesDone: row.bytesDone,
    bytesTotal: row.bytesTotal,
    secondsLeft: row.secondsLeft,
    size: manifest && bytesOf(manifest),
    added: row.addedBytes,
    downtime: row.downtimeMs,
    consistency: manifest && (manifest.consistency ?? 'stopped'),
    version: manifest?.version ?? null,
    parts: [...volumes.map(([name, { bytes }]) => ({ name, size: bytes })), ...folder],
    failure: failure?.message[language] ?? null,
    createdAt: row.createdAt.getTime(),
    verifiedAt: row.verifiedAt?.getTime() ?? null,
    started: trial?.started ?? null,
    startedReason: trial?.reason?.[language] ?? null,
    restoredAt: row.restoredAt?.getTime() ?? null,
  };
}

export class BackupRepositoryDto {
  @ApiProperty({ type: 'string', example: 'local' })
  name: string;

  @ApiProperty({ type: 'string', example: '/var/lib/stackscape/backups/apps' })
  address: string;

  @ApiProperty({ type: 'boolean', description: 'this server has a key for it' })
  hasKey: boolean;

  @ApiTime('when its key was shown', true)
  keyShownAt: number | null;
}

export function toRepositoryDto({
  name,
  address,
  hasKey,
  keyShownAt,
}: RepositoryView): BackupRepositoryDto {
  return { name, address, hasKey, keyShownAt: keyShownAt?.getTime() ?? null };
}

export class RepositoryKeyDto {
  @ApiProperty({
    type: 'string',
    description: 'keep this: without it nobody can read the backups once this server is lost',
    example: '0'.repeat(64),
  })
  key: string;
}

export class ImportedBackupsDto {
  @ApiProperty({ type: 'integer', description: 'backups that are listed now and were not before' })
  added: number;
}
