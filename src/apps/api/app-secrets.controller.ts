import { Get, Param } from '@nestjs/common';
import { ApiOperation, ApiProperty } from '@nestjs/swagger';
import { AuditService } from '../../audit/audit.service';
import { AdminOnly } from '../../http/access/access-rule';
import { ClientAddress } from '../../auth/addresses/client-addresses';
import { CurrentUser } from '../../http/access/current-user';
import { ChangesByGet } from '../../http/access/changes-by-get';
import { DscapeController } from '../../http/openapi/controllers';
import { AnswersList, Fails } from '../../http/openapi/envelopes';
import { AppNotInstalledError } from '../installations/installation.errors';
import { AppNameDto } from './app-name.dto';
import { AppSecretsService } from '../secrets/app-secrets.service';

export class AppSecretDto {
  @ApiProperty({ type: 'string', example: 'ADMIN_PASSWORD', description: 'name of the variable' })
  name: string;

  @ApiProperty({ type: 'string', description: 'as it was given or generated at install' })
  value: string;
}

/** The passwords of installed apps. */
@DscapeController('apps', 'Apps')
export class AppSecretsController {
  constructor(
    private readonly secrets: AppSecretsService,
    private readonly audit: AuditService,
  ) {}

  @Get(':appName/secrets')
  @AdminOnly()
  @ChangesByGet()
  @ApiOperation({
    operationId: 'readAppSecrets',
    summary: 'Passwords of an app, given or generated; every reading is audited / 查看应用密码',
    description:
      'Also of an app that was uninstalled with its data kept: the next install uses them again.',
  })
  @AnswersList(AppSecretDto)
  @Fails(new AppNotInstalledError('hello'))
  async readSecrets(
    @Param() { appName }: AppNameDto,
    @CurrentUser() actor: CurrentUser,
    @ClientAddress() address: string,
  ): Promise<AppSecretDto[]> {
    const kept = await this.secrets.findKept(appName);
    const names = Object.keys(kept).sort();
    if (names.length === 0) throw new AppNotInstalledError(appName);
    // Written first: nothing is shown that is not in the log.
    await this.audit.record({
      action: 'app.passwords-read',
      actor,
      target: { type: 'app', id: appName },
      address,
      details: { count: names.length },
    });
    return names.map((name) => ({ name, value: kept[name] ?? '' }));
  }
}
