import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { absence, fieldRule, TextField } from '../../http/fields';
import { bilingual } from '../../platform/i18n/bilingual';
import type { AcceptedInstall } from '../install/install-requests.service';
import { CatalogNameField, InstanceField } from './app-name.dto';

const MAX_VARIABLES = 200;
const MAX_VALUE_LENGTH = 4_000;

function isTextMap(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= MAX_VARIABLES &&
    entries.every(([, text]) => typeof text === 'string' && text.length <= MAX_VALUE_LENGTH)
  );
}

/** Values of template variables by name; optional. */
export function VariablesField(options: ApiPropertyOptions): PropertyDecorator {
  const rule = bilingual('须为变量名到文本的对象', 'must be an object of variable names and texts');
  return applyDecorators(
    ApiPropertyOptional({
      type: 'object',
      additionalProperties: { type: 'string' },
      ...options,
    } as ApiPropertyOptions),
    absence({ optional: true }),
    fieldRule('variables', isTextMap, rule),
  );
}

const NodeField = (): PropertyDecorator =>
  TextField({
    maxLength: 255,
    optional: 'or-empty',
    description:
      'id or host name of the one node that is to run it (`GET /api/v1/nodes`); absent: any that can. An app with data runs on the server’s own node',
    example: 'worker-1',
  });

const InstalledAsField = (): PropertyDecorator =>
  InstanceField(
    'installs the app once more beside its first installation, under the name `app--instance`, with ports, volumes, folder and passwords of its own; absent: the first one, called like the app',
    'or-empty',
  );

export class InstallAppDto {
  @CatalogNameField()
  appName: string;

  @InstalledAsField()
  instance?: string;

  @VariablesField({
    description: 'values of the template’s variables by name, see `GET /api/v1/apps/{appName}`',
    example: { ADMIN_EMAIL: 'me@example.org' },
  })
  variables?: Record<string, string>;

  @NodeField()
  node?: string;
}

/** What a plan is asked with. */
export class PlanQueryDto {
  @InstalledAsField()
  instance?: string;

  @NodeField()
  node?: string;
}

/** What an accepted install answers: the documented fields. */
export class InstallAnswerDto {
  @ApiProperty({
    type: 'string',
    example: 'redmine',
    description: 'name of the installation, which every call on it takes',
  })
  appName: string;

  @ApiProperty({ type: 'string', example: 'websoft9-redmine', description: 'main container' })
  containerName: string;

  @ApiProperty({
    type: 'string',
    example: '9001',
    description: 'port of the app, empty where it has none',
  })
  port: string;

  @ApiProperty({
    type: 'string',
    example: '3307',
    description: 'port of its database, empty where it has none',
  })
  db_port: string;

  @ApiProperty({
    type: 'string',
    example: '4f8c2e0a-5d9b-4d1b-9a57-0f6a1f2f7c11',
    description: 'id of the job',
  })
  info: string;
}

export function toInstallAnswerDto(accepted: AcceptedInstall): InstallAnswerDto {
  return {
    appName: accepted.appName,
    containerName: accepted.containerName,
    port: accepted.port,
    db_port: accepted.dbPort,
    info: accepted.jobId,
  };
}
