import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { DependencyUnavailableError } from '../../http/errors/request.errors';
import { RedisService } from '../../platform/redis/redis.service';
import { SecretBox } from '../../platform/secrets/secret-box';
import { consume, RateLimiters } from '../throttle/rate-limiters';
import { TicketInvalidError } from './token.errors';

export const TICKET_SECONDS = 30;
const TICKET = /^[0-9a-f]{64}$/;
/** What the tag of a sealed token is bound to. */
const CONTEXT = 'stream-ticket';

/**
 * Tickets that stand in for an access token in the address of one event stream: a browser's
 * `EventSource` can send no headers, and a token in an address would end up in histories and logs. A
 * ticket is good for one use of one path within half a minute. Redis holds neither the ticket nor the
 * token: the key is a hash of the ticket, the token is encrypted with it.
 */
@Injectable()
export class StreamTickets {
  private readonly limiter: RateLimiterAbstract;

  constructor(
    private readonly redis: RedisService,
    limiters: RateLimiters,
  ) {
    this.limiter = limiters.create('stream-ticket', { uses: 120, seconds: 60 });
  }

  /** @throws TooManyAttemptsError, DependencyUnavailableError */
  async issue(
    uid: string,
    token: string,
    path: string,
  ): Promise<{ ticket: string; expiresAt: Date }> {
    await consume(this.limiter, uid);
    const ticket = randomBytes(32).toString('hex');
    const expiresAt = new Date(Date.now() + TICKET_SECONDS * 1_000);
    const sealed = boxOf(ticket).seal(JSON.stringify({ token, path }), CONTEXT);
    await this.redis.client
      .set(this.key(ticket), sealed, 'EX', TICKET_SECONDS)
      .catch((error: unknown) => {
        throw new DependencyUnavailableError(error);
      });
    return { ticket, expiresAt };
  }

  /**
   * The access token that the ticket stands for. The ticket is spent, whatever the outcome.
   *
   * @throws TicketInvalidError, DependencyUnavailableError
   */
  async redeem(ticket: unknown, path: string): Promise<string> {
    if (typeof ticket !== 'string' || !TICKET.test(ticket)) throw new TicketInvalidError();
    const key = this.key(ticket);
    const [[failure, sealed] = []] = await this.redis.client
      .multi()
      .getBuffer(key)
      .del(key)
      .exec()
      .then((results) => results ?? [])
      .catch((error: unknown) => {
        throw new DependencyUnavailableError(error);
      });
    if (failure) throw new DependencyUnavailableError(failure);
    if (!Buffer.isBuffer(sealed)) throw new TicketInvalidError();
    const issued = JSON.parse(boxOf(ticket).open(sealed, CONTEXT)) as {
      token: string;
      path: string;
    };
    if (issued.path !== path) throw new TicketInvalidError();
    return issued.token;
  }

  private key(ticket: string): string {
    return this.redis.key('stream-ticket', hash(`key:${ticket}`).toString('hex'));
  }
}

/** Opens with the ticket only. */
function boxOf(ticket: string): SecretBox {
  return new SecretBox(hash(ticket));
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
