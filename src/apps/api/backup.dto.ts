import { ApiProperty } from '@nestjs/swagger';
import { ApiTime } from '../../http/fields/api-fields';
import { HexField, TextField, UuidField } from '../../http/fields';
import { PageDto } from '../../http/fields/paging';
import type { Language } from '../../platform/i18n/bilingual';
import { bilingual } from '../../platform/i18n/bilingual';
import type { AppBackup, BackupPhase, BackupState } from '../backups/app-backup.entity';
import { bytesOf } from '../backups/backup-manifest';
import { backupManifestOf, type BackupFailure } from '../backups/backup.store';
import type { RepositoryView } from '../backups/repositories.service';
import { AppNameField } from './app-name.dto';

const STATES: readonly BackupState[] = [
  'saving',
  'restoring',
  'verifying',
  'removing',
  'saved',
  'failed',
  'cancelled',
];
const PHASES: readonly BackupPhase[] = [
  '',
  'queued',
  'stopping',
  'copying',
  'starting',
  'uploading',
  'downloading',
  'preparing',
  'replacing',
  'installing',
  'checking',
  'returning',
  'cleaning',
];

const RepositoryNameField = (optional: boolean): PropertyDecorator =>
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

  @ApiProperty({ type: 'string', description: 'name of the repository', example: 'local' })
  repository: string;

  @ApiProperty({
    enum: STATES,
    enumName: 'BackupState',
    description:
      '`saved` is complete and can be restored; the first four are under way; `failed` and `cancelled` hold nothing',
  })
  state: BackupState;

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
  return {
    id: row.id,
    appName: row.appName,
    repository: row.repository,
    state: row.state,
    phase: row.phase,
    bytesDone: row.bytesDone,
    bytesTotal: row.bytesTotal,
    secondsLeft: row.secondsLeft,
    size: manifest && bytesOf(manifest),
    added: row.addedBytes,
    downtime: row.downtimeMs,
    version: manifest?.version ?? null,
    parts: [...volumes.map(([name, { bytes }]) => ({ name, size: bytes })), ...folder],
    failure: failure?.message[language] ?? null,
    createdAt: row.createdAt.getTime(),
    verifiedAt: row.verifiedAt?.getTime() ?? null,
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
