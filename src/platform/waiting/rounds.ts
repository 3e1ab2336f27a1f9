/** Work that is done in rounds, one at a time. A round that fails is told to `onFailure`; the next one tries again. */
export class Rounds {
  private timer: NodeJS.Timeout | undefined;
  private current: Promise<void> | null = null;
  private stopped = false;

  constructor(
    private readonly round: () => Promise<unknown>,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** A round each `ms` milliseconds from now on; none where the last one is not over. */
  every(ms: number): void {
    this.timer = setInterval(() => void this.now(), ms).unref();
  }

  /** Begins a round, or joins the one that is under way. Never rejects. */
  now(): Promise<void> {
    if (this.stopped) return Promise.resolve();
    this.current ??= this.round()
      .then(() => undefined, this.onFailure)
      .finally(() => {
        this.current = null;
      });
    return this.current;
  }

  /** No further rounds; resolves when the last one is over. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.current;
  }
}
