import { Body, Delete, Get, Param, Put } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { AuditService } from '../../audit/audit.service';
import { Requester } from '../../auth/access/requester';
import { AdminOnly } from '../../http/access/access-rule';
import { DscapeController } from '../../http/openapi/controllers';
import { Answers, AnswersList, AnswersNothing, Fails } from '../../http/openapi/envelopes';
import { EngineError } from '../../platform/docker/engine.errors';
import {
  RegistryLoginDto,
  RegistryLoginRequestDto,
  RegistryParamDto,
  toRegistryLoginDto,
} from './registry.dto';
import { NoRegistryLoginError, StoredLogins } from './stored-logins.service';

const EXAMPLE = 'registry.lan:5000';

/** Logins to private registries of images. */
@DscapeController('registries', 'Catalog')
export class RegistriesController {
  constructor(
    private readonly logins: StoredLogins,
    private readonly audit: AuditService,
  ) {}

  @Get()
  @AdminOnly()
  @ApiOperation({
    operationId: 'listRegistryLogins',
    summary: 'Logins to private registries, without their passwords / 镜像仓库登录信息',
  })
  @AnswersList(RegistryLoginDto)
  async list(): Promise<RegistryLoginDto[]> {
    return (await this.logins.list()).map(toRegistryLoginDto);
  }

  @Put(':registry')
  @AdminOnly()
  @ApiOperation({
    operationId: 'setRegistryLogin',
    summary: 'Keep the login to a registry, once it accepts it / 保存镜像仓库登录信息',
    description:
      'The password is kept encrypted and sent to the registry alone: with each pull and build, and in a Swarm with each service, so that a node pulls what it never had. It goes before the same registry in `REGISTRY_AUTH_FILE`.',
  })
  @Answers(RegistryLoginDto)
  @Fails(
    new EngineError('registry-login-wrong', EXAMPLE),
    new EngineError('registry-unreachable', EXAMPLE),
    new EngineError('engine-unreachable', 'docker'),
  )
  async keep(
    @Param() { registry }: RegistryParamDto,
    @Body() { username, password }: RegistryLoginRequestDto,
    @Requester() user: Requester,
  ): Promise<RegistryLoginDto> {
    const row = await this.logins.keep(registry, username, password);
    await this.record('registry.login-kept', row.registry, user);
    return toRegistryLoginDto(row);
  }

  @Delete(':registry')
  @AdminOnly()
  @ApiOperation({
    operationId: 'removeRegistryLogin',
    summary: 'Forget the login to a registry / 删除镜像仓库登录信息',
    description: 'What runs goes on; what is pulled from then on is asked for without it.',
  })
  @AnswersNothing()
  @Fails(new NoRegistryLoginError(EXAMPLE))
  async forget(
    @Param() { registry }: RegistryParamDto,
    @Requester() user: Requester,
  ): Promise<void> {
    await this.logins.forget(registry);
    await this.record('registry.login-removed', registry, user);
  }

  private async record(action: string, registry: string, user: Requester): Promise<void> {
    await this.audit.record({
      action,
      actor: { uid: user.uid, name: user.name },
      address: user.address,
      target: { type: 'registry', id: registry },
    });
  }
}
