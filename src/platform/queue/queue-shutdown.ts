import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { Queue } from 'bull';

/** Longest time that one queue may take to close, in milliseconds. */
const GRACE_MS = 2_000;

type ClosableQueue = Queue & {
  /** Called by Nest at the end of a shutdown; set by @nestjs/bull. */
  onApplicationShutdown: () => Promise<void>;
  /** All connections of the queue; not in Bull's types. */
  readonly clients: readonly { disconnect(): void }[];
};

/**
 * Closing a queue waits for Redis, for ever when Redis is away. A job is lost only to Redis, never
 * to us (the row is the truth), so the shutdown goes on without it after a while.
 */
@Injectable()
export class QueueShutdown implements OnApplicationBootstrap {
  constructor(private readonly discovery: DiscoveryService) {}

  onApplicationBootstrap(): void {
    for (const { token, instance } of this.discovery.getProviders()) {
      if (typeof token !== 'string' || !token.startsWith('BullQueue_') || !instance) continue;
      const queue = instance as ClosableQueue;
      queue.onApplicationShutdown = () => closeInTime(queue);
    }
  }
}

async function closeInTime(queue: ClosableQueue): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, GRACE_MS);
  });
  await Promise.race([queue.close(true).catch(() => undefined), late]);
  clearTimeout(timer);
  for (const client of queue.clients) client.disconnect();
}
