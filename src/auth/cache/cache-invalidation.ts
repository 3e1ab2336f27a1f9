import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { RedisService } from '../../platform/redis/redis.service';
import { runInTransaction } from '../../platform/database/run-in-transaction';
import {
  CacheLease,
  recordChange,
  type CacheTopic,
  type InvalidationListener,
} from './cache-lease';
import { InvalidationMessages } from './invalidation-messages';

/** Names inside a transaction what it changes. */
export type Invalidate = (topic: CacheTopic) => void;

/** How long an answer waits for acknowledgements of other nodes before it asks the database. */
const ACKNOWLEDGEMENT_MS = 300;

/**
 * Keeps the caches of all nodes in step, so that a ban holds from the very next request on, on every
 * node, without a database read per request.
 *
 * A node may use its caches only while it holds a lease: a row in the database that it renews every
 * second, reading the recent changes as it does. A change is written in its own transaction; before
 * the call answers, each other node with a lease has acknowledged it over Redis (milliseconds), has
 * renewed its lease since, or has lost it (seconds). Without Redis this is slower, never wrong. A
 * node that cannot renew reads the database.
 */
@Injectable()
export class CacheInvalidation implements OnModuleDestroy {
  private readonly logger = new Logger(CacheInvalidation.name);
  private readonly nodeId = randomUUID();
  private readonly listeners: InvalidationListener[] = [];
  private readonly lease: CacheLease;
  private readonly messages: InvalidationMessages;

  constructor(
    private readonly dataSource: DataSource,
    redis: RedisService,
  ) {
    const invalidate: InvalidationListener = (topic) => this.invalidate(topic);
    this.lease = new CacheLease(dataSource, this.nodeId, invalidate);
    this.messages = new InvalidationMessages(redis, this.nodeId, invalidate);
  }

  /** The listener runs synchronously. */
  onInvalidate(listener: InvalidationListener): void {
    this.listeners.push(listener);
  }

  /**
   * Resolves when caches may be used for a request that begins now; free of cost while the lease is
   * fresh. Rejects when the database cannot be reached: stale data never grants access.
   */
  ready(): Promise<void> | undefined {
    return this.lease.ensure();
  }

  /** Whether caches may be used at this moment. */
  usable(): boolean {
    return this.lease.check();
  }

  /**
   * Drops what changed from the caches of this node, and of the others as soon as Redis tells them;
   * nothing waits for them. For committed changes that allow and forbid nothing.
   */
  announce(topic: CacheTopic): void {
    this.invalidate(topic);
    this.messages.announce(topic);
  }

  /** As `announce`, and waits a moment for the nodes that hold a lease; never rejects. */
  async announceAndWait(topic: CacheTopic): Promise<void> {
    this.invalidate(topic);
    try {
      const { nodes } = await this.lease.otherHolders();
      if (nodes.length > 0) await this.messages.send([topic], nodes, ACKNOWLEDGEMENT_MS);
    } catch (error) {
      this.logger.warn(
        { err: error },
        'other nodes learn of a change of apps only within a second',
      );
    }
  }

  /**
   * Runs `work` in a transaction (again after a deadlock). What it invalidates is gone from the
   * caches of every node when the returned promise resolves.
   */
  async commit<T>(work: (tx: EntityManager, invalidate: Invalidate) => Promise<T>): Promise<T> {
    const { result, topics } = await runInTransaction(this.dataSource, async (tx) => {
      const topics = new Set<CacheTopic>();
      const result = await work(tx, (topic) => topics.add(topic));
      // Last in the transaction: the time of a change must be close to its commit.
      for (const topic of topics) await recordChange(tx, topic);
      return { result, topics: [...topics] };
    });
    if (topics.length > 0) await this.broadcast(topics);
    return result;
  }

  async onModuleDestroy(): Promise<void> {
    this.messages.close();
    await this.lease.release().catch(() => undefined);
  }

  private invalidate(topic: CacheTopic | null): void {
    for (const listener of this.listeners) listener(topic);
  }

  private async broadcast(topics: readonly CacheTopic[]): Promise<void> {
    for (const topic of topics) this.invalidate(topic);
    try {
      const { nodes, committedBefore } = await this.lease.otherHolders();
      if (nodes.length === 0) return;
      const silent = await this.messages.send(topics, nodes, ACKNOWLEDGEMENT_MS);
      if (silent.length > 0) await this.lease.waitUntilSynced(silent, committedBefore);
    } catch (error) {
      this.logger.warn({ err: error }, 'could not check whether other nodes know of a change');
      await this.lease.waitUntilExpired();
    }
  }
}
