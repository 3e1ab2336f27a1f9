import { BusinessCode } from '../../platform/errors/business-code';
import { domainError } from '../../platform/errors/domain-error';

/** No access token came with the request. */
export class TokenMissingError extends domainError(
  'unauthenticated',
  '请先登录，并在请求头 token 或 Authorization: Bearer 中携带 access_token',
  'Sign in first, and send the access token in the header `token` or as `Authorization: Bearer`',
) {}

/** The access token has expired. */
export class TokenExpiredError extends domainError(
  'unauthenticated',
  'token已过期，请用 refresh_token 换取新的 token',
  'The token has expired; exchange the refresh token for a new one',
  { code: BusinessCode.TokenExpired },
) {}

/** Malformed, tampered with, revoked, or of a session that has ended. */
export class TokenInvalidError extends domainError(
  'unauthenticated',
  'token无效，请重新登录',
  'The token is not valid; sign in again',
  { code: BusinessCode.TokenInvalid },
) {}

/** Unknown, used, expired or of another path: nothing tells them apart. */
export class TicketInvalidError extends domainError(
  'unauthenticated',
  '事件流票据无效、已使用、已过期或属于其他路径，请重新申请',
  'The ticket is unknown, used, expired or of another path; ask for a new one',
  { code: BusinessCode.TokenInvalid },
) {}

/** The refresh token has expired; only signing in helps. */
export class RefreshTokenExpiredError extends domainError(
  'unauthenticated',
  'refresh_token已过期，请重新登录',
  'The refresh token has expired; sign in again',
  { code: BusinessCode.TokenExpired },
) {}
