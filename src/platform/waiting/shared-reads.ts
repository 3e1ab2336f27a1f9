/**
 * Lets concurrent callers share a read without ever getting an older answer than a read of their
 * own would give: a call that comes while a read is under way shares the next one, which begins when
 * this one has ended. Results are shared, so callers must not change them.
 */
export class SharedReads {
  private readonly reads = new Map<
    string,
    { current: Promise<unknown>; next?: Promise<unknown> }
  >();

  /** The result of a read of this key that begins after this call. */
  read<T>(key: string, read: () => Promise<T>): Promise<T> {
    const running = this.reads.get(key);
    if (!running) return this.begin(key, read);
    running.next ??= running.current.then(
      () => this.begin(key, read),
      () => this.begin(key, read),
    );
    return running.next as Promise<T>;
  }

  private begin<T>(key: string, read: () => Promise<T>): Promise<T> {
    const current = read();
    const running: { current: Promise<unknown>; next?: Promise<unknown> } = { current };
    this.reads.set(key, running);
    const end = (): void => {
      if (!running.next) this.reads.delete(key);
    };
    current.then(end, end);
    return current;
  }
}
