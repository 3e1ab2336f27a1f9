import { ApiProperty } from '@nestjs/swagger';
import { HexField, TextField } from '../../http/fields';
import { InstantField } from '../../http/fields/time-fields';
import { ServerRiskDto } from '../server-state.dto';

export class RiskIdDto {
  @HexField({
    length: 32,
    description: 'id of the risk / 风险 id',
    example: '33168d5f3d8658f25ae17724d00b6fd0',
  })
  id: string;
}

export class AcknowledgeRiskDto {
  @TextField({
    maxLength: 500,
    description: 'why it is accepted / 接受的理由',
    example: '内网使用',
  })
  reason: string;

  @InstantField({
    optional: 'or-empty',
    nullable: true,
    description: 'when the acknowledgement ends; null or absent: never / 截止时间，留空表示长期',
  })
  until?: string | null;
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
