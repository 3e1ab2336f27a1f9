import type { FastifyReply } from 'fastify';

/** Proxies cut connections that are silent for longer. */
const HEARTBEAT_MS = 15_000;
/** A client that does not read is disconnected before it fills our memory. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;
/** Time to fetch the last event; then the connection is cut with whatever was not read. */
const CLOSING_MS = 1_000;

export interface StreamEvent {
  /** Comes back as `Last-Event-ID` after a lost connection. */
  readonly id?: string;
  readonly event: string;
  readonly data: unknown;
}

/**
 * Server-sent events on one answer, which the framework no longer manages. `signal` aborts when the
 * stream ends.
 */
export class EventStream {
  private readonly gone = new AbortController();
  private readonly heartbeat: NodeJS.Timeout;

  constructor(private readonly reply: FastifyReply) {
    reply.hijack();
    const { raw } = reply;
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) raw.setHeader(name, value);
    }
    raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    raw.write(': open\n\n');
    this.heartbeat = setInterval(() => this.write(': still here\n\n'), HEARTBEAT_MS);
    raw.once('close', () => this.end());
    raw.once('error', () => this.end());
    if (raw.closed) setImmediate(() => this.end()); // the caller has gone meanwhile; no `close` follows
  }

  get signal(): AbortSignal {
    return this.gone.signal;
  }

  send(event: StreamEvent): void {
    this.write(textOf(event));
  }

  /** Nothing follows the last event. */
  end(last?: StreamEvent): void {
    if (this.gone.signal.aborted) return;
    clearInterval(this.heartbeat);
    this.gone.abort();
    const { raw } = this.reply;
    const cut = setTimeout(() => raw.destroy(), CLOSING_MS);
    raw.once('close', () => clearTimeout(cut));
    raw.end(last && textOf(last));
  }

  private write(text: string): void {
    if (this.gone.signal.aborted) return;
    this.reply.raw.write(text);
    if (this.reply.raw.writableLength > MAX_BUFFERED_BYTES) this.end();
  }
}

function textOf({ id, event, data }: StreamEvent): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
