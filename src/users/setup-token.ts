import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { dirname, join } from 'node:path';
import { Injectable, Logger } from '@nestjs/common';
import { AccessTokens } from '../auth/tokens/access-tokens';
import { IpNetwork } from '../platform/addresses/ip-network';
import { inContainer } from '../platform/config/in-container';
import { Settings } from '../platform/config/settings';

/** Header of the first registration that carries the set-up token. */
export const SETUP_TOKEN_HEADER = 'setup-token';

const FORWARDING_HEADERS = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
];
const LOOPBACK = ['127.0.0.0/8', '::1'].flatMap((text) => IpNetwork.parse(text) ?? []);

/** Where a request comes from, as far as the connection shows it. */
export interface RequestOrigin {
  readonly remoteAddress: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Proves that the first registration, which makes the administrator, comes from the operator: whoever
 * reaches the port first must not own the machine. The token is derived from the key that all processes
 * share and from a salt in the database, kept in `<dataDir>/secrets/setup-token` (mode 0600) and
 * printed by `npm start`. It has no effect once there is an administrator, and its use changes the
 * salt: where all accounts are lost, or the database is made anew, another token is needed.
 */
@Injectable()
export class SetupToken {
  private readonly logger = new Logger(SetupToken.name);
  readonly path: string;
  /** As it was last published. */
  value = '';

  constructor(
    { dataDir }: Settings,
    private readonly key: AccessTokens,
  ) {
    this.path = join(dataDir, 'secrets', 'setup-token');
  }

  private of(salt: string): string {
    const text = `${SETUP_TOKEN_HEADER}:${salt}`;
    return createHmac('sha256', this.key.secret).update(text).digest('hex').slice(0, 32);
  }

  /**
   * Whether the request may register the first account.
   * @param salt as the database has it now
   */
  permits(origin: RequestOrigin, salt: string): boolean {
    const given = origin.headers[SETUP_TOKEN_HEADER];
    return (
      (typeof given === 'string' && isSame(given, this.of(salt))) || isLocal(origin, inContainer())
    );
  }

  /** Writes the file of the token, or removes it when the token is not needed any more. */
  publish(salt: string, needed: boolean): void {
    this.value = this.of(salt);
    if (!needed) {
      rmSync(this.path, { force: true });
      return;
    }
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    writeFileSync(this.path, `${this.value}\n`, { mode: 0o600 });
    this.logger.log(`no administrator yet; the set-up token is in ${this.path}`);
  }
}

/** What makes the next set-up token of a database another one. */
export function newSetupSalt(): string {
  return randomBytes(16).toString('hex');
}

function isSame(given: string, expected: string): boolean {
  const [own, other] = [Buffer.from(expected), Buffer.from(given)];
  return own.length === other.length && timingSafeEqual(own, other);
}

/** From this machine and not through a proxy. In a container that cannot be told: connections are forwarded into it. */
export function isLocal({ remoteAddress, headers }: RequestOrigin, container: boolean): boolean {
  const peer = IpNetwork.parse(remoteAddress ?? '');
  return (
    !container &&
    peer !== null &&
    LOOPBACK.some((network) => network.contains(peer)) &&
    FORWARDING_HEADERS.every((name) => headers[name] === undefined)
  );
}
