import { ApiProperty } from '@nestjs/swagger';
import { IntField } from '../../http/fields';

export class MetricsHistoryQueryDto {
  @IntField({
    min: 1,
    max: 1440,
    default: 1440,
    optional: 'or-empty',
    description: 'how far back, minutes / 最近多少分钟',
  })
  minutes?: number;
}

const percent = (description: string): PropertyDecorator =>
  ApiProperty({ type: 'number', nullable: true, description });

export class HistoryPointDto {
  @ApiProperty({ type: 'string', format: 'date-time', description: 'start of the span / 起始时间' })
  at: string;

  @ApiProperty({ type: 'integer', enum: [5, 60, 600], description: 'length of the span / 秒' })
  seconds: number;

  @percent('mean, 0 to 100')
  cpuPercent: number | null;

  @percent('highest, 0 to 100')
  cpuPeakPercent: number | null;

  @percent('mean, 0 to 100')
  memoryPercent: number | null;

  @percent('file system of /, 0 to 100')
  diskPercent: number | null;

  @ApiProperty({ type: 'number', description: 'one-minute load, mean' })
  load: number;

  @ApiProperty({ type: 'integer', description: 'bytes a second, all interfaces' })
  receivedPerSecond: number;

  @ApiProperty({ type: 'integer', description: 'bytes a second, all interfaces' })
  sentPerSecond: number;
}
