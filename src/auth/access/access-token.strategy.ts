import type { IncomingHttpHeaders } from 'node:http';
import type { Request } from 'express';
import { Strategy } from 'passport-strategy';
import { TokenMissingError } from '../tokens/token.errors';
import type { Authenticator } from './authenticator';

/**
 * Passport strategy for our access tokens: header `token` as documented, or `Authorization: Bearer`
 * for standard clients. Never a cookie or a query string, which a foreign page could send along.
 */
export class AccessTokenStrategy extends Strategy {
  readonly name = 'access-token';

  constructor(private readonly authenticator: Authenticator) {
    super();
  }

  override authenticate(request: Pick<Request, 'headers'>): void {
    const token = accessTokenOf(request.headers);
    if (token === null) {
      this.error(new TokenMissingError());
      return;
    }
    this.authenticator.authenticate(token).then(
      (user) => this.success(user),
      (error: Error) => this.error(error),
    );
  }
}

/** The access token of a request; `token` goes before `Authorization`. Null when there is none. */
export function accessTokenOf(headers: IncomingHttpHeaders): string | null {
  const own = headers['token'];
  if (typeof own === 'string' && own.trim() !== '') return own.trim();
  const bearer = /^Bearer +(\S.*)$/i.exec(headers.authorization ?? '');
  return bearer?.[1]?.trim() ?? null;
}
