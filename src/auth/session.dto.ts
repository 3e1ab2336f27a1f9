import { ApiProperty } from '@nestjs/swagger';
import { ApiTime } from '../http/fields/api-fields';
import type { Session } from './sessions/session.entity';

export class SessionDto {
  @ApiProperty({ type: 'string', format: 'uuid' })
  sid: string;

  @ApiProperty({ type: 'boolean', description: 'the session of this very request' })
  current: boolean;

  @ApiProperty({ type: 'string', example: '203.0.113.7', description: 'where it was opened from' })
  address: string;

  @ApiProperty({ type: 'string', example: 'Mozilla/5.0 (X11; Linux x86_64)' })
  user_agent: string;

  @ApiTime('when it was opened')
  created: number;

  @ApiTime('last refresh')
  last_used: number;

  @ApiTime('latest end, whatever is refreshed')
  expired: number;
}

export function toSessionDto(session: Session, currentSid: string): SessionDto {
  return {
    sid: session.sid,
    current: session.sid === currentSid,
    address: session.address,
    user_agent: session.userAgent,
    created: +session.createdAt,
    last_used: +session.lastUsedAt,
    expired: +session.expiresAt,
  };
}
