import { Injectable } from '@nestjs/common';
import { CacheInvalidation } from '../../auth/cache/cache-invalidation';

const TOPIC = 'apps';

/** Tells whoever remembers installations and their ports that some of them changed, on every node. */
@Injectable()
export class InstallationChanges {
  constructor(private readonly caches: CacheInvalidation) {}

  /** The listener runs synchronously. */
  onChange(listener: () => void): void {
    this.caches.onInvalidate((topic) => {
      if (topic === TOPIC || topic === null) listener();
    });
  }

  /** After the commit; other nodes know as soon as Redis tells them. */
  tell(): void {
    this.caches.announce(TOPIC);
  }

  /** The same, and waits for the other nodes: for what a client asks about next, wherever it asks. */
  tellAndWait(): Promise<void> {
    return this.caches.announceAndWait(TOPIC);
  }
}
