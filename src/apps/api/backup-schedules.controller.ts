import { Body, Delete, Get, Param, Put, Query, Req } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AuditService } from '../../audit/audit.service';
import { AdminOnly } from '../../http/access/access-rule';
import { Requester } from '../../auth/access/requester';
import { DscapeController } from '../../http/openapi/controllers';
import { Answers, Fails } from '../../http/openapi/envelopes';
import { requestLanguage } from '../../http/request/request-context';
import { RepositoryAwayError, UnknownRepositoryError } from '../backups/backup.errors';
import { DEFAULT_SCHEDULE } from '../schedules/backup-schedule.entity';
import { BackupSchedules, type ScheduleView } from '../schedules/backup-schedules.service';
import { nextTimes } from '../schedules/cron-times';
import { NOT_INSTALLED } from './app-failures';
import {
  BackupScheduleDto,
  CronTimesDto,
  CronTimesQueryDto,
  KeepRulesDto,
  PutBackupScheduleDto,
  RetentionPreviewDto,
  toPreviewDto,
  toScheduleDto,
  toScheduleInput,
} from './backup-schedule.dto';
import { AppParamDto } from './operations.dto';

/** So many tell what the words mean. */
const SHOWN_TIMES = 3;
const UNKNOWN = new UnknownRepositoryError('nosuch');

/** When apps are saved by themselves, and which of these backups stay. */
@DscapeController('', 'Backups')
export class BackupSchedulesController {
  constructor(
    private readonly schedules: BackupSchedules,
    private readonly audit: AuditService,
  ) {}

  @Get('apps/:appName/backup-schedule')
  @AdminOnly()
  @ApiOperation({
    operationId: 'getBackupSchedule',
    summary: 'The schedule that holds for an app, and how it goes / 应用的备份计划',
  })
  @Answers(BackupScheduleDto)
  async get(
    @Param() { appName }: AppParamDto,
    @Req() request: FastifyRequest,
  ): Promise<BackupScheduleDto> {
    return toScheduleDto(await this.schedules.get(appName), requestLanguage(request));
  }

  @Put('apps/:appName/backup-schedule')
  @AdminOnly()
  @ApiOperation({
    operationId: 'putBackupSchedule',
    summary: 'Give an app a schedule of its own / 设置应用的备份计划',
    description:
      'It replaces the one before; what is left out has its default. After each save the backups that the rules do not keep are removed: those made by schedule, and those of upgrades once `keptUntil` has passed. A time that passed while no server ran is made up for once.',
  })
  @Answers(BackupScheduleDto)
  @Fails(NOT_INSTALLED, UNKNOWN)
  async put(
    @Param() { appName }: AppParamDto,
    @Body() body: PutBackupScheduleDto,
    @Requester() by: Requester,
    @Req() request: FastifyRequest,
  ): Promise<BackupScheduleDto> {
    const view = await this.schedules.put(appName, toScheduleInput(body));
    return this.done('app.backup-schedule-set', view, by, request);
  }

  @Delete('apps/:appName/backup-schedule')
  @AdminOnly()
  @ApiOperation({
    operationId: 'deleteBackupSchedule',
    summary: 'Let the default hold for an app again / 恢复使用默认备份计划',
  })
  @Answers(BackupScheduleDto)
  async remove(
    @Param() { appName }: AppParamDto,
    @Requester() by: Requester,
    @Req() request: FastifyRequest,
  ): Promise<BackupScheduleDto> {
    const view = await this.schedules.remove(appName);
    return this.done('app.backup-schedule-removed', view, by, request);
  }

  @Get('apps/:appName/backup-schedule/preview')
  @AdminOnly()
  @ApiOperation({
    operationId: 'previewRetention',
    summary: 'Which backups the rules would keep and remove now / 预览保留策略的结果',
    description:
      'By the rules given, or without any by those that hold for the app. Changes nothing. Backups that were requested, that an upgrade may still need or that work is done with are in neither list: they stay.',
  })
  @Answers(RetentionPreviewDto)
  @Fails(UNKNOWN, new RepositoryAwayError('local', 'no route to host'))
  async preview(
    @Param() { appName }: AppParamDto,
    @Query() rules: KeepRulesDto,
    @Req() request: FastifyRequest,
  ): Promise<RetentionPreviewDto> {
    return toPreviewDto(await this.schedules.preview(appName, rules), requestLanguage(request));
  }

  @Get('backups/schedule')
  @AdminOnly()
  @ApiOperation({
    operationId: 'getDefaultBackupSchedule',
    summary: 'The schedule of all apps without one of their own / 默认备份计划',
  })
  @Answers(BackupScheduleDto)
  async getDefault(@Req() request: FastifyRequest): Promise<BackupScheduleDto> {
    return toScheduleDto(await this.schedules.get(DEFAULT_SCHEDULE), requestLanguage(request));
  }

  @Get('backups/schedule/times')
  @AdminOnly()
  @ApiOperation({
    operationId: 'previewTimes',
    summary: 'The next three times at which words of cron come true / 预览 cron 的下三次时间',
  })
  @Answers(CronTimesDto)
  times(@Query() { cron, timeZone = 'UTC' }: CronTimesQueryDto): CronTimesDto {
    return { times: nextTimes(cron, timeZone, SHOWN_TIMES).map((time) => time.getTime()) };
  }

  @Put('backups/schedule')
  @AdminOnly()
  @ApiOperation({
    operationId: 'putDefaultBackupSchedule',
    summary: 'Set the schedule of all apps without one of their own / 设置默认备份计划',
  })
  @Answers(BackupScheduleDto)
  @Fails(UNKNOWN)
  async putDefault(
    @Body() body: PutBackupScheduleDto,
    @Requester() by: Requester,
    @Req() request: FastifyRequest,
  ): Promise<BackupScheduleDto> {
    const view = await this.schedules.put(DEFAULT_SCHEDULE, toScheduleInput(body));
    return this.done('backup.default-schedule-set', view, by, request);
  }

  @Delete('backups/schedule')
  @AdminOnly()
  @ApiOperation({
    operationId: 'deleteDefaultBackupSchedule',
    summary: 'Save only apps that have a schedule of their own / 删除默认备份计划',
  })
  @Answers(BackupScheduleDto)
  async removeDefault(
    @Requester() by: Requester,
    @Req() request: FastifyRequest,
  ): Promise<BackupScheduleDto> {
    const view = await this.schedules.remove(DEFAULT_SCHEDULE);
    return this.done('backup.default-schedule-removed', view, by, request);
  }

  private async done(
    action: string,
    view: ScheduleView,
    by: Requester,
    request: FastifyRequest,
  ): Promise<BackupScheduleDto> {
    const { appName, schedule } = view;
    await this.audit.record({
      action,
      actor: { uid: by.uid, name: by.name },
      address: by.address,
      target: { type: appName === DEFAULT_SCHEDULE ? 'backup-schedule' : 'app', id: appName },
      details: { cron: schedule.cron ?? '', timeZone: schedule.timeZone },
    });
    return toScheduleDto(view, requestLanguage(request));
  }
}
