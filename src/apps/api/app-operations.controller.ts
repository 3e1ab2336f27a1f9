import { NothingToCancelError } from '../installations/installation.errors';
import { Body, Get, Param, Post, Req } from '@nestjs/common';
import { ApiBody, ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AdminOnly, Authenticated } from '../../http/access/access-rule';
import { CurrentUser } from '../../http/access/current-user';
import { DscapeController } from '../../http/openapi/controllers';
import { Answers, Fails } from '../../http/openapi/envelopes';
import { requestLanguage } from '../../http/request/request-context';
import { AppAudit } from './app-audit';
import { APP_BUSY, NOT_INSTALLED, UNKNOWN_APP } from './app-failures';
import { InstallPlanDto, toInstallPlanDto } from './install-plan.dto';
import {
  AppParamDto,
  CatalogAppParamDto,
  CancelReportDto,
  JobDto,
  toCancelReportDto,
  toUninstallPlanDto,
  UninstallPlanDto,
  UpgradeAppDto,
} from './operations.dto';
import { AppResolver } from '../resolver/app-resolver';
import { InstallPreparer } from '../resolver/install-preparer';
import { UpgradeService } from '../lifecycle/upgrade.service';
import { PreflightService } from '../preflight/preflight.service';
import { CancelService } from '../lifecycle/cancel.service';
import { UninstallPlanService } from '../lifecycle/uninstall-plan.service';

/** Plans before an install or uninstall, and what can be done while one is under way. */
@DscapeController('apps', 'Apps')
export class AppOperationsController {
  constructor(
    private readonly preparer: InstallPreparer,
    private readonly resolver: AppResolver,
    private readonly preflight: PreflightService,
    private readonly upgrades: UpgradeService,
    private readonly cancels: CancelService,
    private readonly uninstallPlans: UninstallPlanService,
    private readonly audit: AppAudit,
  ) {}

  @Get(':appName/plan')
  @Authenticated()
  @ApiOperation({
    operationId: 'planInstall',
    summary: 'What an install would do, and whether it can; changes nothing / 安装计划',
  })
  @Answers(InstallPlanDto)
  @Fails(UNKNOWN_APP)
  async plan(
    @Param() { appName }: CatalogAppParamDto,
    @Req() request: FastifyRequest,
  ): Promise<InstallPlanDto> {
    const prepared = await this.preparer.prepare(appName, {});
    const containers = this.resolver.containerNames(prepared.app);
    const checks = await this.preflight.check(prepared);
    return toInstallPlanDto(prepared, containers, checks, requestLanguage(request));
  }

  @Post(':appName/cancel')
  @AdminOnly()
  @ApiOperation({
    operationId: 'cancelInstall',
    summary: 'Cancel an install or upgrade in whatever phase it is / 取消安装',
  })
  @Answers(CancelReportDto)
  @Fails(new NothingToCancelError('hello'))
  async cancel(
    @Param() { appName }: AppParamDto,
    @CurrentUser() user: CurrentUser,
  ): Promise<CancelReportDto> {
    const report = await this.cancels.cancel(appName);
    await this.audit.record('app.install-cancelled', user, appName);
    return toCancelReportDto(report);
  }

  @Post(':appName/upgrade')
  @AdminOnly()
  @ApiOperation({
    operationId: 'upgradeApp',
    summary:
      'Go over to the template as it is now; the old version comes back on failure / 升级应用',
  })
  @ApiBody({ type: UpgradeAppDto, required: false })
  @Answers(JobDto)
  @Fails(NOT_INSTALLED, UNKNOWN_APP, APP_BUSY)
  async upgrade(
    @Param() { appName }: AppParamDto,
    @Body() { variables = {} }: UpgradeAppDto,
    @CurrentUser() user: CurrentUser,
  ): Promise<JobDto> {
    const jobId = await this.upgrades.request(appName, variables);
    await this.audit.record('app.upgrade-requested', user, appName);
    return { jobId };
  }

  @Get(':appName/uninstallPlan')
  @AdminOnly()
  @ApiOperation({
    operationId: 'planUninstall',
    summary: 'What an uninstall would remove and what stays / 卸载计划',
  })
  @Answers(UninstallPlanDto)
  @Fails(NOT_INSTALLED)
  async uninstallPlan(@Param() { appName }: AppParamDto): Promise<UninstallPlanDto> {
    return toUninstallPlanDto(await this.uninstallPlans.plan(appName));
  }
}
