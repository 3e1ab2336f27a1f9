import { ApiProperty } from '@nestjs/swagger';
import { BoolField, IntField, TextField } from '../../http/fields';
import { bilingual } from '../../platform/i18n/bilingual';
import type { ServiceLogLine, ServiceStats } from '../lifecycle/lifecycle.service';
import type { CancelReport } from '../lifecycle/cancel.service';
import type { UninstallPlan } from '../lifecycle/uninstall-plan.service';
import { TicketQueryDto } from '../../http/streams/stream-query.dto';
import { AppNameField, CatalogNameField } from './app-name.dto';
import { VariablesField } from './install-app.dto';

export class AppParamDto {
  @AppNameField()
  appName: string;
}

export class CatalogAppParamDto {
  @CatalogNameField()
  appName: string;
}

export class UpgradeAppDto {
  @VariablesField({
    description: 'values to change, by variable name; the others stay as they were set',
  })
  variables?: Record<string, string>;

  @BoolField({
    optional: true,
    description:
      'begin with a verified backup, and return the data too where the new version fails; `false`: neither. By default `true` wherever this server can make backups',
  })
  backup?: boolean;
}

export class LogQueryDto extends TicketQueryDto {
  @IntField({ min: 1, max: 5_000, optional: 'or-empty', default: 100, description: 'newest lines' })
  tail?: number;

  @TextField({
    maxLength: 40,
    pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/,
    rule: bilingual('须为带时区的 RFC 3339 时间', 'must be an RFC 3339 time with its zone'),
    optional: 'or-empty',
    description: 'only lines from this time on',
    example: '2026-11-20T08:00:00Z',
  })
  since?: string;

  @TextField({ maxLength: 100, optional: 'or-empty', description: 'only of this service' })
  service?: string;

  @BoolField({
    optional: 'or-empty',
    default: false,
    description: 'as server-sent events, and then every new line as it comes',
  })
  follow?: boolean;
}

export class LogLineDto {
  @ApiProperty({ type: 'string', example: 'web' })
  service: string;

  @ApiProperty({ type: 'string', enum: ['stdout', 'stderr'] })
  stream: string;

  @ApiProperty({ type: 'string', example: '2026-11-20T08:00:00.123456789Z' })
  at: string;

  @ApiProperty({ type: 'string' })
  text: string;
}

export function toLogLineDto({ service, stream, at, text }: ServiceLogLine): LogLineDto {
  return { service, stream, at, text };
}

export class ServiceStatsDto {
  @ApiProperty({ type: 'string', example: 'web' })
  service: string;

  @ApiProperty({ type: 'string', example: 'websoft9-redmine' })
  containerName: string;

  @ApiProperty({ type: 'number', example: 12.5, description: 'percent of one core' })
  cpuPercent: number;

  @ApiProperty({ type: 'integer', format: 'int64', description: 'bytes' })
  memory: number;

  @ApiProperty({
    type: 'integer',
    format: 'int64',
    description: 'bytes; the limit or the machine’s memory',
  })
  memoryLimit: number;

  @ApiProperty({ type: 'integer', format: 'int64', description: 'bytes since start' })
  networkReceived: number;

  @ApiProperty({ type: 'integer', format: 'int64', description: 'bytes since start' })
  networkSent: number;

  @ApiProperty({ type: 'integer', format: 'int64', description: 'bytes since start' })
  diskRead: number;

  @ApiProperty({ type: 'integer', format: 'int64', description: 'bytes since start' })
  diskWritten: number;

  @ApiProperty({ type: 'integer' })
  processes: number;
}

export function toServiceStatsDto({ service, container, stats }: ServiceStats): ServiceStatsDto {
  return {
    service,
    containerName: container,
    cpuPercent: stats.cpuPercent,
    memory: stats.memoryBytes,
    memoryLimit: stats.memoryLimitBytes,
    networkReceived: stats.networkRxBytes,
    networkSent: stats.networkTxBytes,
    diskRead: stats.blockReadBytes,
    diskWritten: stats.blockWriteBytes,
    processes: stats.pids,
  };
}

export class CancelReportDto {
  @ApiProperty({ type: 'string', description: 'id of the job' })
  jobId: string;

  @ApiProperty({
    type: 'string',
    example: 'cancelled',
    description: '`rolling-back` while the roll-back goes on',
  })
  state: string;

  @ApiProperty({
    type: [String],
    example: ['container websoft9-redmine', 'network websoft9-redmine_default'],
  })
  undone: string[];
}

export function toCancelReportDto({ jobId, state, undone }: CancelReport): CancelReportDto {
  return { jobId, state, undone: [...undone] };
}

export class JobDto {
  @ApiProperty({ type: 'string', description: 'id of the job' })
  jobId: string;
}

export class UpgradeJobDto extends JobDto {
  @ApiProperty({
    type: 'string',
    format: 'uuid',
    nullable: true,
    description:
      'the backup that it begins with: `restoreBackup` takes the upgrade back later; null: it goes without',
  })
  backup: string | null;
}

export class PlannedVolumeDto {
  @ApiProperty({ type: 'string' })
  name: string;

  @ApiProperty({
    type: 'integer',
    format: 'int64',
    nullable: true,
    description: 'bytes; null where the engine does not say',
  })
  size: number | null;
}

export class UninstallPlanDto {
  @ApiProperty({ type: [String] })
  containers: string[];

  @ApiProperty({ type: [String] })
  networks: string[];

  @ApiProperty({ type: [String], description: 'of a Swarm; empty on a single engine' })
  configs: string[];

  @ApiProperty({ type: [String], description: 'of a Swarm, by name; empty on a single engine' })
  secrets: string[];

  @ApiProperty({ type: [PlannedVolumeDto], description: 'removed only with removeData=true' })
  volumes: PlannedVolumeDto[];

  @ApiProperty({ type: [String], description: 'shared with others, stays in any case' })
  shared: string[];

  @ApiProperty({ type: [String], description: 'host ports that become free' })
  ports: string[];

  @ApiProperty({
    type: 'boolean',
    description: 'the app has files in its own data folder; removed only with removeData=true',
  })
  hasFolder: boolean;
}

export function toUninstallPlanDto(plan: UninstallPlan): UninstallPlanDto {
  return {
    containers: [...plan.containers],
    networks: [...plan.networks],
    configs: [...plan.configs],
    secrets: [...plan.secrets],
    volumes: plan.volumes.map(({ name, sizeBytes }) => ({ name, size: sizeBytes })),
    shared: [...plan.shared],
    ports: [...plan.ports],
    hasFolder: plan.hasFolder,
  };
}
