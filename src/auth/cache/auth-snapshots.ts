import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DataSource } from 'typeorm';
import type { AccountFacts } from '../../accounts/user.entity';
import { CacheInvalidation } from './cache-invalidation';

const MAX_CACHED_ACCOUNTS = 20_000;

/** An account as it was when it was read. */
export interface AuthSnapshot extends AccountFacts {
  readonly userId: number;
  /** Sessions that have not been ended, with their latest end in milliseconds since the epoch. */
  readonly sessions: ReadonlyMap<string, number>;
  /** Sessions that were looked up and have ended; they never become live again. */
  readonly endedSessions: Set<string>;
}

interface SnapshotRow extends AccountFacts {
  id: string;
  sid: string | null;
  sessionEnd: Date | null;
}

/** Accounts as the guard sees them, cached while {@link CacheInvalidation} permits it. */
@Injectable()
export class AuthSnapshots {
  private readonly cached = new LRUCache<string, AuthSnapshot>({ max: MAX_CACHED_ACCOUNTS });
  private readonly loading = new Map<string, Promise<AuthSnapshot | null>>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly caches: CacheInvalidation,
  ) {
    caches.onInvalidate((topic) => {
      if (topic === null) {
        this.cached.clear();
        this.loading.clear();
      } else if (topic.startsWith('user:')) {
        this.drop(topic.slice('user:'.length));
      }
    });
  }

  /**
   * The account and whether the session is live; null when there is no such account. A session that
   * is not in the cache is looked up once: it may be newer than the cached account.
   */
  async find(uid: string, sid: string): Promise<AuthSnapshot | null> {
    await this.caches.ready();
    const snapshot = this.cached.get(uid) ?? (await this.load(uid));
    if (!snapshot || snapshot.sessions.has(sid) || snapshot.endedSessions.has(sid)) return snapshot;
    // A read that is under way may be older than the session; a token is younger than its session.
    this.drop(uid);
    const newer = await this.load(uid);
    if (newer && !newer.sessions.has(sid)) newer.endedSessions.add(sid);
    return newer;
  }

  /** The account, if it is in the cache and the cache may be used at this moment. */
  findNow(uid: string): AuthSnapshot | null {
    return this.caches.usable() ? (this.cached.get(uid) ?? null) : null;
  }

  private drop(uid: string): void {
    this.cached.delete(uid);
    this.loading.delete(uid);
  }

  private load(uid: string): Promise<AuthSnapshot | null> {
    const running = this.loading.get(uid);
    if (running) return running;
    const load: Promise<AuthSnapshot | null> = this.read(uid)
      .then((snapshot) => {
        // An invalidation during the read removed this entry: the result may be old and is not cached.
        if (snapshot && this.loading.get(uid) === load) this.cached.set(uid, snapshot);
        return snapshot;
      })
      .finally(() => {
        if (this.loading.get(uid) === load) this.loading.delete(uid);
      });
    this.loading.set(uid, load);
    return load;
  }

  private async read(uid: string): Promise<AuthSnapshot | null> {
    const rows: SnapshotRow[] = await this.dataSource.query(
      `SELECT u.id, u.uid, u.name, u.role, u.status, u.credentialVersion, u.pendingApproval,
              u.computeQuota, u.createdAt, u.lastLoginAt, u.lastLoginAddress,
              s.sid, s.expiresAt AS sessionEnd
       FROM users u
       LEFT JOIN auth_sessions s
         ON s.userId = u.id AND s.endedAt IS NULL AND s.expiresAt > UTC_TIMESTAMP(3)
       WHERE u.uid = ?`,
      [uid],
    );
    const first = rows[0];
    if (!first) return null;
    const sessions = new Map<string, number>();
    for (const { sid, sessionEnd } of rows) if (sid && sessionEnd) sessions.set(sid, +sessionEnd);
    const pendingApproval = Boolean(first.pendingApproval);
    return {
      ...first,
      pendingApproval,
      userId: Number(first.id),
      sessions,
      endedSessions: new Set(),
    };
  }
}
