import { createHmac, timingSafeEqual } from 'node:crypto';
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
 * reaches the port first must not own the machine. The token is derived from the key that all nodes
 * share, kept in `<dataDir>/secrets/setup-token` (mode 0600) and printed by `npm start`; it has no
 * effect once there is an administrator.
 */
@Injectable()
export class SetupToken {
  private readonly logger = new Logger(SetupToken.name);
  readonly value: string;
  readonly path: string;

  constructor({ dataDir }: Settings, { secret }: AccessTokens) {
    this.value = createHmac('sha256', secret).update(SETUP_TOKEN_HEADER).digest('hex').slice(0, 32);
    this.path = join(dataDir, 'secrets', 'setup-token');
  }

  /** Whether the request may register the first account. */
  permits(origin: RequestOrigin): boolean {
    const given = origin.headers[SETUP_TOKEN_HEADER];
    return (typeof given === 'string' && this.matches(given)) || isLocal(origin, inContainer());
  }

  /** Writes the file of the token, or removes it when the token is not needed any more. */
  publish(needed: boolean): void {
    if (!needed) {
      rmSync(this.path, { force: true });
      return;
    }
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    writeFileSync(this.path, `${this.value}\n`, { mode: 0o600 });
    this.logger.log(`no administrator yet; the set-up token is in ${this.path}`);
  }

  private matches(given: string): boolean {
    const [own, other] = [Buffer.from(this.value), Buffer.from(given)];
    return own.length === other.length && timingSafeEqual(own, other);
  }
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
