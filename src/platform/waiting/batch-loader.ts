interface Waiting<V> {
  readonly promise: Promise<V | undefined>;
  readonly resolve: (value: V | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Answers look-ups of single keys by one read for many: those that come while a read is under way
 * wait for its end and go together into the next one. No look-up is answered by a read that began
 * before it.
 */
export class BatchLoader<K, V> {
  private waiting = new Map<K, Waiting<V>>();
  private reading = false;

  /** @param read values by key; a key without a value is left out */
  constructor(
    private readonly read: (keys: K[]) => Promise<ReadonlyMap<K, V>>,
    private readonly maxKeys = 100,
  ) {}

  /** The value of this key, or undefined where there is none. */
  load(key: K): Promise<V | undefined> {
    let entry = this.waiting.get(key);
    if (!entry) {
      entry = waiting<V>();
      this.waiting.set(key, entry);
      if (!this.reading) void this.readAll();
    }
    return entry.promise;
  }

  private async readAll(): Promise<void> {
    this.reading = true;
    while (this.waiting.size > 0) {
      // Requests of the same turn of the event loop come together.
      await Promise.resolve();
      const batch = new Map([...this.waiting].slice(0, this.maxKeys));
      for (const key of batch.keys()) this.waiting.delete(key);
      try {
        const values = await this.read([...batch.keys()]);
        for (const [key, { resolve }] of batch) resolve(values.get(key));
      } catch (error) {
        for (const { reject } of batch.values()) reject(error);
      }
    }
    this.reading = false;
  }
}

function waiting<V>(): Waiting<V> {
  let resolve: Waiting<V>['resolve'] = () => undefined;
  let reject: Waiting<V>['reject'] = () => undefined;
  const promise = new Promise<V | undefined>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
