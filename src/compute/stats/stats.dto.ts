import { ApiProperty } from '@nestjs/swagger';
import { UuidField } from '../../http/fields';
import { ModelIdField } from '../models/model.dto';
import { researchNotice } from '../inference/parameter-file';

export class StatsQuery {
  @ModelIdField({ optional: true, description: 'Only this model' })
  model?: string;

  @UuidField({
    optional: true,
    description: 'Only the records of this user; absent: one’s own, for administrators all',
  })
  uid?: string;
}

export class IntervalDto {
  @ApiProperty({ type: 'number' })
  low: number;

  @ApiProperty({ type: 'number' })
  high: number;
}

export class ProportionDto {
  @ApiProperty({ type: 'integer' })
  count: number;

  @ApiProperty({ type: 'integer' })
  total: number;

  @ApiProperty({ type: 'number', nullable: true, description: 'count / total; null of nothing' })
  value: number | null;

  @ApiProperty({ type: IntervalDto, nullable: true, description: '95 %, Wilson score' })
  interval: IntervalDto | null;
}

export class EstimateDto {
  @ApiProperty({ type: 'number' })
  value: number;

  @ApiProperty({ type: IntervalDto, nullable: true, description: '95 %; null where undefined' })
  interval: IntervalDto | null;
}

export class ConfusionDto {
  @ApiProperty({ type: 'integer' })
  truePositive: number;

  @ApiProperty({ type: 'integer' })
  falsePositive: number;

  @ApiProperty({ type: 'integer' })
  trueNegative: number;

  @ApiProperty({ type: 'integer' })
  falseNegative: number;
}

export class CalibrationRowDto {
  @ApiProperty({ type: 'number' })
  from: number;

  @ApiProperty({ type: 'number' })
  to: number;

  @ApiProperty({ type: 'integer' })
  records: number;

  @ApiProperty({ type: 'number', nullable: true, description: 'Mean predicted probability' })
  predicted: number | null;

  @ApiProperty({ type: ProportionDto, description: 'Share of confirmed HCC' })
  observed: ProportionDto;
}

export class RocPointDto {
  @ApiProperty({
    type: 'number',
    nullable: true,
    description: 'Scores from here on count as HCC; null at the first point, where none does',
    example: 0.5,
  })
  threshold: number | null;

  @ApiProperty({ type: 'number', description: '1 − specificity', example: 0.08 })
  falsePositiveRate: number;

  @ApiProperty({ type: 'number', description: 'Sensitivity', example: 0.81 })
  truePositiveRate: number;
}

export class PeriodDto {
  @ApiProperty({ type: 'string', format: 'date-time', description: 'Of the oldest record' })
  from: string;

  @ApiProperty({ type: 'string', format: 'date-time', description: 'Of the newest record' })
  to: string;
}

const Period = (): PropertyDecorator =>
  ApiProperty({
    type: PeriodDto,
    nullable: true,
    description: 'When the records were computed; null without any',
  });

export class ModelStatsDto {
  @ApiProperty({ type: 'string', example: 'hcc-fragment-nb@1.0.0' })
  model: string;

  @ApiProperty({ type: 'boolean', description: 'New computations use it' })
  active: boolean;

  @ApiProperty({ type: 'integer', description: 'Confirmed records' })
  records: number;

  @ApiProperty({ type: 'integer', description: 'Confirmed HCC' })
  positives: number;

  @ApiProperty({ type: 'integer', description: 'Confirmed not HCC' })
  negatives: number;

  @Period()
  period: PeriodDto | null;

  @ApiProperty({ type: ConfusionDto })
  confusion: ConfusionDto;

  @ApiProperty({ type: ProportionDto })
  sensitivity: ProportionDto;

  @ApiProperty({ type: ProportionDto })
  specificity: ProportionDto;

  @ApiProperty({ type: EstimateDto, nullable: true, description: 'Null without both classes' })
  auc: EstimateDto | null;

  @ApiProperty({ type: EstimateDto, nullable: true })
  brier: EstimateDto | null;

  @ApiProperty({ type: [CalibrationRowDto] })
  calibration: CalibrationRowDto[];

  @ApiProperty({
    type: [RocPointDto],
    description:
      'The ROC curve from (0, 0) to (1, 1), at most 402 points; empty without both classes',
  })
  roc: RocPointDto[];
}

export class StatsDto {
  @ApiProperty({ type: 'string', example: researchNotice.en })
  notice: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'How each interval was made',
  })
  intervals: Record<string, string>;

  @ApiProperty({ type: [ModelStatsDto] })
  models: ModelStatsDto[];
}

export class LengthsQuery {
  @UuidField({
    optional: true,
    description: 'Only the records of this user; absent: one’s own, for administrators all',
  })
  uid?: string;
}

export class LengthBinDto {
  @ApiProperty({ type: 'integer', description: 'bp, included', example: 160 })
  from: number;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'bp, excluded; null: no upper end',
    example: 170,
  })
  to: number | null;

  @ApiProperty({ type: 'integer', description: 'Records with confirmed HCC' })
  positives: number;

  @ApiProperty({ type: 'integer', description: 'Records confirmed not HCC' })
  negatives: number;

  @ApiProperty({ type: 'integer', description: 'Records without a confirmed status' })
  unconfirmed: number;
}

export class LengthsDto {
  @ApiProperty({ type: 'string', example: researchNotice.en })
  notice: string;

  @Period()
  period: PeriodDto | null;

  @ApiProperty({
    type: [LengthBinDto],
    description: 'Without gaps from the shortest to the longest; reruns of a sample count once',
  })
  bins: LengthBinDto[];
}
