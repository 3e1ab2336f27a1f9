import { applyDecorators, Body, Get, Header, Headers, Post, Query, Req } from '@nestjs/common';
import { ApiHeader, ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AdminOnly, Authenticated } from '../../http/access/access-rule';
import { Requester } from '../../auth/access/requester';
import { ChangesByGet } from '../../http/access/changes-by-get';
import { StackHubController } from '../../http/openapi/controllers';
import { RawAnswer } from '../../http/envelope/envelope.adapter';
import { StackHubAnswer } from '../../http/envelope/stackhub-answer';
import { Fails, StackHubAnswers } from '../../http/openapi/envelopes';
import { requestLanguage } from '../../http/request/request-context';
import { bilingual, type Bilingual, type Language } from '../../platform/i18n/bilingual';
import { settle } from '../../platform/waiting/settle';
import { AppAudit } from './app-audit';
import { AtHome } from './at-home';
import {
  APP_BUSY,
  INSTANCE_NAME_TAKEN,
  INSTANCE_NAME_TOO_LONG,
  NOT_INSTALLED,
  UNKNOWN_APP,
  UNKNOWN_NODE,
} from './app-failures';
import { AppInfoDto, toAppInfoDto, UninstallResultDto } from './app-info.dto';
import { AppNameDto, UninstallAllDto, UninstallAppDto } from './app-name.dto';
import { InstallAnswerDto, InstallAppDto, toInstallAnswerDto } from './install-app.dto';
import { idempotencyKeyOf } from '../../http/input/idempotency-key';
import { HomeCalls } from '../homes/home-calls';
import { InstallRequests } from '../install/install-requests.service';
import { EngineError } from '../../platform/docker/engine.errors';
import { ContainerExistsError } from '../engine/container.errors';
import {
  AlreadyInstalledError,
  IdempotencyKeyReusedError,
  UninstallFailedError,
  UninstallIncompleteError,
} from '../installations/installation.errors';
import { PreflightFailedError } from '../preflight/preflight.errors';
import { UninstallAll } from '../lifecycle/uninstall-all.service';
import { UninstallService } from '../lifecycle/uninstall.service';
import { AppStatusService, type AppView } from '../status/app-status.service';

const JOB_EXAMPLE = '4a1c1a3e-6f55-4c0a-9d5b-6f3e0c7d8b11';
const ENGINE_AWAY = new EngineError('engine-unreachable', 'docker');
const NOT_INSTALLABLE = new PreflightFailedError('hello', [
  { code: 'disk', message: bilingual('磁盘空间不足', 'there is not enough disk space') },
]);
const idempotencyHeader = ApiHeader({
  name: 'idempotency-key',
  required: false,
  description: 'the same key again answers as the first time and installs nothing',
});

/** A documented call; the same for GET and POST but for its operation id. */
const installCall = (operationId: string): MethodDecorator =>
  applyDecorators(
    AdminOnly(),
    AtHome('install'),
    idempotencyHeader,
    ApiOperation({ operationId, summary: 'Install an app / 安装应用' }),
    StackHubAnswers(InstallAnswerDto),
    Fails(
      UNKNOWN_APP,
      UNKNOWN_NODE,
      INSTANCE_NAME_TAKEN,
      INSTANCE_NAME_TOO_LONG,
      new AlreadyInstalledError('hello', JOB_EXAMPLE, 'installed'),
      new ContainerExistsError('hello', 'websoft9-hello'),
      NOT_INSTALLABLE,
      new IdempotencyKeyReusedError(),
      ENGINE_AWAY,
    ),
  );
const uninstallCall = (operationId: string): MethodDecorator =>
  applyDecorators(
    AdminOnly(),
    AtHome(),
    ApiOperation({ operationId, summary: 'Uninstall an app / 卸载应用' }),
    StackHubAnswers(),
    Fails(NOT_INSTALLED, APP_BUSY, new UninstallFailedError('hello', '9001', null), ENGINE_AWAY),
  );
const infoCall = (operationId: string): MethodDecorator =>
  applyDecorators(
    Authenticated(),
    ApiOperation({ operationId, summary: 'State of an app / 应用状态查询' }),
    StackHubAnswers(AppInfoDto),
    Fails(NOT_INSTALLED),
  );
const allCall = (operationId: string): MethodDecorator =>
  applyDecorators(
    Authenticated(),
    ApiOperation({ operationId, summary: 'State of all apps / 所有应用状态查询' }),
    StackHubAnswers(AppInfoDto, { list: true }),
    RawAnswer(),
    Header('content-type', 'application/json; charset=utf-8'),
  );
const uninstallAllCall = (operationId: string): MethodDecorator =>
  applyDecorators(
    AdminOnly(),
    ApiOperation({ operationId, summary: 'Uninstall all apps / 卸载所有应用' }),
    StackHubAnswers(UninstallResultDto, { list: true }),
    Fails(
      new UninstallIncompleteError(1, 1, [
        { field: 'hello', message: bilingual('hello卸载成功', 'hello was uninstalled') },
        {
          field: 'redmine',
          message: bilingual('redmine卸载失败', 'redmine could not be uninstalled'),
        },
      ]),
    ),
  );

const ALL_READ = bilingual('所有应用状态信息查询成功', 'state of all apps read');

/** The documented calls of the StackHub family about apps, each by GET and by POST. */
@StackHubController('Apps')
export class StackHubAppsController {
  private allBytes: { of: readonly AppView[] } & Partial<Record<Language, Buffer>> = { of: [] };

  constructor(
    private readonly installs: InstallRequests,
    private readonly uninstalls: UninstallService,
    private readonly uninstallAllApps: UninstallAll,
    private readonly statuses: AppStatusService,
    private readonly audit: AppAudit,
    private readonly homes: HomeCalls,
  ) {}

  @Get('installApp')
  @ChangesByGet()
  @installCall('installApp')
  installByGet(
    @Query() query: AppNameDto,
    @Requester() user: Requester,
    @Headers('idempotency-key') key?: string,
  ): Promise<StackHubAnswer<InstallAnswerDto>> {
    return this.install(query, user, key);
  }

  @Post('installApp')
  @installCall('installAppByPost')
  async install(
    @Body() body: InstallAppDto,
    @Requester() user: Requester,
    @Headers('idempotency-key') key?: string,
  ): Promise<StackHubAnswer<InstallAnswerDto>> {
    const accepted = await this.installs.request({
      appName: body.appName,
      variables: body.variables,
      ...(body.instance === undefined ? {} : { instance: body.instance }),
      ...(body.node === undefined ? {} : { node: body.node }),
      idempotencyKey: idempotencyKeyOf(key),
      requestedBy: user.uid,
    });
    const name = accepted.appName;
    await this.audit.record('app.install-requested', user, name);
    const message = bilingual(`${name}安装成功`, `${name}: install accepted`);
    return new StackHubAnswer(message, toInstallAnswerDto(accepted));
  }

  @Get('uninstallApp')
  @ChangesByGet()
  @uninstallCall('uninstallApp')
  uninstallByGet(
    @Query() query: UninstallAppDto,
    @Requester() user: Requester,
  ): Promise<StackHubAnswer<null>> {
    return this.uninstall(query, user);
  }

  @Post('uninstallApp')
  @uninstallCall('uninstallAppByPost')
  async uninstall(
    @Body() body: UninstallAppDto,
    @Requester() user: Requester,
  ): Promise<StackHubAnswer<null>> {
    const { appName, removeData = false } = body;
    const wasInstalled = await this.uninstalls.uninstall(appName, removeData);
    if (wasInstalled) await this.audit.record('app.uninstalled', user, appName, { removeData });
    const message = wasInstalled
      ? removedText(appName)
      : bilingual(`${appName}并未安装，无需卸载`, `${appName} was not installed`);
    return new StackHubAnswer(message, null);
  }

  @Get('getAppInfo')
  @infoCall('getAppInfo')
  infoByGet(
    @Query() query: AppNameDto,
    @Req() request: FastifyRequest,
  ): StackHubAnswer<AppInfoDto> | Promise<StackHubAnswer<AppInfoDto>> {
    return this.info(query, request);
  }

  @Post('getAppInfo')
  @infoCall('getAppInfoByPost')
  info(
    @Body() { appName }: AppNameDto,
    @Req() request: FastifyRequest,
  ): StackHubAnswer<AppInfoDto> | Promise<StackHubAnswer<AppInfoDto>> {
    const message = bilingual(`${appName}状态信息查询成功`, `${appName}: state read`);
    return settle(
      this.statuses.get(appName),
      (view) => new StackHubAnswer(message, toAppInfoDto(view, requestLanguage(request))),
    );
  }

  @Get('getAllAppInfo')
  @allCall('getAllAppInfo')
  allByGet(@Req() request: FastifyRequest): Buffer | Promise<Buffer> {
    return this.all(request);
  }

  @Post('getAllAppInfo')
  @allCall('getAllAppInfoByPost')
  all(@Req() request: FastifyRequest): Buffer | Promise<Buffer> {
    const language = requestLanguage(request);
    return settle(this.statuses.list(), (views) => this.bytesOf(views, language));
  }

  /** Made once for each state of the apps: turning them into text is most of the work. */
  private bytesOf(views: readonly AppView[], language: Language): Buffer {
    if (this.allBytes.of !== views) this.allBytes = { of: views };
    return (this.allBytes[language] ??= Buffer.from(
      JSON.stringify({
        code: '1',
        message: ALL_READ[language],
        data: views.map((view) => toAppInfoDto(view, language)),
      }),
    ));
  }

  @Get('uninstallAllApp')
  @ChangesByGet()
  @uninstallAllCall('uninstallAllApp')
  uninstallAllByGet(
    @Query() query: UninstallAllDto,
    @Req() request: FastifyRequest,
    @Requester() user: Requester,
  ): Promise<StackHubAnswer<UninstallResultDto[]>> {
    return this.uninstallAll(query, request, user);
  }

  @Post('uninstallAllApp')
  @uninstallAllCall('uninstallAllAppByPost')
  async uninstallAll(
    @Body() body: UninstallAllDto,
    @Req() request: FastifyRequest,
    @Requester() user: Requester,
  ): Promise<StackHubAnswer<UninstallResultDto[]>> {
    const language = requestLanguage(request);
    const { removeData = false } = body;
    const results = await this.uninstallAllApps.run(removeData, (appName, home) =>
      this.homes.call(request, home, appName, {
        method: 'POST',
        url: '/uninstallApp',
        body: { appName, removeData },
      }),
    );
    await this.audit.record('app.all-uninstalled', user, 'all', { apps: results.length });
    const texts = results.map(({ appName, failure }) => ({
      field: appName,
      message: failure ?? removedText(appName),
    }));
    const failed = results.filter((result) => result.failure !== null).length;
    if (failed > 0) throw new UninstallIncompleteError(results.length - failed, failed, texts);
    const message = bilingual(
      `卸载完成：成功 ${results.length} 个，失败 0 个`,
      `uninstalled ${results.length}, failed 0`,
    );
    return new StackHubAnswer(
      message,
      texts.map(({ field: appName, message: text }) => ({
        appName,
        code: '1',
        message: text[language],
      })),
    );
  }
}

function removedText(appName: string): Bilingual {
  return bilingual(`${appName}卸载成功`, `${appName}: uninstalled`);
}
