import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { RedisService } from '../../platform/redis/redis.service';
import type { CacheTopic, InvalidationListener } from './cache-lease';

type Message =
  | { kind: 'invalidate'; id: string; from: string; topics: CacheTopic[] }
  | { kind: 'acknowledged'; id: string; from: string };

/**
 * The fast path of an invalidation: a message over Redis and an acknowledgement from each node. It
 * saves time; correctness does not depend on it.
 */
export class InvalidationMessages {
  private readonly channel: string;
  private readonly subscription: Redis;
  private readonly waiting = new Map<string, (node: string) => void>();

  constructor(
    private readonly redis: RedisService,
    private readonly nodeId: string,
    private readonly invalidate: InvalidationListener,
  ) {
    this.channel = redis.key('auth-changes');
    this.subscription = redis.connect({ autoResubscribe: false });
    this.subscription.on('ready', () => {
      this.subscription.subscribe(this.channel).catch(() => undefined);
    });
    this.subscription.on('message', (_channel, text) => this.receive(text));
  }

  /** Resolves with the nodes that did not acknowledge in time. */
  async send(
    topics: readonly CacheTopic[],
    nodes: readonly string[],
    withinMs: number,
  ): Promise<string[]> {
    const id = randomUUID();
    const silent = new Set(nodes);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      const stop = () => {
        clearTimeout(timer);
        resolve();
      };
      this.waiting.set(id, (node) => {
        silent.delete(node);
        if (silent.size === 0) stop();
      });
      this.publish({ kind: 'invalidate', id, from: this.nodeId, topics: [...topics] }).catch(stop);
    });
    this.waiting.delete(id);
    return [...silent];
  }

  /** Tells the other nodes and waits for none of them. */
  announce(topic: CacheTopic): void {
    const id = randomUUID();
    this.publish({ kind: 'invalidate', id, from: this.nodeId, topics: [topic] }).catch(
      () => undefined,
    );
  }

  close(): void {
    this.subscription.disconnect();
  }

  private async publish(message: Message): Promise<void> {
    await this.redis.client.publish(this.channel, JSON.stringify(message));
  }

  private receive(text: string): void {
    const message = parse(text);
    if (!message || message.from === this.nodeId) return;
    switch (message.kind) {
      case 'invalidate':
        for (const topic of message.topics) this.invalidate(topic);
        this.publish({ kind: 'acknowledged', id: message.id, from: this.nodeId }).catch(
          () => undefined,
        );
        return;
      case 'acknowledged':
        this.waiting.get(message.id)?.(message.from);
        return;
    }
  }
}

/** Null for a foreign message: any client of Redis may publish. */
function parse(text: string): Message | null {
  try {
    return JSON.parse(text) as Message;
  } catch {
    return null;
  }
}
