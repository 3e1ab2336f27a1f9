import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Settings } from '../../platform/config/settings';
import { DomainError } from '../../platform/errors/domain-error';
import { bilingual } from '../../platform/i18n/bilingual';

/** Slots come free when somebody closes a stream: nothing says when, so ask again soon. */
const RETRY_AFTER_SECONDS = 5;

export class TooManyStreamsError extends DomainError {
  constructor(whose: 'user' | 'all', limit: number) {
    const text = {
      user: bilingual(
        `您打开的事件流已达 ${limit} 个上限，请先关闭其中一个`,
        `You have ${limit} event streams open, which is the limit; close one first`,
      ),
      all: bilingual(
        `服务器的事件流已达 ${limit} 个上限，请稍后重试`,
        `${limit} event streams are open on this server, which is the limit; try again shortly`,
      ),
    };
    super('too-many', text[whose], { retryAfterSeconds: RETRY_AFTER_SECONDS });
  }
}

/** The refusal of one stream too many, for the OpenAPI document. */
export const TOO_MANY_STREAMS = new TooManyStreamsError('user', 20);

/** Counts the open event streams of this process, so that nobody can hold its sockets and memory. */
@Injectable()
export class StreamSlots {
  private readonly byUser = new Map<string, number>();
  private open = 0;

  constructor(private readonly settings: Settings) {}

  /**
   * Holds a slot until the connection of this answer is gone, however it ends.
   * @throws TooManyStreamsError
   */
  hold(uid: string, { raw }: FastifyReply): void {
    const { maxStreams, maxStreamsPerUser } = this.settings;
    const own = this.byUser.get(uid) ?? 0;
    if (own >= maxStreamsPerUser) throw new TooManyStreamsError('user', maxStreamsPerUser);
    if (this.open >= maxStreams) throw new TooManyStreamsError('all', maxStreams);
    if (raw.closed) return; // the caller has gone meanwhile, and no `close` will follow
    this.byUser.set(uid, own + 1);
    this.open++;
    raw.once('close', () => this.release(uid));
  }

  private release(uid: string): void {
    const left = (this.byUser.get(uid) ?? 0) - 1;
    if (left > 0) this.byUser.set(uid, left);
    else this.byUser.delete(uid);
    this.open--;
  }
}
