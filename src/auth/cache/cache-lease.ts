import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';

/** What others remember or wait for: one account, the list of banned addresses, the installed apps, or work on backups. */
export type CacheTopic = `user:${string}` | 'addresses' | 'apps' | 'backups';

/** Drops the topic from a cache; null means everything. */
export type InvalidationListener = (topic: CacheTopic | null) => void;

/** How long the database grants a lease; the node itself stops using it earlier. */
const GRANTED_MS = 3_000;
const USED_MS = 2_500;
/** Renewed by the first request after this time. */
const RENEW_AFTER_MS = 1_000;
/** Changes this old are read at every renewal; no transaction takes that long after recording one. */
const WINDOW_SECONDS = 60;

interface ChangeRow {
  now: string;
  id: string | null;
  topic: CacheTopic | null;
}

/** Records in the transaction of a change what it invalidates; nodes read it at their next renewal. */
export async function recordChange(tx: EntityManager, topic: CacheTopic): Promise<void> {
  await tx.query('INSERT INTO auth_changes (topic, at) VALUES (?, UTC_TIMESTAMP(6))', [topic]);
}

/**
 * A node's permission to use its caches. Renewed by requests, not by a timer, so an idle node costs
 * nothing. Times are compared on one clock only: the database's between nodes, the monotonic clock
 * of this process inside it.
 */
export class CacheLease {
  private readonly logger = new Logger(CacheLease.name);
  private usableUntil = 0;
  private renewedAt = Number.NEGATIVE_INFINITY;
  private renewing: Promise<void> | null = null;
  private knownChanges = new Set<string>();
  private released = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly nodeId: string,
    private readonly invalidate: InvalidationListener,
  ) {}

  /** Whether the lease is valid at this moment; one that grows old is renewed in the background. */
  check(): boolean {
    const now = performance.now();
    if (now >= this.usableUntil) return false;
    if (now - this.renewedAt > RENEW_AFTER_MS)
      this.renew().catch((error: unknown) =>
        this.logger.warn({ err: error }, 'the lease on cached accounts was not renewed'),
      );
    return true;
  }

  /** Undefined while the lease is valid; otherwise settles with its renewal. */
  ensure(): Promise<void> | undefined {
    return this.check() ? undefined : this.renew();
  }

  /** Nodes that hold a lease at this moment, besides this one. */
  async otherHolders(): Promise<{ nodes: string[]; committedBefore: string }> {
    const rows: { now: string; nodeId: string | null }[] = await this.dataSource.query(
      `SELECT CAST(UTC_TIMESTAMP(6) AS CHAR) AS now, n.nodeId
       FROM (SELECT 1) one
       LEFT JOIN auth_nodes n ON n.leaseUntil > UTC_TIMESTAMP(6) AND n.nodeId <> ?`,
      [this.nodeId],
    );
    return {
      nodes: rows.flatMap((row) => (row.nodeId === null ? [] : [row.nodeId])),
      committedBefore: rows[0]?.now ?? '',
    };
  }

  /** Waits until each of the nodes has read the changes up to then, or has lost its lease. */
  async waitUntilSynced(nodes: readonly string[], committedBefore: string): Promise<void> {
    const end = performance.now() + GRANTED_MS;
    while (performance.now() < end) {
      await delay(50);
      const behind: unknown[] = await this.dataSource.query(
        `SELECT nodeId FROM auth_nodes
         WHERE leaseUntil > UTC_TIMESTAMP(6) AND syncedAt < ? AND nodeId IN (?)`,
        [committedBefore, nodes],
      );
      if (behind.length === 0) return;
    }
  }

  /** Until every lease has either been renewed, which reads the changes, or expired. */
  waitUntilExpired(): Promise<void> {
    return delay(GRANTED_MS);
  }

  async release(): Promise<void> {
    this.released = true;
    this.usableUntil = 0;
    await this.renewing?.catch(() => undefined);
    if (this.renewedAt > 0)
      await this.dataSource.query('DELETE FROM auth_nodes WHERE nodeId = ?', [this.nodeId]);
  }

  private renew(): Promise<void> {
    this.renewing ??= this.renewNow().finally(() => {
      this.renewing = null;
    });
    return this.renewing;
  }

  private async renewNow(): Promise<void> {
    const started = performance.now();
    await this.dataSource.query(
      `INSERT INTO auth_nodes (nodeId, leaseUntil, syncedAt)
       VALUES (?, UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND, '1970-01-02')
       ON DUPLICATE KEY UPDATE leaseUntil = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND`,
      [this.nodeId, GRANTED_MS * 1000, GRANTED_MS * 1000],
    );
    const rows: ChangeRow[] = await this.dataSource.query(
      `SELECT CAST(UTC_TIMESTAMP(6) AS CHAR) AS now, c.id, c.topic
       FROM (SELECT 1) one
       LEFT JOIN auth_changes c ON c.at > UTC_TIMESTAMP(6) - INTERVAL ? SECOND`,
      [WINDOW_SECONDS],
    );
    this.apply(rows, started);
    if (rows.some((row) => row.id !== null)) {
      await this.dataSource.query('UPDATE auth_nodes SET syncedAt = ? WHERE nodeId = ?', [
        rows[0]?.now,
        this.nodeId,
      ]);
    }
    if (this.released) return;
    this.renewedAt = started;
    this.usableUntil = started + USED_MS;
  }

  /** Invalidates what changed; after a gap between two leases, everything. */
  private apply(rows: readonly ChangeRow[], started: number): void {
    const seen = new Set<string>();
    const gap = started >= this.usableUntil;
    if (gap) this.invalidate(null);
    for (const { id, topic } of rows) {
      if (id === null || topic === null) continue;
      seen.add(id);
      if (!gap && !this.knownChanges.has(id)) this.invalidate(topic);
    }
    this.knownChanges = seen;
  }
}
