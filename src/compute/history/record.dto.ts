import { ApiProperty } from '@nestjs/swagger';
import { formatZonedTime } from '../csv/zoned-time';
import type { ComputeRecord } from './record.entity';

/** One result. Research use only: one fragment cannot diagnose a patient. */
export class RecordDto {
  @ApiProperty({ type: 'integer', format: 'int64', example: 64888 })
  id: number;

  @ApiProperty({ type: 'integer', format: 'int64', example: 2333, description: 'Patient id' })
  pid: number;

  @ApiProperty({ type: 'integer', example: 209, description: 'Fragment length in base pairs' })
  ctdna: number;

  @ApiProperty({ type: 'integer', example: 5, description: 'Methylated CpG sites' })
  cpg: number;

  @ApiProperty({
    type: 'boolean',
    nullable: true,
    description: 'Confirmed status; null until then',
  })
  hcc: boolean | null;

  @ApiProperty({
    type: 'boolean',
    description: 'Status inferred by the model. Research use only, not for diagnosis',
  })
  hcc_infer: boolean;

  @ApiProperty({ type: 'string', example: '2022-07-10 08:00:00' })
  time: string;

  @ApiProperty({ type: 'number', example: 0.7894736842105263, description: 'Under the model' })
  probability: number;

  @ApiProperty({
    type: 'boolean',
    description: 'The sample lies outside what the model was fitted on; its value was saturated',
  })
  extrapolated: boolean;

  @ApiProperty({ type: 'string', example: 'hcc-fragment-nb@1.0.0' })
  model: string;

  @ApiProperty({ type: 'string', description: 'SHA-256 of the parameters of the model' })
  checksum: string;

  @ApiProperty({ type: 'string', nullable: true, description: 'Task; null for an imported record' })
  task: string | null;

  @ApiProperty({
    type: 'integer',
    format: 'int64',
    nullable: true,
    description: 'The record of the same sample that this one computed again',
  })
  rerun_of: number | null;
}

/** A record as a raw query answers it: BIGINT as text, BOOLEAN as 0 or 1. */
export type RecordRow = Omit<ComputeRecord, 'id' | 'pid' | 'originId' | 'userId' | 'importId'> & {
  readonly id: number | string;
  readonly pid: number | string;
  readonly originId: number | string | null;
};

/** What `toRecordDto` reads, of a table with the alias `r`. */
export const RECORD_COLUMNS =
  'r.id, r.pid, r.ctdna, r.cpg, r.hcc, r.hccInfer, r.createdAt, r.probability, r.extrapolated, ' +
  'r.modelId, r.modelChecksum, r.task, r.originId';

/** @param zone IANA zone of the times in answers */
export function toRecordDto(record: RecordRow, zone: string): RecordDto {
  return {
    id: Number(record.id),
    pid: Number(record.pid),
    ctdna: record.ctdna,
    cpg: record.cpg,
    hcc: record.hcc === null ? null : Boolean(record.hcc),
    hcc_infer: Boolean(record.hccInfer),
    time: formatZonedTime(record.createdAt, zone),
    probability: record.probability,
    extrapolated: Boolean(record.extrapolated),
    model: record.modelId,
    checksum: record.modelChecksum,
    task: record.task,
    rerun_of: record.originId === null ? null : Number(record.originId),
  };
}
