import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { InstallationPhase } from '../installations/installation-state';

const PHASES: readonly InstallationPhase[] = [
  'queued',
  'preflight',
  'pulling',
  'creating',
  'starting',
  'waiting',
  'running',
  'rolling-back',
  'uninstalling',
  'failed',
  'cancelled',
  'removed',
];

/** What the data of every event of an app has. */
class AppEventDto {
  @ApiProperty({ type: 'string', example: 'hello' })
  appName: string;

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'The installation; `info` of an install',
  })
  jobId: string | null;

  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-20T08:00:00.000Z' })
  at: string;
}

export class AppPhaseEventDto extends AppEventDto {
  @ApiProperty({ type: 'string', enum: PHASES, enumName: 'AppPhase' })
  phase: InstallationPhase;

  @ApiPropertyOptional({ type: 'integer', description: 'Percent', example: 75 })
  progress?: number;

  @ApiPropertyOptional({
    type: 'string',
    description: 'Why it failed, in the language of the caller',
  })
  text?: string;

  @ApiPropertyOptional({ type: [String], description: 'Last lines of the log after a failure' })
  logs?: string[];

  @ApiPropertyOptional({ type: [String], description: 'What was undone after a failure' })
  undone?: string[];

  @ApiPropertyOptional({ type: 'boolean', description: 'The job is an upgrade' })
  upgrade?: boolean;

  @ApiPropertyOptional({ type: 'boolean', description: 'An upgrade has succeeded' })
  upgraded?: boolean;

  @ApiPropertyOptional({
    type: 'string',
    example: 'worker-1',
    description: 'Of a move: host name of the node that the app goes to, or runs on now',
  })
  node?: string;

  @ApiPropertyOptional({ type: 'boolean', description: 'An uninstall removed the data as well' })
  removeData?: boolean;
}

/** A layer of an image that is being pulled. */
export class AppLayerDto {
  @ApiProperty({ type: 'string', example: 'redmine:6.0.6' })
  image: string;

  @ApiProperty({ type: 'string', example: 'a3ed95caeb02', description: 'Short id of the layer' })
  layer: string;

  @ApiProperty({ type: 'integer', minimum: 0, maximum: 100, example: 70 })
  percent: number;

  @ApiProperty({ type: 'integer', format: 'int64', nullable: true, example: 28_204_865 })
  bytes: number | null;
}

export class AppProgressEventDto extends AppEventDto {
  @ApiProperty({ type: 'string', enum: PHASES, enumName: 'AppPhase' })
  phase: InstallationPhase;

  @ApiProperty({ type: 'integer', description: 'Percent', example: 42 })
  progress: number;

  @ApiPropertyOptional({
    type: [AppLayerDto],
    description: 'Layers that came further since the event before',
  })
  layers?: AppLayerDto[];
}

export class AppLogEventDto extends AppEventDto {
  @ApiProperty({ type: 'string', example: 'Creating container websoft9-hello' })
  text: string;
}

export class AppStatusEventDto extends AppEventDto {
  @ApiProperty({ type: 'string', description: 'The engine’s word', example: 'die' })
  action: string;

  @ApiPropertyOptional({ type: 'string', example: 'websoft9-hello' })
  container?: string;

  @ApiPropertyOptional({ type: 'integer', example: 137 })
  exitCode?: number;
}

/** How far work on a backup is; the last one of it has the phase `saved`, `failed`, `cancelled` or `removed`. */
export class AppBackupEventDto extends AppEventDto {
  @ApiProperty({ type: 'string', format: 'uuid', description: 'The backup' })
  backupId: string;

  @ApiProperty({ type: 'string', example: 'saving' })
  work: string;

  @ApiProperty({ type: 'string', example: 'uploading' })
  phase: string;

  @ApiProperty({ type: 'integer', format: 'int64', example: 1048576 })
  bytesDone: number;

  @ApiProperty({ type: 'integer', format: 'int64', example: 10485760 })
  bytesTotal: number;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Null while it is not known' })
  secondsLeft: number | null;

  @ApiProperty({ type: 'string', example: 'Backup: saving to the repository' })
  text: string;
}

/** An upgrade of the app would change something that was not told before. */
export class AppUpdateEventDto extends AppEventDto {
  @ApiProperty({ type: 'string', nullable: true, example: '6.0.6', description: 'Installed' })
  from: string | null;

  @ApiProperty({ type: 'string', nullable: true, example: '6.1.0', description: 'To be had' })
  to: string | null;

  @ApiProperty({ type: 'string', example: 'Update: version 6.0.6 → 6.1.0' })
  text: string;
}

/** The events of the streams of apps: their names and the schema of their data. */
export const APP_EVENTS = {
  phase: AppPhaseEventDto,
  progress: AppProgressEventDto,
  log: AppLogEventDto,
  status: AppStatusEventDto,
  backup: AppBackupEventDto,
  update: AppUpdateEventDto,
} as const;
