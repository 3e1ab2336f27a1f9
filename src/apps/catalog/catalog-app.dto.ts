import { ApiProperty } from '@nestjs/swagger';
import { PageDto } from '../../http/fields/paging';
import type { AppVerdict, ProblemKind } from '../compose/language/template-problem';
import { VERDICTS } from './catalog-query.dto';

/** A text in both languages. */
export class BilingualDto {
  @ApiProperty({ type: 'string', example: '项目管理' })
  zh: string;

  @ApiProperty({ type: 'string', example: 'Project management' })
  en: string;
}

export class TemplateProblemDto {
  @ApiProperty({
    enum: ['broken', 'unsupported', 'forbidden', 'needs-hardware', 'note'],
    enumName: 'TemplateProblemKind',
  })
  kind: ProblemKind;

  @ApiProperty({ type: 'string', example: 'docker-socket' })
  code: string;

  @ApiProperty({ type: 'string', example: 'services.init.volumes.0' })
  key: string;

  @ApiProperty({ type: 'string', nullable: true, example: 'docker-compose.yml' })
  file: string | null;

  @ApiProperty({ type: 'integer', nullable: true, example: 11, description: 'line in that file' })
  line: number | null;

  @ApiProperty({ type: 'string', example: "refused by policy: the engine's socket" })
  message: string;
}

export class CatalogueAppDto {
  @ApiProperty({ type: 'string', example: 'redmine' })
  appName: string;

  @ApiProperty({
    type: 'string',
    example: 'stackscape',
    description:
      'the store it comes from; `store/app` names it where several stores have an app of that name',
  })
  store: string;

  @ApiProperty({ type: BilingualDto })
  title: BilingualDto;

  @ApiProperty({ type: BilingualDto, nullable: true })
  description: BilingualDto | null;

  @ApiProperty({ type: 'string', example: 'project' })
  category: string;

  @ApiProperty({ type: BilingualDto })
  categoryTitle: BilingualDto;

  @ApiProperty({ type: 'string', nullable: true, example: '6.0.6' })
  version: string | null;

  @ApiProperty({ type: 'string', nullable: true })
  icon: string | null;

  @ApiProperty({ enum: VERDICTS, enumName: 'AppVerdict' })
  verdict: AppVerdict;

  @ApiProperty({ type: 'boolean', description: 'from our own catalog' })
  builtIn: boolean;
}

export class CatalogueAppPageDto extends PageDto {
  @ApiProperty({ type: 'boolean', description: 'further apps are being read: ask again' })
  loading: boolean;

  @ApiProperty({ type: [CatalogueAppDto] })
  items: CatalogueAppDto[];
}

export class CatalogueImageDto {
  @ApiProperty({ type: 'string', example: 'redmine:6.0.6' })
  reference: string;

  @ApiProperty({ type: [String], example: ['redmine'] })
  services: string[];

  @ApiProperty({ type: 'boolean', description: 'built on this machine instead of pulled' })
  built: boolean;
}

export class CataloguePortDto {
  @ApiProperty({ type: 'string', example: 'redmine' })
  service: string;

  @ApiProperty({ type: 'integer', example: 3000 })
  containerPort: number;

  @ApiProperty({ enum: ['tcp', 'udp', 'sctp'], enumName: 'PortProtocol' })
  protocol: 'tcp' | 'udp' | 'sctp';

  @ApiProperty({ type: 'string', nullable: true, example: 'HTTP_PORT' })
  variable: string | null;

  @ApiProperty({ enum: ['main', 'database', 'other'], enumName: 'PortRole' })
  role: 'main' | 'database' | 'other';
}

export class VariableOptionDto {
  @ApiProperty({ type: 'string' })
  value: string;

  @ApiProperty({ type: BilingualDto })
  title: BilingualDto;
}

export class CatalogueVariableDto {
  @ApiProperty({ type: 'string', example: 'ADMIN_PASSWORD' })
  name: string;

  @ApiProperty({ type: BilingualDto })
  title: BilingualDto;

  @ApiProperty({ type: BilingualDto, nullable: true })
  description: BilingualDto | null;

  @ApiProperty({
    enum: ['string', 'integer', 'boolean', 'enum', 'email', 'host', 'url', 'password', 'port'],
    enumName: 'VariableType',
  })
  type: string;

  @ApiProperty({ type: 'string', nullable: true, description: 'null for secrets' })
  default: string | null;

  @ApiProperty({ type: 'string', nullable: true })
  pattern: string | null;

  @ApiProperty({ type: [VariableOptionDto] })
  options: VariableOptionDto[];

  @ApiProperty({ type: 'integer', format: 'int64', nullable: true })
  min: number | null;

  @ApiProperty({ type: 'integer', format: 'int64', nullable: true })
  max: number | null;

  @ApiProperty({ type: 'boolean' })
  required: boolean;

  @ApiProperty({ type: 'boolean' })
  secret: boolean;

  @ApiProperty({ type: 'boolean', description: 'made up when left empty' })
  generated: boolean;

  @ApiProperty({
    type: [String],
    example: ['services.web.environment.MAIL_FROM'],
    description: 'keys of the Compose file that use it, for one that nothing else describes',
  })
  usedIn: string[];
}

export class CatalogueLoginDto {
  @ApiProperty({ type: 'string', nullable: true, example: 'admin' })
  user: string | null;

  @ApiProperty({ type: 'string', nullable: true, example: 'ADMIN_PASSWORD' })
  passwordVariable: string | null;

  @ApiProperty({ type: 'string', nullable: true, example: '/login' })
  path: string | null;
}

export class CatalogueRequirementsDto {
  @ApiProperty({ type: 'integer', format: 'int64', nullable: true, description: 'bytes' })
  memory: number | null;

  @ApiProperty({ type: 'integer', format: 'int64', nullable: true, description: 'bytes' })
  disk: number | null;

  @ApiProperty({ type: [String], example: ['amd64', 'arm64'], description: 'empty: any' })
  architectures: string[];
}

export class CatalogueAppDetailsDto extends CatalogueAppDto {
  @ApiProperty({
    type: [String],
    example: ['docker-library/redmine'],
    description: 'apps of the same name in other stores',
  })
  others: string[];

  @ApiProperty({
    type: BilingualDto,
    nullable: true,
    description: 'what to know before installing it',
  })
  tips: BilingualDto | null;

  @ApiProperty({
    type: 'string',
    nullable: true,
    example: '/login',
    description: 'where its pages begin; null: at the root',
  })
  path: string | null;

  @ApiProperty({ type: 'string', nullable: true })
  website: string | null;

  @ApiProperty({ type: 'string', nullable: true })
  documentation: string | null;

  @ApiProperty({ type: 'string', nullable: true, example: 'GPL-2.0-only' })
  license: string | null;

  @ApiProperty({ type: CatalogueRequirementsDto })
  requirements: CatalogueRequirementsDto;

  @ApiProperty({ type: CatalogueLoginDto, nullable: true })
  login: CatalogueLoginDto | null;

  @ApiProperty({ type: 'string', example: 'redmine' })
  mainService: string;

  @ApiProperty({ type: [String], description: 'in the order of their start' })
  services: string[];

  @ApiProperty({ type: [CatalogueImageDto] })
  images: CatalogueImageDto[];

  @ApiProperty({ type: [CataloguePortDto] })
  ports: CataloguePortDto[];

  @ApiProperty({ type: [String] })
  volumes: string[];

  @ApiProperty({ type: [String], description: '`docker save` archives that come with the app' })
  archives: string[];

  @ApiProperty({ type: [CatalogueVariableDto] })
  variables: CatalogueVariableDto[];

  @ApiProperty({ type: [TemplateProblemDto] })
  problems: TemplateProblemDto[];
}
