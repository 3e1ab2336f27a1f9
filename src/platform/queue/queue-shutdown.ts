import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Queue } from 'bull';
import { withDeadline } from '../waiting/deadline';
import { QueueRegistry } from './queue-registry';

/** How long one queue may take to close. */
const GRACE_MS = 2_000;

type ClosableQueue = Queue & {
  /** Called by Nest at the end of a shutdown; set by @nestjs/bull. */
  onApplicationShutdown: () => Promise<void>;
  /** All connections of the queue; not in Bull's types. */
  readonly clients: readonly { disconnect(): void }[];
};

/**
 * Closing a queue waits for Redis, indefinitely when Redis is unavailable. The row is the truth and a job only
 * a hint, so the shutdown goes on without it.
 */
@Injectable()
export class QueueShutdown implements OnApplicationBootstrap {
  constructor(private readonly queues: QueueRegistry) {}

  onApplicationBootstrap(): void {
    for (const queue of this.queues.all() as readonly ClosableQueue[]) {
      queue.onApplicationShutdown = async () => {
        await closeQueue(queue, GRACE_MS);
        for (const client of queue.clients) client.disconnect();
      };
    }
  }
}

/** Closes without waiting for running jobs, and for Redis at most `ms`. Never rejects. */
export function closeQueue(queue: Queue, ms: number): Promise<void> {
  const closed = queue.close(true).catch(() => undefined);
  return withDeadline<void>(closed, ms, () => undefined);
}
