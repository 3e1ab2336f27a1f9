import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource, IsNull, MoreThan, type EntityManager } from 'typeorm';
import { Settings } from '../../platform/config/settings';
import type { BoundStatement } from '../../platform/database/insert-rows';
import { newRefreshToken } from '../tokens/refresh-token';
import { TokenInvalidError } from '../tokens/token.errors';
import { RefreshToken } from './refresh-token.entity';
import { Session, type SessionEndReason } from './session.entity';

/** Live sessions of one account; one more sign-in ends the oldest. */
export const SESSIONS_PER_ACCOUNT = 100;

/** Where a sign-in comes from. */
export interface ClientInfo {
  readonly address: string;
  readonly userAgent: string;
}

/** Opens, lists and ends sessions. Callers commit through `CacheInvalidation` and invalidate the user. */
@Injectable()
export class SessionService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
  ) {}

  /** A new session with its first refresh token: the statements that store them, in this order. */
  newSession(
    userId: number,
    client: ClientInfo,
  ): { sid: string; refreshToken: string; statements: BoundStatement[] } {
    const now = new Date();
    const sid = randomUUID();
    const { token, hash } = newRefreshToken();
    const { refreshAbsoluteSeconds, refreshIdleSeconds } = this.settings;
    return {
      sid,
      refreshToken: token,
      statements: [
        {
          sql: `INSERT INTO auth_sessions
              (sid, userId, createdAt, lastUsedAt, expiresAt, address, userAgent) VALUES (?)`,
          values: [
            [
              sid,
              userId,
              now,
              now,
              new Date(+now + refreshAbsoluteSeconds * 1000),
              client.address,
              client.userAgent.slice(0, 255),
            ],
          ],
        },
        {
          sql: `INSERT INTO refresh_tokens (sessionId, hash, createdAt, expiresAt)
            VALUES (LAST_INSERT_ID(), ?, ?, ?)`,
          values: [hash, now, new Date(+now + refreshIdleSeconds * 1000)],
        },
      ],
    };
  }

  /** Stores a refresh token of the session. */
  async addRefreshToken(
    tx: EntityManager,
    sessionId: number,
    hash: string,
    now: Date,
  ): Promise<void> {
    await tx.insert(RefreshToken, {
      sessionId,
      hash,
      createdAt: now,
      expiresAt: new Date(+now + this.settings.refreshIdleSeconds * 1000),
      spentAt: null,
    });
  }

  /** Sessions that can still be refreshed, latest used first. */
  live(userId: number): Promise<Session[]> {
    return this.dataSource.manager.find(Session, {
      where: { userId, endedAt: IsNull(), expiresAt: MoreThan(new Date()) },
      order: { lastUsedAt: 'DESC', id: 'DESC' },
    });
  }

  /** @throws TokenInvalidError when the session has been ended, or never was */
  async requireLive(sid: string, tx: EntityManager = this.dataSource.manager): Promise<void> {
    if (!(await tx.existsBy(Session, { sid, endedAt: IsNull() }))) throw new TokenInvalidError();
  }

  /** Why a session was ended; null where it was not, or only by time. */
  async endReasonOf(sid: string): Promise<SessionEndReason | null> {
    const session = await this.dataSource.manager.findOne(Session, {
      select: { endReason: true },
      where: { sid },
    });
    return session?.endReason ?? null;
  }

  /** Ends one live session of the user; false when there is none of that id. */
  async end(
    tx: EntityManager,
    userId: number,
    sid: string,
    reason: SessionEndReason,
  ): Promise<boolean> {
    const { affected } = await tx.update(
      Session,
      { userId, sid, endedAt: IsNull() },
      { endedAt: new Date(), endReason: reason },
    );
    return affected === 1;
  }

  /** Ends every live session of the user except `exceptSid`; returns how many. */
  async endAll(
    tx: EntityManager,
    userId: number,
    reason: SessionEndReason,
    exceptSid = '',
  ): Promise<number> {
    const result = await tx
      .createQueryBuilder()
      .update(Session)
      .set({ endedAt: new Date(), endReason: reason })
      .where('userId = :userId AND endedAt IS NULL AND sid <> :exceptSid', { userId, exceptSid })
      .execute();
    return result.affected ?? 0;
  }

  /** The sessions that a further one is too many for. */
  surplus(userId: number): BoundStatement {
    return {
      sql: `SELECT id FROM auth_sessions WHERE userId = ? AND endedAt IS NULL AND expiresAt > ?
        ORDER BY lastUsedAt DESC, id DESC LIMIT 1000 OFFSET ${SESSIONS_PER_ACCOUNT - 1}`,
      values: [userId, new Date()],
    };
  }

  /** Ends the sessions that a further one is too many for. */
  async endSurplus(tx: EntityManager, userId: number): Promise<void> {
    const { sql, values } = this.surplus(userId);
    const rows: { id: string }[] = await tx.query(sql, [...values]);
    const end = { endedAt: new Date(), endReason: 'too-many-sessions' } as const;
    for (const { id } of rows) await tx.update(Session, { id: Number(id) }, end);
  }
}
