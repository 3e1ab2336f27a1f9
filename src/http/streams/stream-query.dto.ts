import { HexField, TextField } from '../fields';
import { bilingual } from '../../platform/i18n/bilingual';

export class TicketQueryDto {
  @HexField({
    length: 64,
    optional: true,
    description:
      'Instead of a token, for a browser’s `EventSource`, which sends no headers: from ' +
      '`POST /api/v1/stream-tickets`, good for one use within 30 s',
  })
  ticket?: string;
}

/** What every stream that can be resumed takes. */
export class StreamQueryDto extends TicketQueryDto {
  @TextField({
    maxLength: 18,
    pattern: /^[0-9]{1,18}$/,
    rule: bilingual('须为事件的 id', 'must be the id of an event'),
    optional: 'or-empty',
    description: 'As the header `last-event-id`, which precedes it',
  })
  after?: string;
}
