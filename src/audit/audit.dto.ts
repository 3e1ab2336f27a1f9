import { ApiProperty } from '@nestjs/swagger';
import { EnumField, TextField, UuidField } from '../http/fields';
import { PageDto, PageQueryDto } from '../http/fields/paging';
import { bilingual } from '../platform/i18n/bilingual';
import { TimestampField } from '../http/fields/time-fields';
import { ApiTime } from '../http/fields/api-fields';
import type { AuditEvent } from './audit-event.entity';

/** The columns of these filters are ASCII and do not compare with other text. */
const printableAscii = {
  pattern: /^[\x21-\x7e]+$/,
  rule: bilingual('须为可见的 ASCII 字符', 'must consist of visible ASCII characters'),
};

export class AuditQueryDto extends PageQueryDto {
  @TextField({
    maxLength: 64,
    ...printableAscii,
    optional: 'or-empty',
    description: 'an action such as `user.status-changed`, or a subject such as `user`',
    example: 'user.status-changed',
  })
  action?: string;

  @EnumField({ values: ['done', 'refused'], enumName: 'AuditOutcome', optional: 'or-empty' })
  outcome?: 'done' | 'refused';

  @UuidField({ optional: 'or-empty', description: 'uid of who did it' })
  actor?: string;

  @TextField({
    maxLength: 128,
    optional: 'or-empty',
    description: 'what it was done to: a uid, an app, an address …',
  })
  target?: string;

  @TextField({
    maxLength: 45,
    ...printableAscii,
    optional: 'or-empty',
    description: 'address it came from',
  })
  ip?: string;

  @TimestampField({ description: 'not before, milliseconds since the epoch' })
  from?: number;

  @TimestampField({ description: 'before, milliseconds since the epoch' })
  to?: number;
}

interface AuditActorDto {
  uid: string;
  user_name: string;
}

interface AuditTargetDto {
  type: string;
  id: string | null;
  name: string | null;
}

export class AuditEventDto {
  @ApiProperty({ type: 'integer', format: 'int64' })
  id: number;

  @ApiTime('when')
  time: number;

  @ApiProperty({ type: 'string', example: 'user.status-changed' })
  action: string;

  @ApiProperty({ enum: ['done', 'refused'], enumName: 'AuditOutcome' })
  outcome: string;

  // Spelt out: in OpenAPI 3.0 a reference to another schema cannot be made nullable.
  @ApiProperty({
    type: 'object',
    nullable: true,
    additionalProperties: false,
    required: ['uid', 'user_name'],
    properties: { uid: { type: 'string' }, user_name: { type: 'string' } },
    description: 'who did it; null: not signed in',
  })
  actor: AuditActorDto | null;

  @ApiProperty({
    type: 'object',
    nullable: true,
    additionalProperties: false,
    required: ['type', 'id', 'name'],
    properties: {
      type: { type: 'string', example: 'user' },
      id: { type: 'string', nullable: true },
      name: { type: 'string', nullable: true },
    },
    description: 'what it was done to',
  })
  target: AuditTargetDto | null;

  @ApiProperty({ type: 'string', nullable: true, description: 'address it came from' })
  ip: string | null;

  @ApiProperty({ type: 'object', nullable: true, additionalProperties: true })
  details: Record<string, unknown> | null;
}

export class AuditPageDto extends PageDto {
  @ApiProperty({ type: [AuditEventDto] })
  items: AuditEventDto[];
}

export function toAuditEventDto(event: AuditEvent): AuditEventDto {
  return {
    id: event.id,
    time: +event.at,
    action: event.action,
    outcome: event.outcome,
    actor: event.actorUid ? { uid: event.actorUid, user_name: event.actorName ?? '' } : null,
    target: event.targetType
      ? { type: event.targetType, id: event.targetId, name: event.targetName }
      : null,
    ip: event.address,
    details: event.details ? (JSON.parse(event.details) as Record<string, unknown>) : null,
  };
}
