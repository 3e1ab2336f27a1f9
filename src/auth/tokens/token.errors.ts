import { BusinessCode } from '../../platform/errors/business-code';
import { DomainError } from '../../platform/errors/domain-error';
import { bilingual } from '../../platform/i18n/bilingual';

/** No access token came with the request. */
export class TokenMissingError extends DomainError {
  constructor() {
    super({
      code: BusinessCode.Unauthenticated,
      kind: 'unauthenticated',
      message: bilingual(
        '请先登录，并在请求头 token 或 Authorization: Bearer 中携带 access_token',
        'Sign in first, and send the access token in the header `token` or as `Authorization: Bearer`',
      ),
    });
  }
}

/** The access token was good, but its time is over. */
export class TokenExpiredError extends DomainError {
  constructor() {
    super({
      code: BusinessCode.TokenExpired,
      kind: 'unauthenticated',
      message: bilingual(
        'token已过期，请用 refresh_token 换取新的 token',
        'The token has expired; exchange the refresh token for a new one',
      ),
    });
  }
}

/** Malformed, tampered with, revoked, or of a session that has ended. */
export class TokenInvalidError extends DomainError {
  constructor() {
    super({
      code: BusinessCode.TokenInvalid,
      kind: 'unauthenticated',
      message: bilingual('token无效，请重新登录', 'The token is not valid; sign in again'),
    });
  }
}

/** A refresh token that nobody used in time; only signing in helps. */
export class RefreshTokenExpiredError extends DomainError {
  constructor() {
    super({
      code: BusinessCode.TokenExpired,
      kind: 'unauthenticated',
      message: bilingual(
        'refresh_token已过期，请重新登录',
        'The refresh token has expired; sign in again',
      ),
    });
  }
}
