import { ApiProperty } from '@nestjs/swagger';
import { TextField, UuidField, type FieldOptions } from '../../http/fields';
import { bilingual, type Language } from '../../platform/i18n/bilingual';
import { FieldProblemDto } from '../../http/openapi/envelopes';
import { formatZonedTime } from '../csv/zoned-time';
import { modelKinds, researchNotice, type ParameterFile } from '../inference/parameter-file';
import type { RejectedModelFile } from '../model-store/model-files';
import { modelOrigins, type ComputeModelRow } from '../model-store/model.entity';

/** The id of a model, `name@version`. */
export function ModelIdField(options: FieldOptions = {}): PropertyDecorator {
  return TextField({
    maxLength: 64,
    pattern: /^[a-z0-9][a-z0-9-]{0,39}@\d{1,4}\.\d{1,4}\.\d{1,4}$/,
    rule: bilingual('须形如 name@1.0.0', 'must look like name@1.0.0'),
    description: 'Id of the model',
    example: 'hcc-fragment-nb@1.0.0',
    ...options,
  });
}

export class ModelParams {
  @ModelIdField()
  id: string;
}

export class RerunQuery {
  @UuidField({ optional: true, description: 'Only the records of this user' })
  uid?: string;
}

export class RerunDto {
  @ApiProperty({ type: 'string', example: 'lab-logistic@1.0.0' })
  model: string;

  @ApiProperty({ type: 'integer', description: 'Tasks queued now; those queued before are not' })
  queued: number;
}

/** A model. Research use only: one fragment cannot diagnose a patient. */
export class ModelDto {
  @ApiProperty({ type: 'string', example: 'hcc-fragment-nb@1.0.0' })
  id: string;

  @ApiProperty({ type: 'string', enum: modelKinds, enumName: 'ModelKind' })
  kind: string;

  @ApiProperty({ type: 'boolean', description: 'New computations use it' })
  active: boolean;

  @ApiProperty({ type: 'string', enum: modelOrigins, enumName: 'ModelOrigin' })
  origin: string;

  @ApiProperty({ type: 'string', description: 'SHA-256 of the canonical JSON of the parameters' })
  checksum: string;

  @ApiProperty({ type: 'string', example: researchNotice.en })
  notice: string;

  @ApiProperty({ type: 'string' })
  title: string;

  @ApiProperty({ type: [String], description: 'Where the numbers come from' })
  sources: string[];

  @ApiProperty({ type: [String], description: 'What the model cannot say' })
  limits: string[];

  @ApiProperty({ type: 'object', additionalProperties: true })
  parameters: Record<string, unknown>;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description:
      'Of a trained model: the records used and what cross-validation showed; evidence is ' +
      'exploratory below 200 records',
  })
  training: Record<string, unknown> | null;

  @ApiProperty({ type: 'string', example: '2026-11-20 08:00:00' })
  created: string;

  @ApiProperty({ type: 'string', nullable: true, description: 'When it was last activated' })
  activated: string | null;
}

/** What a model says all over its range: for a map, not for a record. */
export class ModelSurfaceDto {
  @ApiProperty({ type: 'string', example: 'hcc-fragment-nb@1.0.0' })
  model: string;

  @ApiProperty({ type: 'string', description: 'SHA-256 of the parameters' })
  checksum: string;

  @ApiProperty({ type: 'number', description: 'From this probability on it infers HCC' })
  threshold: number;

  @ApiProperty({ type: [Number], description: 'Fragment lengths, bp, in even steps' })
  ctdna: number[];

  @ApiProperty({ type: [Number], description: 'Methylated CpG sites' })
  cpg: number[];

  @ApiProperty({
    type: 'array',
    items: { type: 'array', items: { type: 'number' } },
    description: 'Probability of HCC: one row for each number of sites, one column for each length',
  })
  probability: number[][];
}

export class RejectedModelFileDto {
  @ApiProperty({ type: 'string', example: 'own.json' })
  file: string;

  @ApiProperty({ type: [FieldProblemDto] })
  problems: FieldProblemDto[];
}

export class ModelListDto {
  @ApiProperty({ type: 'string', example: researchNotice.en })
  notice: string;

  @ApiProperty({ type: [ModelDto] })
  models: ModelDto[];

  @ApiProperty({
    type: [RejectedModelFileDto],
    description: 'Files in the model folders that are not used, and why; for administrators',
  })
  rejected: RejectedModelFileDto[];
}

export function toModelDto(row: ComputeModelRow, language: Language, zone: string): ModelDto {
  const file = JSON.parse(row.file) as ParameterFile;
  return {
    id: row.id,
    kind: row.kind,
    active: row.active !== null,
    origin: row.origin,
    checksum: row.checksum,
    notice: researchNotice[language],
    title: file.title[language],
    sources: file.sources.map((text) => text[language]),
    limits: file.limits.map((text) => text[language]),
    parameters: { ...file.parameters },
    training: file.training ?? null,
    created: formatZonedTime(row.createdAt, zone),
    activated: row.activatedAt && formatZonedTime(row.activatedAt, zone),
  };
}

export function toRejectedDto(
  rejected: RejectedModelFile,
  language: Language,
): RejectedModelFileDto {
  return {
    file: rejected.file,
    problems: rejected.problems.map(({ field, message }) => ({
      field,
      message: message[language],
    })),
  };
}
