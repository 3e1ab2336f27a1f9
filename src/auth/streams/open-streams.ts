import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CurrentUser, RequestWithUser } from '../../http/access/current-user';
import { toDomainError } from '../../http/errors/to-domain-error';
import { requestLanguage } from '../../http/request/request-context';
import { EventStream } from '../../http/streams/event-stream';
import { StreamSlots } from '../../http/streams/stream-slots';
import { DatabaseUnavailableError } from '../../platform/database/database-errors';
import { BusinessCode } from '../../platform/errors/business-code';
import type { Language } from '../../platform/i18n/bilingual';
import { withDeadline } from '../../platform/waiting/deadline';
import { accessTokenOf } from '../access/access-token.strategy';
import { Authenticator } from '../access/authenticator';
import { CacheInvalidation } from '../cache/cache-invalidation';
import type { CacheTopic } from '../cache/cache-lease';
import type { SessionEndReason } from '../sessions/session.entity';
import { SessionService } from '../sessions/session.service';
import { TokenMissingError } from '../tokens/token.errors';
import { ACCOUNT_CHANGED, CLOSING, endEvent, endingOf, type StreamEnding } from './stream-ending';

/** Finds what no message tells of: the end of a token, and changes while Redis is away. */
const CHECK_EVERY_MS = 500;
/** A check that takes longer ends the stream: access that cannot be checked is not granted. */
const MAX_CHECK_MS = 1_000;
/** A stream whose session has ended goes on no longer than this until the reason is found. */
const MAX_REASON_MS = 300;

interface OpenStream {
  readonly stream: EventStream;
  readonly token: string;
  /** As it was when the guard let the call in. */
  readonly user: CurrentUser;
  readonly language: Language;
}

/**
 * The event streams that this process has open. A stream outlives the check of the guard, so its
 * token and account are checked again: at once when something about the account has changed on any
 * node, and on a clock. All streams of one token share a check, which costs no query while the
 * account is cached.
 */
@Injectable()
export class OpenStreams implements OnModuleDestroy {
  private readonly logger = new Logger(OpenStreams.name);
  private readonly streams = new Set<OpenStream>();
  private clock: NodeJS.Timeout | null = null;
  private checking = false;

  constructor(
    private readonly authenticator: Authenticator,
    private readonly sessions: SessionService,
    private readonly slots: StreamSlots,
    caches: CacheInvalidation,
  ) {
    caches.onInvalidate((topic) => this.onInvalidate(topic));
  }

  /**
   * Answers an admitted request with a stream, which ends with an event that says why when the
   * token, the session, the role or the status of the caller does.
   * @throws TooManyStreamsError
   */
  open(request: FastifyRequest & RequestWithUser, reply: FastifyReply): EventStream {
    return this.reserve(request, reply)();
  }

  /**
   * Holds the place of a stream until the returned function opens it, for a caller that may still fail
   * before; the place is free again when the answer has ended.
   * @throws TooManyStreamsError
   */
  reserve(request: FastifyRequest & RequestWithUser, reply: FastifyReply): () => EventStream {
    const token = accessTokenOf(request.headers);
    const { user } = request;
    if (token === null || !user) throw new TokenMissingError();
    this.slots.hold(user.uid, reply);
    return () => this.opened(new EventStream(reply), token, user, requestLanguage(request));
  }

  private opened(
    stream: EventStream,
    token: string,
    user: CurrentUser,
    language: Language,
  ): EventStream {
    const opened: OpenStream = { stream, token, user, language };
    this.streams.add(opened);
    stream.signal.addEventListener('abort', () => this.forget(opened), { once: true });
    this.clock ??= setInterval(() => void this.checkOnClock(), CHECK_EVERY_MS);
    // The account may have changed between the guard and here.
    this.checkSoon((other) => other === opened);
    return stream;
  }

  onModuleDestroy(): void {
    this.end([...this.streams], CLOSING);
  }

  private onInvalidate(topic: CacheTopic | null): void {
    if (topic === null) this.checkSoon(() => true);
    else if (topic.startsWith('user:')) this.checkSoon(({ user }) => topic === `user:${user.uid}`);
  }

  /** After every cache has dropped what changed: listeners run one after the other. */
  private checkSoon(which: (stream: OpenStream) => boolean): void {
    if (this.streams.size === 0) return;
    setImmediate(() => void this.check([...this.streams].filter(which)));
  }

  private async checkOnClock(): Promise<void> {
    if (this.checking) return;
    this.checking = true;
    await this.check([...this.streams]);
    this.checking = false;
  }

  private async check(streams: readonly OpenStream[]): Promise<void> {
    const byToken = new Map<string, OpenStream[]>();
    for (const stream of streams) {
      const sharing = byToken.get(stream.token);
      if (sharing) sharing.push(stream);
      else byToken.set(stream.token, [stream]);
    }
    await Promise.all([...byToken].map(([token, sharing]) => this.checkToken(token, sharing)));
  }

  /** Never rejects. */
  private async checkToken(token: string, streams: readonly OpenStream[]): Promise<void> {
    try {
      const now = await withDeadline(this.authenticator.authenticate(token), MAX_CHECK_MS, () => {
        throw new DatabaseUnavailableError();
      });
      const changed = ({ user }: OpenStream): boolean =>
        user.role !== now.role || user.status !== now.status;
      this.end(streams.filter(changed), ACCOUNT_CHANGED);
    } catch (error) {
      const failure = toDomainError(error);
      if (failure.kind === 'internal')
        this.logger.error({ err: error }, 'the access of open streams could not be checked');
      const sessionEnd =
        failure.code === BusinessCode.TokenInvalid
          ? await this.whySessionEnded(streams[0]?.user.sid ?? '')
          : null;
      this.end(streams, endingOf(failure, sessionEnd));
    }
  }

  private whySessionEnded(sid: string): Promise<SessionEndReason | null> {
    const reason = this.sessions.endReasonOf(sid).catch(() => null);
    return withDeadline(reason, MAX_REASON_MS, () => null);
  }

  private end(streams: readonly OpenStream[], ending: StreamEnding): void {
    for (const { stream, language } of streams) stream.end(endEvent(ending, language));
  }

  private forget(stream: OpenStream): void {
    this.streams.delete(stream);
    if (this.streams.size > 0 || !this.clock) return;
    clearInterval(this.clock);
    this.clock = null;
  }
}
