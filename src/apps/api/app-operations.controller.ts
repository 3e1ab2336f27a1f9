import { NothingToCancelError } from '../installations/installation.errors';
import { Body, Get, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AdminOnly, Authenticated } from '../../http/access/access-rule';
import { Requester } from '../../auth/access/requester';
import { DscapeController } from '../../http/openapi/controllers';
import { Answers, Fails } from '../../http/openapi/envelopes';
import { requestLanguage } from '../../http/request/request-context';
import { RemoteEngineError, ResticMissingError } from '../backups/backup.errors';
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
import { PlanQueryDto } from './install-app.dto';
import { InstallPlanDto, toInstallPlanDto } from './install-plan.dto';
import {
  AppParamDto,
  CatalogAppParamDto,
  CancelReportDto,
  toCancelReportDto,
  toUninstallPlanDto,
  UninstallPlanDto,
  UpgradeAppDto,
  UpgradeJobDto,
} from './operations.dto';
import { Nodes } from '../nodes/nodes.service';
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
    private readonly nodes: Nodes,
  ) {}

  @Get(':appName/plan')
  @Authenticated()
  @AtHome('install')
  @ApiOperation({
    operationId: 'planInstall',
    summary: 'What an install would do, and whether it can; changes nothing / 安装计划',
  })
  @Answers(InstallPlanDto)
  @Fails(UNKNOWN_APP, UNKNOWN_NODE, INSTANCE_NAME_TAKEN, INSTANCE_NAME_TOO_LONG)
  async plan(
    @Param() { appName }: CatalogAppParamDto,
    @Query() { node, instance }: PlanQueryDto,
    @Req() request: FastifyRequest,
  ): Promise<InstallPlanDto> {
    const prepared = await this.preparer.prepare(
      appName,
      {},
      { node: await this.nodes.idOf(node), instance: instance ?? null },
    );
    const containers = this.resolver.containerNames(prepared.app);
    const checks = await this.preflight.check(prepared);
    return toInstallPlanDto(prepared, containers, checks, requestLanguage(request));
  }

  @Post(':appName/cancel')
  @AdminOnly()
  @AtHome()
  @ApiOperation({
    operationId: 'cancelInstall',
    summary: 'Cancel an install or upgrade in whatever phase it is / 取消安装',
  })
  @Answers(CancelReportDto)
  @Fails(new NothingToCancelError('hello'))
  async cancel(
    @Param() { appName }: AppParamDto,
    @Requester() user: Requester,
  ): Promise<CancelReportDto> {
    const report = await this.cancels.cancel(appName);
    await this.audit.record('app.install-cancelled', user, appName);
    return toCancelReportDto(report);
  }

  @Post(':appName/upgrade')
  @AdminOnly()
  @AtHome()
  @ApiOperation({
    operationId: 'upgradeApp',
    summary:
      'Go over to the template as it is now; the old version comes back on failure, with its data / 升级应用',
  })
  @ApiBody({ type: UpgradeAppDto, required: false })
  @Answers(UpgradeJobDto)
  @Fails(
    NOT_INSTALLED,
    UNKNOWN_APP,
    APP_BUSY,
    new RemoteEngineError(),
    new ResticMissingError('restic'),
  )
  async upgrade(
    @Param() { appName }: AppParamDto,
    @Body() { variables = {}, backup }: UpgradeAppDto,
    @Requester() user: Requester,
  ): Promise<UpgradeJobDto> {
    const { jobId, backupId } = await this.upgrades.request(appName, variables, backup);
    await this.audit.record('app.upgrade-requested', user, appName);
    return { jobId, backup: backupId };
  }

  @Get(':appName/uninstallPlan')
  @AdminOnly()
  @AtHome()
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
