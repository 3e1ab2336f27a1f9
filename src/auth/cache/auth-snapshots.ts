import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { UserRole } from '../../accounts/user-role';
import type { UserStatus } from '../../accounts/user-status';
import { LruMap } from '../tokens/lru-map';
import type { AuthSnapshot } from './auth-snapshot';
import { CacheInvalidation } from './cache-invalidation';

const REMEMBERED_ACCOUNTS = 20_000;

interface SnapshotRow {
  id: string;
  name: string;
  role: UserRole;
  status: UserStatus;
  credentialVersion: number;
  sid: string | null;
  sessionEnd: Date | null;
}

/** Accounts as the guard sees them, remembered while the {@link CacheInvalidation} says they may be. */
@Injectable()
export class AuthSnapshots {
  private readonly remembered = new LruMap<string, AuthSnapshot>(REMEMBERED_ACCOUNTS);
  private readonly loading = new Map<string, Promise<AuthSnapshot | null>>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly caches: CacheInvalidation,
  ) {
    caches.onInvalidate((topic) => {
      if (topic === null) {
        this.remembered.clear();
        this.loading.clear();
      } else if (topic.startsWith('user:')) {
        const uid = topic.slice('user:'.length);
        this.remembered.delete(uid);
        this.loading.delete(uid);
      }
    });
  }

  /**
   * The account and whether the session lives; null when there is no such account. A session that
   * is not in memory is looked up once: it may be newer than what is remembered.
   */
  async find(uid: string, sid: string): Promise<AuthSnapshot | null> {
    await this.caches.ready();
    const snapshot = this.remembered.get(uid) ?? (await this.load(uid));
    if (!snapshot || snapshot.sessions.has(sid) || snapshot.overSessions.has(sid)) return snapshot;
    // A read that is under way may be older than the session; a token is younger than its session.
    this.remembered.delete(uid);
    this.loading.delete(uid);
    const newer = await this.load(uid);
    if (newer && !newer.sessions.has(sid)) newer.overSessions.add(sid);
    return newer;
  }

  private load(uid: string): Promise<AuthSnapshot | null> {
    const running = this.loading.get(uid);
    if (running) return running;
    const load: Promise<AuthSnapshot | null> = this.read(uid)
      .then((snapshot) => {
        // A change during the read removed this entry: what was read may be old and is not kept.
        if (snapshot && this.loading.get(uid) === load) this.remembered.set(uid, snapshot);
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
      `SELECT u.id, u.name, u.role, u.status, u.credentialVersion,
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
    return {
      userId: Number(first.id),
      uid,
      name: first.name,
      role: first.role,
      status: first.status,
      credentialVersion: first.credentialVersion,
      sessions,
      overSessions: new Set(),
    };
  }
}
