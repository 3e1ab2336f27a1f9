import { setTimeout as sleep } from 'node:timers/promises';

export interface LoadRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
}

export interface LoadFigures {
  readonly sent: number;
  readonly answered: number;
  /** Those that had another status than 200, or no answer, by what went wrong. */
  readonly failures: Readonly<Record<string, number>>;
  /** Of all answers, milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly slowest: number;
}

/** Sends requests at an even rate, whether those before were answered or not, to several addresses in turn. */
export class SteadyLoad {
  private readonly open = new Set<Promise<void>>();
  private readonly times: number[] = [];
  private readonly failures: Record<string, number> = {};
  private sent = 0;
  private isEnding = false;
  private readonly sending: Promise<void>;

  constructor(
    private readonly urls: readonly string[],
    private readonly token: string,
    private readonly requests: readonly LoadRequest[],
    perSecond: number,
  ) {
    this.sending = this.run(perSecond);
  }

  async end(): Promise<LoadFigures> {
    this.isEnding = true;
    await this.sending;
    await Promise.all(this.open);
    const sorted = this.times.toSorted((a, b) => a - b);
    const at = (share: number) => Math.round(sorted[Math.floor(sorted.length * share)] ?? 0);
    return {
      sent: this.sent,
      answered: sorted.length,
      failures: this.failures,
      p50: at(0.5),
      p99: at(0.99),
      slowest: Math.round(sorted.at(-1) ?? 0),
    };
  }

  private async run(perSecond: number): Promise<void> {
    const begun = performance.now();
    while (!this.isEnding) {
      const due = Math.floor(((performance.now() - begun) / 1000) * perSecond);
      while (this.sent < due) {
        const work = this.send(this.sent++).finally(() => this.open.delete(work));
        this.open.add(work);
      }
      await sleep(5);
    }
  }

  private async send(number: number): Promise<void> {
    const { method, path, body } = this.requests[number % this.requests.length]!;
    const begun = performance.now();
    try {
      const response = await fetch(this.urls[number % this.urls.length] + path, {
        method,
        headers: { token: this.token, ...(body ? { 'content-type': 'application/json' } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
        signal: AbortSignal.timeout(30_000),
      });
      await response.text();
      if (response.status === 200) this.times.push(performance.now() - begun);
      else this.failed(`${method} ${path}: ${response.status}`);
    } catch (error) {
      const { message, cause } = error as Error;
      this.failed(`${method} ${path}: ${message} ${(cause as Error | undefined)?.message ?? ''}`);
    }
  }

  private failed(how: string): void {
    this.failures[how] = (this.failures[how] ?? 0) + 1;
  }
}
