import { ApiProperty } from '@nestjs/swagger';
import { BusinessCode } from '../../platform/errors/business-code';

const REASONS = [
  'token-expired',
  'logout',
  'removed',
  'password-changed',
  'deregistered',
  'too-many-sessions',
  'refresh-token-reused',
  'session-ended',
  'banned',
  'account-changed',
  'unavailable',
  'closing',
] as const;

/** Why the server ends a stream. */
export type StreamEndReason = (typeof REASONS)[number];

/** Names the last event of a stream that the server ends. */
export const STREAM_END = 'end';

/** The data of the last event of a stream that the server ends. */
export class StreamEndDto {
  @ApiProperty({
    type: 'string',
    enum: REASONS,
    enumName: 'StreamEndReason',
    description:
      '`token-expired`: refresh it and open the stream again after the last event. `account-changed`: role or status ' +
      'is another now; open it again for what is permitted. `unavailable` (whether the token still holds cannot be ' +
      'checked) and `closing` (the server shuts down): open it again later. All others: the session or the account has ended.',
  })
  reason: StreamEndReason;

  @ApiProperty({
    type: 'integer',
    enum: [
      BusinessCode.TokenExpired,
      BusinessCode.TokenInvalid,
      BusinessCode.AccountBanned,
      BusinessCode.Forbidden,
      BusinessCode.InternalError,
    ],
    example: BusinessCode.TokenExpired,
    description: 'What the next call with this token is answered; see the code table',
  })
  code: BusinessCode;

  @ApiProperty({ type: 'string', example: 'token已过期，请用 refresh_token 换取新的 token' })
  msg: string;
}
