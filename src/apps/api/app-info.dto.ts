import { ApiProperty } from '@nestjs/swagger';
import type { Language } from '../../platform/i18n/bilingual';
import { catalogNameOf } from '../compose/template/instance';
import { BilingualDto } from '../catalog/catalog-app.dto';
import type { AppView } from '../status/app-status.service';

/** The documented fields of a status query, and what is new. */
export class AppInfoDto {
  @ApiProperty({
    type: 'string',
    example: 'redmine',
    description: 'name of the installation, which every call on it takes',
  })
  appName: string;

  @ApiProperty({ type: 'string', example: 'redmine', description: 'its name in the catalog' })
  catalogName: string;

  @ApiProperty({
    type: 'string',
    nullable: true,
    example: null,
    description: 'which installation of the app; null: the first one, called like the app',
  })
  instance: string | null;

  @ApiProperty({
    type: BilingualDto,
    description: 'as in the catalog when it was installed; the name of the app where it has none',
  })
  title: BilingualDto;

  @ApiProperty({
    type: 'string',
    enum: ['0', '1', '2'],
    example: '1',
    description:
      '0: not started (queued, pulling, creating, stopped); 1: started; 2: failed, see `info`',
  })
  status: string;

  @ApiProperty({ type: 'string', example: '9001' })
  port: string;

  @ApiProperty({ type: 'string', example: '3307' })
  db_port: string;

  @ApiProperty({
    type: 'string',
    example: '',
    description: 'the cause of a failure, or what is being done',
  })
  info: string;

  @ApiProperty({
    type: 'string',
    example: 'running',
    description:
      'queued, preflight, pulling, creating, starting, waiting, running, stopped, paused, unhealthy, gone, upgrading, rolling-back, uninstalling, failed, cancelled; in a Swarm also unknown, while the node of the app does not answer',
  })
  phase: string;

  @ApiProperty({ type: 'integer', minimum: 0, maximum: 100, example: 100 })
  progress: number;

  @ApiProperty({
    type: 'string',
    nullable: true,
    example: null,
    description: 'short, stable name of the cause, e.g. `out-of-memory`',
  })
  cause: string | null;

  @ApiProperty({ type: 'string', example: 'websoft9-redmine' })
  containerName: string;

  @ApiProperty({ type: 'string', nullable: true, example: '6.0.6' })
  version: string | null;

  @ApiProperty({ type: 'string', description: 'id of the install job' })
  jobId: string;

  @ApiProperty({ type: [String], description: 'last log lines of the container that failed' })
  logs: string[];
}

export function toAppInfoDto(view: AppView, language: Language): AppInfoDto {
  return {
    appName: view.row.appName,
    catalogName: catalogNameOf(view.row),
    instance: view.row.instance,
    title: view.title,
    status: view.status.status,
    port: view.port,
    db_port: view.dbPort,
    info: view.status.info[language],
    phase: view.status.phase,
    progress: view.status.progress,
    cause: view.status.cause,
    containerName: view.containerName,
    version: view.row.version,
    jobId: view.row.id,
    logs: [...(view.status.status === '2' ? (view.failure?.logs ?? []) : [])],
  };
}

/** What became of one app of an uninstall of all. */
export class UninstallResultDto {
  @ApiProperty({ type: 'string', example: 'redmine' })
  appName: string;

  @ApiProperty({ type: 'string', enum: ['0', '1'], description: '1: uninstalled' })
  code: string;

  @ApiProperty({ type: 'string', example: 'redmine卸载成功' })
  message: string;
}
