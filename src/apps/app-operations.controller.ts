import { Body, Get, Headers, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiProduces } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuditService } from '../audit/audit.service';
import { AdminOnly, Authenticated, CurrentUser } from '../auth/access';
import { DscapeController } from '../http/controllers';
import { EventStream } from '../http/event-stream';
import { Answers, AnswersList, Fails } from '../http/openapi/envelopes';
import { requestLanguage } from '../http/request-context';
import { BusinessCode } from '../platform/errors/business-code';
import { AppInfoDto, toAppInfoDto } from './dto/app-info.dto';
import { InstallPlanDto, toInstallPlanDto } from './dto/install-plan.dto';
import {
  AppParamDto,
  CancelReportDto,
  DriftFindingDto,
  JobDto,
  LogLineDto,
  LogQueryDto,
  RepairOutcomeDto,
  ServiceStatsDto,
  toCancelReportDto,
  toDriftFindingDto,
  toLogLineDto,
  toRepairOutcomeDto,
  toServiceStatsDto,
  toUninstallPlanDto,
  UninstallPlanDto,
  UpgradeAppDto,
} from './dto/operations.dto';
import { DriftService } from './drift/drift.service';
import { AppResolver } from './install/app-resolver';
import { InstallRequests } from './install/install-requests.service';
import { lastEventIdOf } from './last-event-id';
import { LifecycleService } from './lifecycle/lifecycle.service';
import { UpgradeService } from './lifecycle/upgrade.service';
import { CancelService } from './operations/cancel.service';
import { UninstallPlanService } from './operations/uninstall-plan.service';
import { PreflightService } from './preflight/preflight.service';
import { AppEventsService } from './progress/app-events.service';
import { EventFeed } from './progress/event-feed';
import { AppStatusService } from './status/app-status.service';

const UNKNOWN = { kind: 'not-found', code: BusinessCode.BadRequest, when: 'no such app' } as const;
const BUSY = {
  kind: 'conflict',
  code: BusinessCode.BadRequest,
  when: 'not possible in this state, or another operation is at work',
} as const;
const DEFAULT_TAIL = 100;
const resumable = ApiHeader({
  name: 'Last-Event-ID',
  required: false,
  description: 'id of the last event that was received; the stream goes on after it',
});

/** What can be done with apps beyond the documented calls. */
@DscapeController('apps', 'Apps')
export class AppOperationsController {
  constructor(
    private readonly installs: InstallRequests,
    private readonly resolver: AppResolver,
    private readonly preflight: PreflightService,
    private readonly lifecycle: LifecycleService,
    private readonly upgrades: UpgradeService,
    private readonly cancels: CancelService,
    private readonly uninstallPlans: UninstallPlanService,
    private readonly statuses: AppStatusService,
    private readonly driftService: DriftService,
    private readonly feed: EventFeed,
    private readonly events: AppEventsService,
    private readonly audit: AuditService,
  ) {}

  @Get('drift')
  @AdminOnly()
  @ApiOperation({ operationId: 'getDrift', summary: 'Where rows and engine disagree / 偏差报告' })
  @AnswersList(DriftFindingDto)
  async drift(@Req() request: FastifyRequest): Promise<DriftFindingDto[]> {
    const language = requestLanguage(request);
    return (await this.driftService.report()).map((found) => toDriftFindingDto(found, language));
  }

  @Post('drift/repair')
  @AdminOnly()
  @ApiOperation({
    operationId: 'repairDrift',
    summary: 'Mend what the drift report names / 修复偏差',
  })
  @AnswersList(RepairOutcomeDto)
  async repair(
    @Req() request: FastifyRequest,
    @CurrentUser() user: CurrentUser,
  ): Promise<RepairOutcomeDto[]> {
    const language = requestLanguage(request);
    const outcomes = await this.driftService.mend();
    await this.log('app.drift-repaired', user, 'all');
    return outcomes.map((outcome) => toRepairOutcomeDto(outcome, language));
  }

  @Get('events')
  @Authenticated()
  @resumable
  @ApiProduces('text/event-stream')
  @ApiOkResponse({
    description: 'a stream that stays open',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  })
  @ApiOperation({
    operationId: 'followAllAppEvents',
    summary: 'Events of all apps as server-sent events / 所有应用的事件流',
  })
  async allEvents(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Headers('last-event-id') lastEventId?: string,
  ): Promise<void> {
    const after = lastEventIdOf(lastEventId) ?? (await this.events.latestId());
    await this.feed.follow(new EventStream(reply), null, after, requestLanguage(request));
  }

  @Get(':appName/events')
  @Authenticated()
  @resumable
  @ApiProduces('text/event-stream')
  @ApiOkResponse({
    description: 'a stream that stays open',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  })
  @ApiOperation({
    operationId: 'followAppEvents',
    summary: 'Phase, percent and log of an app as server-sent events / 应用事件流',
    description: 'Without Last-Event-ID it begins with the log of the present installation.',
  })
  async appEvents(
    @Param() { appName }: AppParamDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Headers('last-event-id') lastEventId?: string,
  ): Promise<void> {
    const { row } = await this.statuses.get(appName);
    const after = lastEventIdOf(lastEventId) ?? (await this.events.idBefore(row.id));
    await this.feed.follow(new EventStream(reply), appName, after, requestLanguage(request));
  }

  @Get(':appName/plan')
  @Authenticated()
  @ApiOperation({
    operationId: 'planInstall',
    summary: 'What an install would do, and whether it can; changes nothing / 安装计划',
  })
  @Answers(InstallPlanDto)
  @Fails(UNKNOWN)
  async plan(
    @Param() { appName }: AppParamDto,
    @Req() request: FastifyRequest,
  ): Promise<InstallPlanDto> {
    const prepared = await this.installs.prepare(appName, {});
    const containers = this.resolver.containerNames(prepared.app);
    const checks = await this.preflight.check(prepared);
    return toInstallPlanDto(prepared, containers, checks, requestLanguage(request));
  }

  @Post(':appName/start')
  @AdminOnly()
  @ApiOperation({ operationId: 'startApp', summary: 'Start an app / 启动应用' })
  @Answers(AppInfoDto)
  @Fails(UNKNOWN, BUSY)
  async start(
    @Param() { appName }: AppParamDto,
    @Req() request: FastifyRequest,
    @CurrentUser() user: CurrentUser,
  ): Promise<AppInfoDto> {
    await this.lifecycle.start(appName);
    await this.log('app.started', user, appName);
    return this.info(appName, request);
  }

  @Post(':appName/stop')
  @AdminOnly()
  @ApiOperation({ operationId: 'stopApp', summary: 'Stop an app / 停止应用' })
  @Answers(AppInfoDto)
  @Fails(UNKNOWN, BUSY)
  async stop(
    @Param() { appName }: AppParamDto,
    @Req() request: FastifyRequest,
    @CurrentUser() user: CurrentUser,
  ): Promise<AppInfoDto> {
    await this.lifecycle.stop(appName);
    await this.log('app.stopped', user, appName);
    return this.info(appName, request);
  }

  @Post(':appName/restart')
  @AdminOnly()
  @ApiOperation({ operationId: 'restartApp', summary: 'Restart an app / 重启应用' })
  @Answers(AppInfoDto)
  @Fails(UNKNOWN, BUSY)
  async restart(
    @Param() { appName }: AppParamDto,
    @Req() request: FastifyRequest,
    @CurrentUser() user: CurrentUser,
  ): Promise<AppInfoDto> {
    await this.lifecycle.restart(appName);
    await this.log('app.restarted', user, appName);
    return this.info(appName, request);
  }

  @Post(':appName/cancel')
  @AdminOnly()
  @ApiOperation({
    operationId: 'cancelInstall',
    summary: 'Cancel an install or upgrade in whatever phase it is / 取消安装',
  })
  @Answers(CancelReportDto)
  @Fails(BUSY)
  async cancel(
    @Param() { appName }: AppParamDto,
    @CurrentUser() user: CurrentUser,
  ): Promise<CancelReportDto> {
    const report = await this.cancels.cancel(appName);
    await this.log('app.install-cancelled', user, appName);
    return toCancelReportDto(report);
  }

  @Post(':appName/upgrade')
  @AdminOnly()
  @ApiOperation({
    operationId: 'upgradeApp',
    summary:
      'Go over to the template as it is now; the old version comes back on failure / 升级应用',
  })
  @Answers(JobDto)
  @Fails(UNKNOWN, BUSY)
  async upgrade(
    @Param() { appName }: AppParamDto,
    @Body() body: UpgradeAppDto | undefined,
    @CurrentUser() user: CurrentUser,
  ): Promise<JobDto> {
    const jobId = await this.upgrades.request(appName, body?.variables ?? {});
    await this.log('app.upgrade-requested', user, appName);
    return { jobId };
  }

  @Get(':appName/logs')
  @Authenticated()
  @ApiOperation({ operationId: 'getAppLogs', summary: 'Log of an app’s containers / 应用日志' })
  @AnswersList(LogLineDto)
  @Fails(UNKNOWN)
  async logs(
    @Param() { appName }: AppParamDto,
    @Query() query: LogQueryDto,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const request = {
      tail: query.tail ?? DEFAULT_TAIL,
      ...(query.since ? { since: new Date(query.since) } : {}),
      ...(query.service ? { service: query.service } : {}),
    };
    if (!query.follow) {
      const lines = await this.lifecycle.logs(appName, request);
      // Sent by hand: the same call also answers as a stream, which no envelope goes around.
      void reply.send({
        code: BusinessCode.Success,
        msg: 'success',
        data: lines.map(toLogLineDto),
      });
      return;
    }
    await this.statuses.get(appName);
    const stream = new EventStream(reply);
    void this.lifecycle
      .followLogs(appName, request, stream.signal, (line) =>
        stream.send({ event: 'log', data: toLogLineDto(line) }),
      )
      .catch(() => undefined)
      .finally(() => stream.end());
  }

  @Get(':appName/stats')
  @Authenticated()
  @ApiOperation({
    operationId: 'getAppStats',
    summary: 'What each container uses now / 应用资源占用',
  })
  @AnswersList(ServiceStatsDto)
  @Fails(UNKNOWN)
  async stats(@Param() { appName }: AppParamDto): Promise<ServiceStatsDto[]> {
    return (await this.lifecycle.stats(appName)).map(toServiceStatsDto);
  }

  @Get(':appName/uninstallPlan')
  @AdminOnly()
  @ApiOperation({
    operationId: 'planUninstall',
    summary: 'What an uninstall would remove and what stays / 卸载计划',
  })
  @Answers(UninstallPlanDto)
  @Fails(UNKNOWN)
  async uninstallPlan(@Param() { appName }: AppParamDto): Promise<UninstallPlanDto> {
    return toUninstallPlanDto(await this.uninstallPlans.plan(appName));
  }

  private async info(appName: string, request: FastifyRequest): Promise<AppInfoDto> {
    return toAppInfoDto(await this.statuses.get(appName), requestLanguage(request));
  }

  private async log(action: string, user: CurrentUser, appName: string): Promise<void> {
    await this.audit.record({
      action,
      actor: { uid: user.uid, name: user.name },
      target: { type: 'app', id: appName },
    });
  }
}
