import { applyDecorators, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AdminOnly, Authenticated } from '../../http/access/access-rule';
import { Requester } from '../../auth/access/requester';
import { DscapeController } from '../../http/openapi/controllers';
import { OpenStreams } from '../../auth/streams/open-streams';
import { Answers, AnswersList, Fails } from '../../http/openapi/envelopes';
import { describeEvents, SendsEvents } from '../../http/openapi/stream-answers';
import { TOO_MANY_STREAMS } from '../../http/streams/stream-slots';
import { requestLanguage } from '../../http/request/request-context';
import { BusinessCode } from '../../platform/errors/business-code';
import { UserRole } from '../../accounts/user.entity';
import { AppAudit } from './app-audit';
import { AtHome } from './at-home';
import { APP_BUSY, NOT_INSTALLED } from './app-failures';
import { AppInfoDto, toAppInfoDto } from './app-info.dto';
import {
  AppParamDto,
  LogLineDto,
  LogQueryDto,
  ServiceStatsDto,
  toLogLineDto,
  toServiceStatsDto,
} from './operations.dto';
import { AppStatusService } from '../status/app-status.service';
import { NodeSilentError, NodeWithoutWorkerError } from '../../server/nodes/node.errors';
import { LifecycleService, type ServiceLogLine } from '../lifecycle/lifecycle.service';
import { AppSecretsService } from '../secrets/app-secrets.service';

const DEFAULT_TAIL = 100;
const LOG_EVENTS = { log: LogLineDto } as const;

/** A call that changes whether an app runs and answers its state afterwards. */
const Switches = (verb: string, summary: string): MethodDecorator =>
  applyDecorators(
    Post(`:appName/${verb}`),
    AdminOnly(),
    AtHome(),
    ApiOperation({ operationId: `${verb}App`, summary }),
    Answers(AppInfoDto),
    Fails(NOT_INSTALLED, APP_BUSY),
  );

/** Starts, stops and watches installed apps. */
@DscapeController('apps', 'Apps')
export class LifecycleController {
  constructor(
    private readonly lifecycle: LifecycleService,
    private readonly statuses: AppStatusService,
    private readonly audit: AppAudit,
    private readonly secrets: AppSecretsService,
    private readonly streams: OpenStreams,
  ) {}

  @Switches('start', 'Start an app / 启动应用')
  async start(
    @Param() { appName }: AppParamDto,
    @Req() request: FastifyRequest,
    @Requester() user: Requester,
  ): Promise<AppInfoDto> {
    await this.lifecycle.start(appName);
    return this.done('app.started', appName, user, request);
  }

  @Switches('stop', 'Stop an app / 停止应用')
  async stop(
    @Param() { appName }: AppParamDto,
    @Req() request: FastifyRequest,
    @Requester() user: Requester,
  ): Promise<AppInfoDto> {
    await this.lifecycle.stop(appName);
    return this.done('app.stopped', appName, user, request);
  }

  @Switches('restart', 'Restart an app / 重启应用')
  async restart(
    @Param() { appName }: AppParamDto,
    @Req() request: FastifyRequest,
    @Requester() user: Requester,
  ): Promise<AppInfoDto> {
    await this.lifecycle.restart(appName);
    return this.done('app.restarted', appName, user, request);
  }

  @Get(':appName/logs')
  @Authenticated()
  @ApiOperation({
    operationId: 'getAppLogs',
    summary: 'Log of an app’s containers / 应用日志',
    description:
      'Known passwords of the app are masked, except for administrators, whose reading is audited. With ' +
      `\`follow=true\`: ${describeEvents(LOG_EVENTS)} It also ends with the last container of the app.`,
  })
  @AnswersList(LogLineDto)
  @SendsEvents(LOG_EVENTS)
  @Fails(NOT_INSTALLED, TOO_MANY_STREAMS)
  async logs(
    @Param() { appName }: AppParamDto,
    @Query() query: LogQueryDto,
    @Requester() user: Requester,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const wanted = {
      tail: query.tail ?? DEFAULT_TAIL,
      ...(query.since ? { since: new Date(query.since) } : {}),
      ...(query.service ? { service: query.service } : {}),
    };
    await this.statuses.get(appName);
    if (!query.follow) {
      const lines = await this.lifecycle.logs(appName, wanted);
      const toDto = await this.logLines(appName, user);
      // Sent directly: the same call also answers as a stream, which has no envelope.
      void reply.send({
        code: BusinessCode.Success,
        msg: 'success',
        data: lines.map(toDto),
      });
      return;
    }
    const open = this.streams.reserve(request, reply);
    const toDto = await this.logLines(appName, user);
    const stream = open();
    void this.lifecycle
      .followLogs(appName, wanted, stream.signal, (line) =>
        stream.send({ event: 'log', data: toDto(line) }),
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
  @Fails(NOT_INSTALLED, new NodeWithoutWorkerError('worker-1'), new NodeSilentError('worker-1', 15))
  async stats(@Param() { appName }: AppParamDto): Promise<ServiceStatsDto[]> {
    return (await this.lifecycle.stats(appName)).map(toServiceStatsDto);
  }

  /**
   * How a user sees log lines: masked, or as an administrator in full and on record. To be called when
   * nothing but the answer is left: what is refused was not read.
   */
  private async logLines(
    appName: string,
    user: Requester,
  ): Promise<(line: ServiceLogLine) => LogLineDto> {
    if (user.role === UserRole.Admin) {
      await this.audit.record('app.logs-read', user, appName);
      return toLogLineDto;
    }
    const mask = await this.secrets.maskFor(appName);
    return (line) => toLogLineDto({ ...line, text: mask(line.text) });
  }

  private async done(
    action: string,
    appName: string,
    user: Requester,
    request: FastifyRequest,
  ): Promise<AppInfoDto> {
    await this.audit.record(action, user, appName);
    return toAppInfoDto(await this.statuses.get(appName), requestLanguage(request));
  }
}
