import { createHash, createSecretKey } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import { LRUCache } from 'lru-cache';
import type { User, UserRole } from '../../accounts/user.entity';
import type { Settings } from '../../platform/config/settings';
import { storedSecret } from '../../platform/secrets/stored-secret';
import { TokenExpiredError, TokenInvalidError } from './token.errors';

/** The content of an access token; role and status are not in it, they are read as they are now. */
export interface AccessClaims {
  readonly uid: string;
  /** Session. */
  readonly sid: string;
  /** Version of the account's credentials; a changed password makes older tokens void. */
  readonly ver: number;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** What a token says of its account. */
export type TokenHolder = Pick<User, 'uid' | 'role' | 'credentialVersion'>;

/** What signing in or refreshing gives. */
export interface IssuedTokens {
  readonly uid: string;
  readonly role: UserRole;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** End of the access token, milliseconds since the epoch. */
  readonly expiresAt: number;
}

const ISSUER = 'stackscape';
const AUDIENCE = 'stackscape-api';
/** No token of ours comes near; longer ones are not worth a signature check. */
const MAX_TOKEN_LENGTH = 1024;
const MAX_CACHED_TOKENS = 20_000;

/**
 * Signs and verifies access tokens: JWT, HS256 and nothing else. Verified tokens are cached until
 * they expire, because a verification costs far more than a look-up, which takes less than a microsecond. Whether
 * the session is still live is checked elsewhere, on every request.
 */
export class AccessTokens {
  private readonly jwt: JwtService;
  /** Names the key in every token and reveals nothing else about it. */
  readonly keyId: string;
  private readonly verified = new LRUCache<string, AccessClaims>({ max: MAX_CACHED_TOKENS });

  /** `secret`: at least 32 bytes. `lifetimeSeconds`: how long a token is valid. */
  constructor(
    /** Also derives refresh tokens, see `successorOf`. */
    readonly secret: Buffer,
    private readonly lifetimeSeconds: number,
  ) {
    if (secret.length < 32) throw new Error('The token secret must have at least 32 bytes');
    this.keyId = createHash('sha256').update('kid').update(secret).digest('hex').slice(0, 16);
    this.jwt = new JwtService({
      // Of bytes the library tries to make a private key first, each time.
      secret: createSecretKey(secret),
      signOptions: { algorithm: 'HS256', issuer: ISSUER, audience: AUDIENCE, keyid: this.keyId },
      verifyOptions: { algorithms: ['HS256'], issuer: ISSUER, audience: AUDIENCE },
    });
  }

  /** With the key of the settings or, without one, a key kept in the data folder. */
  static from({ jwtSecret, dataDir, accessTokenSeconds }: Settings): AccessTokens {
    const key = jwtSecret ? Buffer.from(jwtSecret) : storedSecret(dataDir, 'jwt-secret');
    return new AccessTokens(key, accessTokenSeconds);
  }

  /** The pair of tokens for a session of the account. */
  issuePair(user: TokenHolder, sid: string, refreshToken: string): IssuedTokens {
    const { uid, role, credentialVersion: ver } = user;
    const { token: accessToken, expiresAt } = this.issue({ uid, sid, ver });
    return { uid, role, accessToken, refreshToken, expiresAt };
  }

  issue(claims: { uid: string; sid: string; ver: number }): { token: string; expiresAt: number } {
    const issued = Math.floor(Date.now() / 1000);
    const exp = issued + this.lifetimeSeconds;
    const token = this.jwt.sign({
      sub: claims.uid,
      sid: claims.sid,
      ver: claims.ver,
      iat: issued,
      exp,
    });
    return { token, expiresAt: exp * 1000 };
  }

  /** @throws TokenExpiredError, TokenInvalidError */
  verify(token: string): AccessClaims {
    let claims = this.verified.get(token);
    if (!claims) {
      claims = this.check(token);
      this.verified.set(token, claims);
    }
    if (claims.expiresAt <= Date.now()) {
      this.verified.delete(token);
      throw new TokenExpiredError();
    }
    return claims;
  }

  /** Claims of a token that was verified before and has not expired; null for any other. */
  findVerified(token: string): AccessClaims | null {
    const claims = this.verified.get(token);
    return claims && claims.expiresAt > Date.now() ? claims : null;
  }

  private check(token: string): AccessClaims {
    if (token.length > MAX_TOKEN_LENGTH) throw new TokenInvalidError();
    let decoded: { header: { kid?: unknown }; payload: Record<string, unknown> };
    try {
      decoded = this.jwt.verify(token, { complete: true });
    } catch (error) {
      if (error instanceof Error && error.name === 'TokenExpiredError')
        throw new TokenExpiredError();
      throw new TokenInvalidError();
    }
    const { sub, sid, ver, exp } = decoded.payload;
    if (
      decoded.header.kid !== this.keyId ||
      typeof sub !== 'string' ||
      typeof sid !== 'string' ||
      typeof ver !== 'number' ||
      typeof exp !== 'number'
    ) {
      throw new TokenInvalidError();
    }
    return { uid: sub, sid, ver, expiresAt: exp * 1000 };
  }
}
