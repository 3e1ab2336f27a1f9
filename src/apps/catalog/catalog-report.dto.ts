import { ApiProperty } from '@nestjs/swagger';
import { PageDto } from '../../http/fields/paging';
import type { AppVerdict } from '../compose/language/template-problem';
import { TemplateProblemDto } from './catalog-app.dto';
import { VERDICTS } from './catalog-query.dto';

export class CatalogueSourceDto {
  @ApiProperty({ type: 'string', example: 'docker-library', description: 'its name as a store' })
  store: string;

  @ApiProperty({ type: 'string', example: '/srv/docker-library' })
  path: string;

  @ApiProperty({
    type: 'string',
    nullable: true,
    example: 'https://github.com/Websoft9/docker-library.git#main:apps',
    description: 'of a git store: the address of which `path` is the copy',
  })
  address: string | null;

  @ApiProperty({ type: 'boolean' })
  trusted: boolean;

  @ApiProperty({ type: 'boolean' })
  builtIn: boolean;

  @ApiProperty({ type: 'boolean', description: 'false: the folder could not be read' })
  readable: boolean;

  @ApiProperty({ type: 'integer' })
  apps: number;
}

export class ShadowedAppDto {
  @ApiProperty({ type: 'string', example: 'redmine' })
  appName: string;

  @ApiProperty({
    type: 'string',
    example: 'docker-library/redmine',
    description: 'the name by which it can be had all the same',
  })
  name: string;

  @ApiProperty({ type: 'string' })
  path: string;

  @ApiProperty({ type: 'string', description: 'the folder of the same name that is used' })
  usedPath: string;
}

export class ReportedAppDto {
  @ApiProperty({ type: 'string', example: 'wordpress' })
  appName: string;

  @ApiProperty({ type: 'string', example: 'docker-library' })
  store: string;

  @ApiProperty({ type: 'string' })
  path: string;

  @ApiProperty({ enum: VERDICTS, enumName: 'AppVerdict' })
  verdict: AppVerdict;

  @ApiProperty({ type: [TemplateProblemDto] })
  problems: TemplateProblemDto[];
}

/** The counts are of the whole catalog, `total` and the page of `apps`. */
export class CatalogueReportDto extends PageDto {
  @ApiProperty({ type: 'integer' })
  usable: number;

  @ApiProperty({ type: 'integer' })
  forbidden: number;

  @ApiProperty({ type: 'integer' })
  broken: number;

  @ApiProperty({ type: 'integer' })
  unsupported: number;

  @ApiProperty({
    type: 'integer',
    description: 'apps that need hardware which this machine lacks, e.g. a GPU',
  })
  needsHardware: number;

  @ApiProperty({ type: 'integer', description: 'duration of the last load' })
  milliseconds: number;

  @ApiProperty({
    type: 'string',
    format: 'date-time',
    example: '2026-11-20T08:00:00.000Z',
    description: 'end of the last load',
  })
  loadedAt: string;

  @ApiProperty({ type: 'boolean', description: 'further apps are being read' })
  loading: boolean;

  @ApiProperty({ type: [CatalogueSourceDto] })
  sources: CatalogueSourceDto[];

  @ApiProperty({ type: [ShadowedAppDto], description: 'apps of a name that was taken already' })
  shadowed: ShadowedAppDto[];

  @ApiProperty({
    type: [ReportedAppDto],
    description: 'apps about which there is something to say, by name: one page of them',
  })
  apps: ReportedAppDto[];
}
