import { Body, Get, Param, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { AuditService } from '../../audit/audit.service';
import { AdminOnly } from '../../http/access/access-rule';
import { Requester } from '../../auth/access/requester';
import { DscapeController } from '../../http/openapi/controllers';
import { Answers, AnswersList, Fails } from '../../http/openapi/envelopes';
import {
  KeyShownAlreadyError,
  NoSnapshotsThereError,
  RepositoryInUseError,
  RepositoryKeyWrongError,
  UnknownRepositoryError,
} from '../backups/backup.errors';
import { Backups } from '../backups/backups.service';
import { Repositories } from '../backups/repositories.service';
import {
  BackupRepositoryDto,
  ImportedBackupsDto,
  OpenRepositoryDto,
  RepositoryKeyDto,
  RepositoryParamDto,
  toRepositoryDto,
} from './backup.dto';

const UNKNOWN = new UnknownRepositoryError('nosuch');

/** Where backups of apps are kept. */
@DscapeController('backups/repositories', 'Backups')
export class BackupRepositoriesController {
  constructor(
    private readonly repositories: Repositories,
    private readonly backups: Backups,
    private readonly audit: AuditService,
  ) {}

  @Get()
  @AdminOnly()
  @ApiOperation({
    operationId: 'listBackupRepositories',
    summary: 'Where backups are kept / 备份仓库',
  })
  @AnswersList(BackupRepositoryDto)
  async list(): Promise<BackupRepositoryDto[]> {
    return (await this.repositories.list()).map(toRepositoryDto);
  }

  @Post(':name/key')
  @AdminOnly()
  @ApiOperation({
    operationId: 'showBackupKey',
    summary: 'The key of a repository, shown once: keep this / 显示一次备份仓库的密钥，请妥善保存',
  })
  @Answers(RepositoryKeyDto)
  @Fails(UNKNOWN, new KeyShownAlreadyError('local'))
  async key(
    @Param() { name }: RepositoryParamDto,
    @Requester() user: Requester,
  ): Promise<RepositoryKeyDto> {
    const key = await this.repositories.showKey(name);
    await this.record('backup.key-shown', name, user);
    return { key };
  }

  @Post(':name/open')
  @AdminOnly()
  @ApiOperation({
    operationId: 'openBackupRepository',
    summary:
      'Open a repository that another server has filled, and list its backups / 打开已有的备份仓库',
  })
  @Answers(ImportedBackupsDto)
  @Fails(
    UNKNOWN,
    new RepositoryInUseError('local'),
    new RepositoryKeyWrongError('local'),
    new NoSnapshotsThereError('local'),
  )
  async open(
    @Param() { name }: RepositoryParamDto,
    @Body() { key }: OpenRepositoryDto,
    @Requester() user: Requester,
  ): Promise<ImportedBackupsDto> {
    const added = await this.backups.import(name, key);
    await this.record('backup.repository-opened', name, user);
    return { added };
  }

  private async record(action: string, name: string, user: Requester): Promise<void> {
    await this.audit.record({
      action,
      actor: { uid: user.uid, name: user.name },
      address: user.address,
      target: { type: 'backup-repository', id: name },
    });
  }
}
