import { ApiProperty } from '@nestjs/swagger';
import { HexField, IntField, TextField } from '../../http/fields';
import { ServerRiskDto } from '../server-state.dto';

export class RiskIdDto {
  @HexField({ length: 32, description: 'id of the risk / 风险 id' })
  id: string;
}

export class AcknowledgeRiskDto {
  @TextField({
    maxLength: 500,
    description: 'why it is accepted / 接受的理由',
    example: '内网使用',
  })
  reason: string;

  @IntField({
    min: 0,
    max: 8_640_000_000_000_000,
    optional: true,
    nullable: true,
    emptyIsAbsent: true,
    description:
      'when the acknowledgement ends, ms since the epoch; 0, null or absent: never / 截止时间',
    example: 1_924_905_600_000,
  })
  until?: number | null;
}

export class AcknowledgementDto {
  @ApiProperty({ type: 'string', description: 'name of the administrator / 管理员' })
  by: string;

  @ApiProperty({ type: 'string' })
  reason: string;

  @ApiProperty({ type: 'string', format: 'date-time' })
  at: string;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  until: string | null;
}

export class RiskDto extends ServerRiskDto {
  @ApiProperty({ type: AcknowledgementDto, nullable: true, description: 'null: open / 未确认' })
  acknowledged: AcknowledgementDto | null;
}
