import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { RedisService } from '../../platform/redis/redis.service';
import type { CacheTopic, InvalidationListener } from './change-topic';

type Message =
  | { kind: 'forget'; id: string; from: string; topics: CacheTopic[] }
  | { kind: 'forgotten'; id: string; from: string };

/**
 * The quick way to make other nodes forget: a message over Redis and an acknowledgement from each.
 * Nothing depends on it but time.
 */
export class InvalidationMessages {
  private readonly channel: string;
  private readonly subscription: Redis;
  private readonly waiting = new Map<string, (node: string) => void>();

  constructor(
    private readonly redis: RedisService,
    private readonly nodeId: string,
    private readonly forget: InvalidationListener,
  ) {
    this.channel = redis.key('auth-changes');
    this.subscription = redis.connect({ autoResubscribe: false });
    this.subscription.on('ready', () => {
      this.subscription.subscribe(this.channel).catch(() => undefined);
    });
    this.subscription.on('message', (_channel, text) => this.receive(text));
  }

  /** Tells the nodes and resolves with those that did not acknowledge in time. */
  async tell(
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
      this.send({ kind: 'forget', id, from: this.nodeId, topics: [...topics] }).catch(stop);
    });
    this.waiting.delete(id);
    return [...silent];
  }

  close(): void {
    this.subscription.disconnect();
  }

  private async send(message: Message): Promise<void> {
    await this.redis.client.publish(this.channel, JSON.stringify(message));
  }

  private receive(text: string): void {
    const message = parse(text);
    if (!message || message.from === this.nodeId) return;
    switch (message.kind) {
      case 'forget':
        for (const topic of message.topics) this.forget(topic);
        this.send({ kind: 'forgotten', id: message.id, from: this.nodeId }).catch(() => undefined);
        return;
      case 'forgotten':
        this.waiting.get(message.id)?.(message.from);
        return;
    }
  }
}

/** Null for what is not ours: anybody with access to Redis may publish. */
function parse(text: string): Message | null {
  try {
    return JSON.parse(text) as Message;
  } catch {
    return null;
  }
}
