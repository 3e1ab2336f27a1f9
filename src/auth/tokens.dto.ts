import { ApiProperty } from '@nestjs/swagger';
import { ApiRole } from '../http/fields/api-fields';
import type { UserRole } from '../accounts/user-role';
import type { IssuedTokens } from './sessions/issued-tokens';

export class TokensDto {
  @ApiProperty({ type: 'string', format: 'uuid' })
  uid: string;

  @ApiRole()
  role: UserRole;

  @ApiProperty({ type: 'string', description: 'for the header `token`' })
  access_token: string;

  @ApiProperty({ type: 'string', description: 'good for one `POST /user/refresh`' })
  refresh_token: string;

  @ApiProperty({
    type: 'integer',
    format: 'int64',
    example: 1658676108943,
    description: 'end of access_token, milliseconds since the epoch',
  })
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
