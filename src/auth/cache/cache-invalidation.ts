import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { RedisService } from '../../platform/redis/redis.service';
import { runInTransaction } from '../../platform/database/run-in-transaction';
import { InvalidationMessages } from './invalidation-messages';
import type { CacheTopic, InvalidationListener } from './change-topic';
import { CacheLease } from './cache-lease';

/** Says inside a transaction what it changes. */
export type Invalidate = (topic: CacheTopic) => void;

/** How long an answer waits for other nodes to say that they have forgotten, before it asks the database. */
const ACKNOWLEDGEMENT_MS = 300;

/**
 * Keeps what every node remembers in step, so that a ban holds on the very next request, on every
 * node, without a database read a request.
 *
 * A node may use its memory only while it holds a lease, a row in the database that it renews every
 * second and that tells it then of every change of late. Who changes something writes that into the
 * same transaction and, before it answers, waits until each other node that holds a lease has
 * acknowledged over Redis (milliseconds), has renewed its lease since, or has lost it (seconds).
 * Without Redis it is slower; it is never wrong. A node that cannot renew reads the database.
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
    const forget: InvalidationListener = (topic) => this.forget(topic);
    this.lease = new CacheLease(dataSource, this.nodeId, forget);
    this.messages = new InvalidationMessages(redis, this.nodeId, forget);
  }

  /** Calls back, synchronously, whenever something remembered must be forgotten. */
  onInvalidate(listener: InvalidationListener): void {
    this.listeners.push(listener);
  }

  /**
   * Resolves when memory may be used for a request that begins now; costs nothing while the lease
   * is fresh. Rejects when the database cannot be asked: then nobody is let in on old knowledge.
   */
  ready(): Promise<void> | undefined {
    return this.lease.ensure();
  }

  /**
   * Runs `work` in a transaction (again after a deadlock). What it `invalidate`es is forgotten on every
   * node when the returned promise resolves.
   */
  async commit<T>(work: (tx: EntityManager, invalidate: Invalidate) => Promise<T>): Promise<T> {
    const { result, topics } = await runInTransaction(this.dataSource, async (tx) => {
      const invalidated = new Set<CacheTopic>();
      const result = await work(tx, (topic) => invalidated.add(topic));
      const topics = [...invalidated];
      // Last in the transaction: the time of a change must be close to its commit.
      for (const topic of topics)
        await tx.query('INSERT INTO auth_changes (topic, at) VALUES (?, UTC_TIMESTAMP(6))', [
          topic,
        ]);
      return { result, topics };
    });
    if (topics.length > 0) await this.spread(topics);
    return result;
  }

  async onModuleDestroy(): Promise<void> {
    this.messages.close();
    await this.lease.giveUp().catch(() => undefined);
  }

  private forget(topic: CacheTopic | null): void {
    for (const listener of this.listeners) listener(topic);
  }

  private async spread(topics: readonly CacheTopic[]): Promise<void> {
    for (const topic of topics) this.forget(topic);
    try {
      const { nodes, committedBefore } = await this.lease.otherHolders();
      if (nodes.length === 0) return;
      const silent = await this.messages.tell(topics, nodes, ACKNOWLEDGEMENT_MS);
      if (silent.length > 0) await this.lease.waitUntilSynced(silent, committedBefore);
    } catch (error) {
      this.logger.warn({ err: error }, 'cannot ask whether other nodes know of a change');
      await this.lease.waitOut();
    }
  }
}
