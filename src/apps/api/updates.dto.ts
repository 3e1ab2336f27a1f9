import { ApiProperty } from '@nestjs/swagger';
import { ApiTime } from '../../http/fields/api-fields';
import type { Language } from '../../platform/i18n/bilingual';
import { BilingualDto } from '../catalog/catalog-app.dto';
import { UPDATE_MODES, type UpdateMode } from '../updates/update-policy.entity';
import { MODES } from './update-policy.dto';
import type {
  AppUpdate,
  ImageUpdate,
  PortUpdate,
  VariableUpdate,
  VolumeUpdate,
} from '../updates/app-update';

const nullableText = (description: string, example: string | null): PropertyDecorator =>
  ApiProperty({ type: 'string', nullable: true, description, example });

export class TemplateDigestsDto {
  @ApiProperty({
    type: 'string',
    description: 'SHA-256 of the template that it was installed from',
  })
  from: string;

  @nullableText('of the template as it is now; null: the catalog has none any more', null)
  to: string | null;
}

export class VersionsDto {
  @nullableText('installed', '6.0.6')
  from: string | null;

  @nullableText('that an upgrade would install', '6.1.0')
  to: string | null;
}

export class ImageUpdateDto {
  @ApiProperty({ type: 'string', example: 'web' })
  service: string;

  @nullableText('the reference that it runs from; null: the service is new, or nobody knows', 'redmine:6.0.6') // prettier-ignore
  from: string | null;

  @nullableText('the reference that it would run from; null: the service goes', 'redmine:6.1.0')
  to: string | null;

  @ApiProperty({
    enum: ['same', 'replaced', 'added', 'removed', 'moved', 'unknown'],
    enumName: 'ImageChange',
    description:
      '`moved`: the registry has another image under the same reference, which an upgrade pulls; `unknown`: whether it has is not known, see `reason`',
  })
  change: ImageUpdate['change'];

  @nullableText('the engine’s id of the image that runs', null)
  runningId: string | null;

  @nullableText('of the tag, as the registry last told', null)
  registryDigest: string | null;

  @ApiTime('when the registry was last asked', true)
  checkedAt: number | null;

  @nullableText('why the registry’s digest is not known, or not any more', null)
  reason: string | null;
}

export class VariableUpdateDto {
  @ApiProperty({ type: 'string', example: 'ADMIN_EMAIL' })
  name: string;

  @ApiProperty({ type: BilingualDto })
  title: BilingualDto;

  @ApiProperty({
    enum: ['added', 'removed', 'required', 'same'],
    enumName: 'VariableChange',
    description: '`required`: it was optional before; `same`: only its value is no longer accepted',
  })
  change: VariableUpdate['change'];

  @nullableText('why a value must be given with the upgrade; null: none need be', 'is required')
  problem: string | null;
}

export class PortUpdateDto {
  @ApiProperty({ type: 'string', example: 'web' })
  service: string;

  @ApiProperty({ type: 'integer', example: 3000 })
  containerPort: number;

  @ApiProperty({ type: 'string', enum: ['tcp', 'udp', 'sctp'], example: 'tcp' })
  protocol: string;

  @ApiProperty({ enum: ['added', 'removed'], enumName: 'PartChange' })
  change: PortUpdate['change'];
}

export class VolumeUpdateDto {
  @ApiProperty({ type: 'string', example: 'websoft9-redmine_data' })
  name: string;

  @ApiProperty({
    enum: ['added', 'removed'],
    enumName: 'PartChange',
    description: '`removed`: no longer used; it stays with its data',
  })
  change: VolumeUpdate['change'];
}

export class AppUpdateDto {
  @ApiProperty({ type: 'string', example: 'redmine' })
  appName: string;

  @ApiProperty({ type: BilingualDto })
  title: BilingualDto;

  @ApiProperty({ enum: UPDATE_MODES, enumName: 'UpdateMode', description: MODES })
  mode: UpdateMode;

  @ApiProperty({ type: 'boolean', description: 'there is something to go over to' })
  available: boolean;

  @nullableText('why an upgrade would be refused, whatever values are given', null)
  obstacle: string | null;

  @ApiProperty({
    type: [String],
    description: 'the changes in words; empty where there are none',
    example: ['version 6.0.6 → 6.1.0'],
  })
  changes: string[];

  @ApiProperty({ type: TemplateDigestsDto })
  templateDigest: TemplateDigestsDto;

  @ApiProperty({ type: VersionsDto })
  version: VersionsDto;

  @ApiProperty({ type: [ImageUpdateDto], description: 'one for each service' })
  images: ImageUpdateDto[];

  @ApiProperty({ type: [VariableUpdateDto], description: 'those that change' })
  variables: VariableUpdateDto[];

  @ApiProperty({ type: [PortUpdateDto], description: 'those that change' })
  ports: PortUpdateDto[];

  @ApiProperty({ type: [VolumeUpdateDto], description: 'those that change' })
  volumes: VolumeUpdateDto[];
}

export function toAppUpdateDto(
  update: AppUpdate,
  mode: UpdateMode,
  language: Language,
): AppUpdateDto {
  const { appName, title, available, obstacle, words, templateDigest, version } = update;
  return {
    appName,
    title,
    mode,
    available,
    obstacle: obstacle?.[language] ?? null,
    changes: words.map((text) => text[language]),
    templateDigest,
    version,
    images: update.images.map(({ checkedAt, reason, ...image }) => ({
      ...image,
      checkedAt: checkedAt?.getTime() ?? null,
      reason: reason?.[language] ?? null,
    })),
    variables: update.variables.map(({ problem, ...variable }) => ({
      ...variable,
      problem: problem?.[language] ?? null,
    })),
    ports: [...update.ports],
    volumes: [...update.volumes],
  };
}

export class UpdateCheckDto {
  @ApiProperty({ type: 'integer', example: 3, description: 'images that are asked for' })
  images: number;
}
