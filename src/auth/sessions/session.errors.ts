import { domainError } from '../../platform/errors/domain-error';

export class SessionNotFoundError extends domainError(
  'not-found',
  '没有这个会话，或会话已结束',
  'There is no such session, or it has ended already',
) {}
