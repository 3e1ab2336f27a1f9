import { STREAM_END } from '../../src/http/streams/stream-end.dto';

export interface ReadEvent {
  readonly id: string | null;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** Reads server-sent events until `until` is satisfied, then hangs up. */
export async function readEvents(
  url: string,
  token: string,
  options: {
    readonly until: (events: readonly ReadEvent[]) => boolean;
    readonly lastEventId?: string;
    readonly deadlineMs?: number;
  },
): Promise<ReadEvent[]> {
  const abort = new AbortController();
  const deadline = setTimeout(() => abort.abort(), options.deadlineMs ?? 60_000);
  const events: ReadEvent[] = [];
  try {
    for await (const event of stream(url, token, abort.signal, options.lastEventId)) {
      events.push(event);
      if (options.until(events)) return events;
    }
    throw new Error(`the stream ended after ${events.length} events`);
  } finally {
    clearTimeout(deadline);
    abort.abort();
  }
}

/** Hands over server-sent events until the server goes away, in order or not; not the one that says so. */
export async function readUntilCut(
  url: string,
  token: string,
  onEvent: (event: ReadEvent) => void,
): Promise<void> {
  const abort = new AbortController();
  try {
    for await (const event of stream(url, token, abort.signal))
      if (event.event !== STREAM_END) onEvent(event);
  } catch (error) {
    if ((error as Error).name !== 'TypeError') throw error; // fetch's word for a connection that broke
  }
}

async function* stream(
  url: string,
  token: string,
  signal: AbortSignal,
  lastEventId?: string,
): AsyncGenerator<ReadEvent> {
  const headers = {
    token,
    accept: 'text/event-stream',
    ...(lastEventId ? { 'last-event-id': lastEventId } : {}),
  };
  const response = await fetch(url, { headers, signal });
  if (!response.headers.get('content-type')?.startsWith('text/event-stream') || !response.body) {
    throw new Error(`no event stream: ${response.status} ${await response.text()}`);
  }
  yield* parseEvents(response.body as AsyncIterable<Uint8Array>);
}

/** The events in the body of a stream. */
export async function* parseEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ReadEvent> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const event = parse(text.slice(0, end));
      text = text.slice(end + 2);
      if (event) yield event;
    }
  }
}

function parse(block: string): ReadEvent | null {
  const fields = new Map(
    block
      .split('\n')
      .filter((line) => !line.startsWith(':'))
      .map((line) => {
        const colon = line.indexOf(': ');
        return [line.slice(0, colon), line.slice(colon + 2)] as const;
      }),
  );
  const data = fields.get('data');
  if (data === undefined) return null;
  return {
    id: fields.get('id') ?? null,
    event: fields.get('event') ?? 'message',
    data: JSON.parse(data) as Record<string, unknown>,
  };
}
