import { parseEvents, type ReadEvent } from './event-reader';

/** One server-sent event stream that is read until the server ends it. */
export class OpenStream {
  readonly events: ReadEvent[] = [];
  /** When the last byte came, on the clock of `performance.now`; null while it is open. */
  endedAt: number | null = null;
  private readonly hangUp = new AbortController();

  private constructor(readonly url: string) {}

  /** Resolves when the server has answered with a stream. */
  static async open(url: string, token: string, language = 'zh'): Promise<OpenStream> {
    const opened = new OpenStream(url);
    const response = await fetch(url, {
      headers: { token, accept: 'text/event-stream', 'accept-language': language },
      signal: opened.hangUp.signal,
    });
    if (!response.ok || !response.body)
      throw new Error(`no event stream: ${response.status} ${await response.text()}`);
    void opened.readAll(response.body as AsyncIterable<Uint8Array>);
    return opened;
  }

  /** The last event; undefined when none came. */
  get last(): ReadEvent | undefined {
    return this.events.at(-1);
  }

  close(): void {
    this.hangUp.abort();
  }

  private async readAll(body: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const event of parseEvents(body)) this.events.push(event);
    } catch {
      // Hung up, or cut by the server: the last event tells which.
    } finally {
      this.endedAt = performance.now();
    }
  }
}
