import { applyDecorators, Body, Delete, Get, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AdminOnly } from '../../http/access/access-rule';
import { Requester } from '../../auth/access/requester';
import { DscapeController } from '../../http/openapi/controllers';
import { Answers, Fails } from '../../http/openapi/envelopes';
import { PageQueryDto, pageOf } from '../../http/fields/paging';
import { requestLanguage } from '../../http/request/request-context';
import {
  BackupBusyError,
  BackupInUseError,
  BackupNotFoundError,
  BackupNotSavedError,
  InstanceHasDataError,
  NoBackupWorkError,
  UnknownRepositoryError,
} from '../backups/backup.errors';
import type { AppBackup } from '../backups/app-backup.entity';
import { AlreadyInstalledError } from '../installations/installation.errors';
import { Backups } from '../backups/backups.service';
import { AppAudit } from './app-audit';
import { AtHome } from './at-home';
import {
  APP_BUSY,
  INSTANCE_NAME_TAKEN,
  INSTANCE_NAME_TOO_LONG,
  NOT_INSTALLED,
} from './app-failures';
import {
  BackupDto,
  BackupPageDto,
  BackupParamDto,
  MakeBackupDto,
  RestoreBackupDto,
  toBackupDto,
} from './backup.dto';
import { AppParamDto } from './operations.dto';

const NO_BACKUP = new BackupNotFoundError('9a6d777c-997d-a7e5-35f4-8471b7582ac0');
const NOT_SAVED = new BackupNotSavedError('9a6d777c-997d-a7e5-35f4-8471b7582ac0');
const JOB_EXAMPLE = '4a1c1a3e-6f55-4c0a-9d5b-6f3e0c7d8b11';
const BUSY = new BackupBusyError('hello');

/** A call that begins work on one backup; the answer is its state, the events tell how it goes on. */
const Begins = (verb: string, operationId: string, summary: string): MethodDecorator =>
  applyDecorators(
    Post(`:appName/backups/:id/${verb}`),
    AdminOnly(),
    AtHome(),
    ApiOperation({ operationId, summary }),
    Answers(BackupDto),
  );

/** Backups of apps. */
@DscapeController('apps', 'Backups')
export class BackupsController {
  constructor(
    private readonly backups: Backups,
    private readonly audit: AppAudit,
  ) {}

  @Post(':appName/backups')
  @AdminOnly()
  @AtHome()
  @ApiOperation({
    operationId: 'backUpApp',
    summary: 'Save an app: its volumes, folder, values and passwords / 备份应用',
    description:
      'The app is stopped while its data are copied beside it, and runs again before the copy is sent to the repository. The `backup` events of the app tell how far it is.',
  })
  @ApiBody({ type: MakeBackupDto, required: false })
  @Answers(BackupDto)
  @Fails(NOT_INSTALLED, APP_BUSY, BUSY, new UnknownRepositoryError('nosuch'))
  async save(
    @Param() { appName }: AppParamDto,
    @Body() { repository }: MakeBackupDto,
    @Requester() user: Requester,
    @Req() request: FastifyRequest,
  ): Promise<BackupDto> {
    const row = await this.backups.save(appName, repository, user.uid);
    return this.done('app.backup-requested', row, user, request);
  }

  @Get(':appName/backups')
  @AdminOnly()
  @ApiOperation({
    operationId: 'listBackups',
    summary: 'Backups of an app, newest first; also of one that is not installed / 应用的备份列表',
  })
  @Answers(BackupPageDto)
  async list(
    @Param() { appName }: AppParamDto,
    @Query() query: PageQueryDto,
    @Req() request: FastifyRequest,
  ): Promise<BackupPageDto> {
    const { page, skip, take } = pageOf(query);
    const [rows, total] = await this.backups.list(appName, skip, take);
    const language = requestLanguage(request);
    return { total, page, limit: take, items: rows.map((row) => toBackupDto(row, language)) };
  }

  @Get(':appName/backups/:id')
  @AdminOnly()
  @ApiOperation({
    operationId: 'getBackup',
    summary: 'One backup, with its sizes and how far the work on it is / 备份详情',
  })
  @Answers(BackupDto)
  @Fails(NO_BACKUP)
  async get(
    @Param() { appName, id }: BackupParamDto,
    @Req() request: FastifyRequest,
  ): Promise<BackupDto> {
    return toBackupDto(await this.backups.get(appName, id), requestLanguage(request));
  }

  @Begins(
    'restore',
    'restoreBackup',
    'Bring an app back to a backup, or bring a backup up beside it / 从备份恢复应用',
  )
  @ApiBody({ type: RestoreBackupDto, required: false })
  @Fails(
    NO_BACKUP,
    NOT_SAVED,
    BUSY,
    APP_BUSY,
    new AlreadyInstalledError('hello--world', JOB_EXAMPLE, 'installed'),
    INSTANCE_NAME_TAKEN,
    INSTANCE_NAME_TOO_LONG,
    new InstanceHasDataError('hello--world'),
  )
  async restore(
    @Param() { appName, id }: BackupParamDto,
    @Body() { instance }: RestoreBackupDto,
    @Requester() user: Requester,
    @Req() request: FastifyRequest,
  ): Promise<BackupDto> {
    const row =
      instance === undefined
        ? await this.backups.restore(appName, id, user.uid)
        : await this.backups.restoreAs(appName, id, instance, user.uid);
    return this.done('app.restore-requested', row, user, request);
  }

  @Begins('verify', 'verifyBackup', 'Restore into a throw-away folder and compare / 校验备份')
  @Fails(NO_BACKUP, NOT_SAVED, BUSY)
  async verify(
    @Param() { appName, id }: BackupParamDto,
    @Requester() user: Requester,
    @Req() request: FastifyRequest,
  ): Promise<BackupDto> {
    const row = await this.backups.verify(appName, id, user.uid);
    return this.done('app.backup-verify-requested', row, user, request);
  }

  @Begins('cancel', 'cancelBackup', 'Cancel a save, restore or check / 取消备份操作')
  @Fails(NO_BACKUP, new NoBackupWorkError('9a6d777c-997d-a7e5-35f4-8471b7582ac0'))
  async cancel(
    @Param() { appName, id }: BackupParamDto,
    @Requester() user: Requester,
    @Req() request: FastifyRequest,
  ): Promise<BackupDto> {
    const row = await this.backups.cancel(appName, id);
    return this.done('app.backup-cancelled', row, user, request);
  }

  @Delete(':appName/backups/:id')
  @AdminOnly()
  @AtHome()
  @ApiOperation({
    operationId: 'deleteBackup',
    summary: 'Delete a backup and the data that no other one needs / 删除备份',
  })
  @Answers(BackupDto)
  @Fails(NO_BACKUP, BUSY, new BackupInUseError('9a6d777c-997d-a7e5-35f4-8471b7582ac0'))
  async remove(
    @Param() { appName, id }: BackupParamDto,
    @Requester() user: Requester,
    @Req() request: FastifyRequest,
  ): Promise<BackupDto> {
    const row = await this.backups.remove(appName, id, user.uid);
    return this.done('app.backup-delete-requested', row, user, request);
  }

  private async done(
    action: string,
    row: AppBackup,
    user: Requester,
    request: FastifyRequest,
  ): Promise<BackupDto> {
    await this.audit.record(action, user, row.appName, { backup: row.id });
    return toBackupDto(row, requestLanguage(request));
  }
}
