import { ApiProperty } from '@nestjs/swagger';
import type { UserRole } from '../accounts/user.entity';
import { TextField, UuidField } from '../http/fields';
import { ApiRole, ApiTime } from '../http/fields/api-fields';
import { PasswordField, UserNameField } from './passwords/credential-fields';
import type { Session } from './sessions/session.entity';
import type { IssuedTokens } from './tokens/access-tokens';

export class LoginDto {
  @UserNameField()
  user_name: string;

  @PasswordField()
  password: string;
}

export class RefreshDto {
  @TextField({ maxLength: 256, description: 'the refresh_token of a login or an earlier refresh' })
  refresh_token: string;
}

export class SidParamDto {
  @UuidField({ description: 'id of a session' })
  sid: string;
}

export class TokensDto {
  @ApiProperty({ type: 'string', format: 'uuid' })
  uid: string;

  @ApiRole()
  role: UserRole;

  @ApiProperty({ type: 'string', description: 'for the header `token`' })
  access_token: string;

  @ApiProperty({ type: 'string', description: 'valid for one `POST /user/refresh`' })
  refresh_token: string;

  @ApiTime('end of access_token')
  expired: number;
}

export class SessionDto {
  @ApiProperty({ type: 'string', format: 'uuid' })
  sid: string;

  @ApiProperty({ type: 'boolean', description: 'the session of this request' })
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

export function toTokensDto(issued: IssuedTokens): TokensDto {
  return {
    uid: issued.uid,
    role: issued.role,
    access_token: issued.accessToken,
    refresh_token: issued.refreshToken,
    expired: issued.expiresAt,
  };
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
