import { ApiProperty } from '@nestjs/swagger';
import { TextField } from '../../http/fields';
import { bilingual } from '../../platform/i18n/bilingual';

export class StreamTicketRequestDto {
  @TextField({
    maxLength: 300,
    pattern: /^\/api\/v1\/[\x21\x24-\x3e\x40-\x7e]+$/,
    rule: bilingual(
      '须为事件流的路径，不含查询参数',
      'must be the path of an event stream, without a query',
    ),
    description: 'Path of the event stream, without its query',
    example: '/api/v1/apps/events',
  })
  path: string;
}

export class StreamTicketDto {
  @ApiProperty({
    type: 'string',
    pattern: '^[0-9a-f]{64}$',
    example: 'c1e3f0a97b5d2468c1e3f0a97b5d2468c1e3f0a97b5d2468c1e3f0a97b5d2468',
    description: 'Goes into the address of the stream, as `ticket`',
  })
  ticket: string;

  @ApiProperty({ type: 'string', format: 'date-time', description: 'End of an unused ticket' })
  expires_at: string;
}
