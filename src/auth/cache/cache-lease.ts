import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { CacheTopic, InvalidationListener } from './change-topic';

/** How long the database grants a lease; the node itself stops using it earlier. */
const GRANTED_MS = 3_000;
const USED_MS = 2_500;
/** Renewed by the first request after this time. */
const RENEW_AFTER_MS = 1_000;
/** Changes this old are read at every renewal; no transaction takes that long after noting one. */
const WINDOW_SECONDS = 60;

interface ChangeRow {
  now: string;
  id: string | null;
  topic: CacheTopic | null;
}

/**
 * A node's permission to use what it remembers. Renewed by requests, not by a timer, so an idle
 * node costs nothing. All times compared are of one clock: the database's between nodes, this
 * process's monotonic one inside it.
 */
export class CacheLease {
  private readonly logger = new Logger(CacheLease.name);
  private usableUntil = 0;
  private renewedAt = Number.NEGATIVE_INFINITY;
  private renewing: Promise<void> | null = null;
  private knownChanges = new Set<string>();
  private givenUp = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly nodeId: string,
    private readonly forget: InvalidationListener,
  ) {}

  /** Undefined when the lease is good; otherwise settles with its renewal. */
  ensure(): Promise<void> | undefined {
    const now = performance.now();
    if (now < this.usableUntil) {
      if (now - this.renewedAt > RENEW_AFTER_MS)
        this.renew().catch((error: unknown) =>
          this.logger.warn({ err: error }, 'the lease on remembered accounts was not renewed'),
        );
      return undefined;
    }
    return this.renew();
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

  /** Waits until each of the nodes has read the changes up to then, or has no lease any more. */
  async waitUntilSynced(nodes: readonly string[], committedBefore: string): Promise<void> {
    const end = performance.now() + GRANTED_MS;
    while (performance.now() < end) {
      await pause(50);
      const behind: unknown[] = await this.dataSource.query(
        `SELECT nodeId FROM auth_nodes
         WHERE leaseUntil > UTC_TIMESTAMP(6) AND syncedAt < ? AND nodeId IN (?)`,
        [committedBefore, nodes],
      );
      if (behind.length === 0) return;
    }
  }

  /** After this time every lease that was not renewed, with its reading of changes, has ended. */
  waitOut(): Promise<void> {
    return pause(GRANTED_MS);
  }

  async giveUp(): Promise<void> {
    this.givenUp = true;
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
    this.takeIn(rows, started);
    if (rows.some((row) => row.id !== null)) {
      await this.dataSource.query('UPDATE auth_nodes SET syncedAt = ? WHERE nodeId = ?', [
        rows[0]?.now,
        this.nodeId,
      ]);
    }
    if (this.givenUp) return;
    this.renewedAt = started;
    this.usableUntil = started + USED_MS;
  }

  /** Forgets what changed; after a gap, everything. */
  private takeIn(rows: readonly ChangeRow[], started: number): void {
    const seen = new Set<string>();
    const gap = started >= this.usableUntil;
    if (gap) this.forget(null);
    for (const { id, topic } of rows) {
      if (id === null || topic === null) continue;
      seen.add(id);
      if (!gap && !this.knownChanges.has(id)) this.forget(topic);
    }
    this.knownChanges = seen;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
