import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AuthGuard, PassportStrategy, type IAuthGuard } from '@nestjs/passport';
import type { Request } from 'express';
import passport from 'passport';
import { Strategy } from 'passport-strategy';
import type { CurrentUser } from '../../http/access/current-user';
import { TokenMissingError } from '../tokens/token.errors';

type Verify = (token: string, done: (error: Error | null, user?: CurrentUser) => void) => void;

/**
 * Takes the access token from the header `token`, as documented, or from `Authorization: Bearer`
 * for standard clients. Never from a cookie or a query string, which a foreign page could send.
 */
class HeaderTokenStrategy extends Strategy {
  constructor(private readonly verify: Verify) {
    super();
  }

  override authenticate(request: Pick<Request, 'headers'>): void {
    const token = accessTokenOf(request.headers);
    if (token === null) return this.error(new TokenMissingError());
    this.verify(token, (error, user) => (error ? this.error(error) : this.success(user)));
  }
}

/**
 * A guard that sets `request.user` or rejects with the error of `authenticate`. Nest registers
 * strategies on one global passport, so each application in a process gets a name of its own;
 * `dispose` removes it.
 */
export function createTokenGuard(authenticate: (token: string) => Promise<CurrentUser>): {
  guard: IAuthGuard;
  dispose: () => void;
} {
  const name = `access-token-${randomUUID()}`;
  class AccessTokenStrategy extends PassportStrategy(HeaderTokenStrategy, name) {
    validate(token: string): Promise<CurrentUser> {
      return authenticate(token);
    }
  }
  new AccessTokenStrategy();
  return { guard: new (AuthGuard(name))(), dispose: () => passport.unuse(name) };
}

/** The access token of a request; `token` precedes `Authorization`. Null when there is none. */
export function accessTokenOf(headers: IncomingHttpHeaders): string | null {
  const own = headers['token'];
  if (typeof own === 'string' && own.trim() !== '') return own.trim();
  const bearer = /^Bearer +(\S.*)$/i.exec(headers.authorization ?? '');
  return bearer?.[1]?.trim() ?? null;
}
