import { ApiProperty } from '@nestjs/swagger';
import type { Language } from '../../platform/i18n/bilingual';
import type { ResolvedApp } from '../compose/resolve/resolved-app';
import type { PreparedInstall } from '../resolver/install-preparer';
import { PREFLIGHT_CODES } from '../preflight/preflight-check';
import { sizeOf } from '../preflight/planned-images';
import type { Preflight } from '../preflight/preflight.service';

export class PreflightCheckDto {
  @ApiProperty({ type: 'string', enum: [...PREFLIGHT_CODES] })
  code: string;

  @ApiProperty({ type: 'string', enum: ['ok', 'warning', 'error'] })
  level: string;

  @ApiProperty({ type: 'string' })
  message: string;
}

export class PlannedImageDto {
  @ApiProperty({ type: 'string', example: 'redmine:6.0.6' })
  reference: string;

  @ApiProperty({ type: 'string', enum: ['present', 'pull', 'build'] })
  action: string;

  @ApiProperty({
    type: 'integer',
    format: 'int64',
    nullable: true,
    description:
      'packed bytes to pull, as its registry says; null where nothing is pulled or it does not say',
  })
  size: number | null;
}

export class PlannedPortDto {
  @ApiProperty({ type: 'string', example: 'redmine' })
  service: string;

  @ApiProperty({ type: 'integer', example: 3000 })
  containerPort: number;

  @ApiProperty({ type: 'string', enum: ['tcp', 'udp', 'sctp'] })
  protocol: string;

  @ApiProperty({ type: 'string', enum: ['main', 'database', 'other'] })
  role: string;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    example: 9001,
    description: 'what it would get now',
  })
  hostPort: number | null;
}

export class PlannedVariableDto {
  @ApiProperty({ type: 'string' })
  name: string;

  @ApiProperty({ type: 'string', nullable: true, description: 'null for secrets' })
  value: string | null;

  @ApiProperty({ type: 'string', enum: ['user', 'generated', 'kept', 'server', 'default'] })
  source: string;
}

/** What an install would do, and whether it can. */
export class InstallPlanDto {
  @ApiProperty({ type: 'boolean', description: 'no check failed' })
  possible: boolean;

  @ApiProperty({ type: [PreflightCheckDto] })
  checks: PreflightCheckDto[];

  @ApiProperty({ type: [PlannedImageDto] })
  images: PlannedImageDto[];

  @ApiProperty({ type: [String] })
  containers: string[];

  @ApiProperty({ type: [String] })
  networks: string[];

  @ApiProperty({ type: [String] })
  volumes: string[];

  @ApiProperty({
    type: [String],
    example: ['websoft9'],
    description:
      'networks, volumes and folders of the machine that other apps, and other instances of this one, use as well',
  })
  shared: string[];

  @ApiProperty({ type: [PlannedPortDto] })
  ports: PlannedPortDto[];

  @ApiProperty({
    type: 'integer',
    example: 1,
    description:
      'how many of them are for the machine itself (`DB_BIND`, loopback): databases, and what the template keeps to it',
  })
  localPorts: number;

  @ApiProperty({ type: [PlannedVariableDto] })
  variables: PlannedVariableDto[];
}

/** What an app of an untrusted catalog shares is its network alone. */
function sharedNames({ networks, volumes, project }: ResolvedApp): string[] {
  const mounts = [...project.services.values()].flatMap((service) => service.mounts);
  return [
    ...networks.filter(({ shared, external }) => shared || external).map(({ name }) => name),
    ...volumes.filter(({ external }) => external).map(({ name }) => name),
    ...new Set(
      mounts.flatMap(({ type, source }) =>
        type === 'bind' && source?.startsWith('/') ? source : [],
      ),
    ),
  ];
}

export function toInstallPlanDto(
  { app, variables }: PreparedInstall,
  containers: readonly string[],
  preflight: Preflight,
  language: Language,
): InstallPlanDto {
  return {
    possible: preflight.checks.every((check) => check.level !== 'error'),
    checks: preflight.checks.map(({ code, level, message }) => ({
      code,
      level,
      message: message[language],
    })),
    images: preflight.images.map((image) => ({
      reference: image.reference,
      action: image.action,
      size: sizeOf(image),
    })),
    containers: [...containers],
    networks: app.networks.map((network) => network.name),
    volumes: app.volumes.map((volume) => volume.name),
    shared: sharedNames(app),
    ports: app.ports.map((port) => ({
      service: port.service,
      containerPort: port.containerPort,
      protocol: port.protocol,
      role: port.role,
      hostPort: preflight.ports[port.key] ?? null,
    })),
    localPorts: app.ports.filter(({ role, hostIp }) => role === 'database' || hostIp !== null)
      .length,
    variables: app.variables.map(({ name, value, source, secret }) => ({
      name,
      value: secret ? null : value,
      source: variables.origins[name] ?? source,
    })),
  };
}
