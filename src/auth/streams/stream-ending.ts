import { BusinessCode } from '../../platform/errors/business-code';
import type { DomainError } from '../../platform/errors/domain-error';
import { bilingual, type Bilingual, type Language } from '../../platform/i18n/bilingual';
import type { StreamEvent } from '../../http/streams/event-stream';
import {
  STREAM_END,
  type StreamEndDto,
  type StreamEndReason,
} from '../../http/streams/stream-end.dto';
import type { SessionEndReason } from '../sessions/session.entity';

/** Why a stream ends, before the language is known. */
export interface StreamEnding {
  readonly reason: StreamEndReason;
  readonly code: BusinessCode;
  readonly text: Bilingual;
}

export const ACCOUNT_CHANGED: StreamEnding = {
  reason: 'account-changed',
  code: BusinessCode.Forbidden,
  text: bilingual(
    '账号的角色或状态已改变，请重新打开事件流',
    'The role or status of the account has changed; open the stream again',
  ),
};

export const CLOSING: StreamEnding = {
  reason: 'closing',
  code: BusinessCode.InternalError,
  text: bilingual(
    '服务器正在关闭，请稍后重新打开事件流',
    'The server is shutting down; open the stream again shortly',
  ),
};

const SESSION_ENDED: Readonly<Record<SessionEndReason, Bilingual>> = {
  logout: bilingual('已退出登录', 'You have signed out'),
  removed: bilingual('该会话已被移除，请重新登录', 'This session was removed; sign in again'),
  'password-changed': bilingual(
    '密码已修改，请重新登录',
    'The password was changed; sign in again',
  ),
  deregistered: bilingual('该账号已注销', 'The account no longer exists'),
  'too-many-sessions': bilingual(
    '该账号登录次数过多，最早的会话已结束，请重新登录',
    'The account has too many sessions, so the oldest was ended; sign in again',
  ),
  'refresh-token-reused': bilingual(
    '该会话的 refresh_token 被重复使用，会话已结束，请重新登录',
    'A refresh token of this session was used twice, so it was ended; sign in again',
  ),
};

/** How a stream ends whose token is refused; `sessionEnd` where that is why. */
export function endingOf(
  { code, text }: DomainError,
  sessionEnd: SessionEndReason | null,
): StreamEnding {
  switch (code) {
    case BusinessCode.TokenExpired:
      return { reason: 'token-expired', code, text };
    case BusinessCode.TokenInvalid:
      return sessionEnd
        ? { reason: sessionEnd, code, text: SESSION_ENDED[sessionEnd] }
        : { reason: 'session-ended', code, text };
    case BusinessCode.AccountBanned:
      return { reason: 'banned', code, text };
    default:
      return { reason: 'unavailable', code: BusinessCode.InternalError, text };
  }
}

/** The last event of a stream. */
export function endEvent({ reason, code, text }: StreamEnding, language: Language): StreamEvent {
  return { event: STREAM_END, data: { reason, code, msg: text[language] } satisfies StreamEndDto };
}
