import { Body, Get, Param, Post, Put, Req } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Requester } from '../../auth/access/requester';
import { AdminOnly, Authenticated } from '../../http/access/access-rule';
import { DscapeController } from '../../http/openapi/controllers';
import { Answers, AnswersList, Fails } from '../../http/openapi/envelopes';
import { requestLanguage } from '../../http/request/request-context';
import { ImageChecks } from '../images/image-checks';
import { AppUpdates } from '../updates/app-updates.service';
import { UpdatePolicies } from '../updates/update-policies.service';
import { AppAudit } from './app-audit';
import { NOT_INSTALLED } from './app-failures';
import { AppParamDto } from './operations.dto';
import {
  PutUpdatePolicyDto,
  toPolicyDto,
  toPolicyInput,
  UpdatePolicyDto,
} from './update-policy.dto';
import { AppUpdateDto, toAppUpdateDto, UpdateCheckDto } from './updates.dto';

/** What upgrades would change. */
@DscapeController('apps', 'Apps')
export class UpdatesController {
  constructor(
    private readonly updates: AppUpdates,
    private readonly checks: ImageChecks,
    private readonly policies: UpdatePolicies,
    private readonly audit: AppAudit,
  ) {}

  @Get('updates')
  @Authenticated()
  @ApiOperation({
    operationId: 'listUpdates',
    summary: 'What an upgrade of each installed app would change / 应用更新',
    description:
      'By app name; apps with work under way are left out. Templates are compared as they are now. What registries say of tags is asked in the background, every `UPDATE_CHECK_HOURS`, and kept: `checkedAt` says how old it is, `reason` why it is not known.',
  })
  @AnswersList(AppUpdateDto)
  async list(@Req() request: FastifyRequest): Promise<AppUpdateDto[]> {
    const language = requestLanguage(request);
    const modes = await this.policies.modes();
    return (await this.updates.list()).map((update) =>
      toAppUpdateDto(update, modes.get(update.appName) ?? 'told', language),
    );
  }

  @Post('updates/check')
  @AdminOnly()
  @ApiOperation({
    operationId: 'checkUpdates',
    summary: 'Ask the registries again, in the background / 重新查询镜像仓库',
    description:
      'Answers at once. The list of updates shows what came of it, mostly within half a minute.',
  })
  @Answers(UpdateCheckDto)
  async check(@Requester() by: Requester): Promise<UpdateCheckDto> {
    const images = this.checks.isOn ? await this.checks.askSoon() : 0;
    await this.audit.record('app.updates-checked', by, 'all', { images });
    return { images };
  }

  @Get(':appName/update-policy')
  @AdminOnly()
  @ApiOperation({
    operationId: 'getUpdatePolicy',
    summary: 'What is done about updates of an app / 应用的更新方式',
  })
  @Answers(UpdatePolicyDto)
  @Fails(NOT_INSTALLED)
  async policy(
    @Param() { appName }: AppParamDto,
    @Req() request: FastifyRequest,
  ): Promise<UpdatePolicyDto> {
    return toPolicyDto(await this.policies.get(appName), requestLanguage(request));
  }

  @Put(':appName/update-policy')
  @AdminOnly()
  @ApiOperation({
    operationId: 'putUpdatePolicy',
    summary: 'Choose what is done about updates of an app / 设置应用的更新方式',
    description:
      'An upgrade in a window goes the same way as one by hand: with a verified backup where this server can make one, and everything returned where it fails. It is never made where the newer template wants a value, nor for an app that was stopped, and no update is tried twice.',
  })
  @Answers(UpdatePolicyDto)
  @Fails(NOT_INSTALLED)
  async setPolicy(
    @Param() { appName }: AppParamDto,
    @Body() body: PutUpdatePolicyDto,
    @Requester() by: Requester,
    @Req() request: FastifyRequest,
  ): Promise<UpdatePolicyDto> {
    const view = await this.policies.put(appName, toPolicyInput(body));
    const { mode, cron, timeZone, minutes } = view;
    await this.audit.record('app.update-policy-set', by, appName, {
      mode,
      ...(cron === null ? {} : { cron, timeZone, minutes }),
    });
    return toPolicyDto(view, requestLanguage(request));
  }
}
