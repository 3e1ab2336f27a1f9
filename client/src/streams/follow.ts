import type { Caller } from '../calls/caller.js';
import { readFailure } from '../calls/read-answer.js';
import { delay } from '../calls/retry.js';
import {
  ConnectionError,
  isBrokenConnection,
  NotSignedIn,
  ServiceUnavailable,
  TooManyRequests,
  UnexpectedAnswer,
} from '../errors.js';
import { EventParser, type RawEvent } from './event-parser.js';
import { mayReopen, refusalOf, type StreamEnd } from './stream-end.js';

export interface StreamOptions {
  /** Ends the stream: the loop ends without an error. */
  readonly signal?: AbortSignal | undefined;
  /** Goes on after the event of this id. */
  readonly lastEventId?: string | undefined;
  /** Called when the connection is lost, with the reason, and each time it stands (again) with null. */
  readonly onConnection?: ((lost: Error | null) => void) | undefined;
}

/** The server is never silent for longer than 15 s. */
const SILENCE_MS = 45_000;
/** A connection that is not answered within this time is given up: a dead network says nothing. */
const CONNECT_MS = 15_000;
const LONGEST_PAUSE_MS = 5_000;

/**
 * The events of a path, over lost connections and ended tokens, until the signal or `break`. After a
 * lost connection it goes on after the last event received. `path` may differ at each connection.
 *
 * @throws ApiError when the server refuses or ends the stream for good, e.g. NotSignedIn,
 * AccountBanned, PermissionDenied, NotFound
 */
export async function* follow(
  caller: Caller,
  path: string | (() => string),
  { signal, lastEventId, onConnection }: StreamOptions = {},
): AsyncGenerator<RawEvent, void, undefined> {
  const ended = new AbortController();
  const all = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal;
  let last = lastEventId;
  let failures = 0;
  let end: StreamEnd | null = null;
  try {
    while (!all.aborted) {
      const silence = new AbortController();
      try {
        const signals = AbortSignal.any([all, silence.signal]);
        const at = typeof path === 'string' ? path : path();
        const late = setTimeout(() => silence.abort(), CONNECT_MS);
        const response = await connect(caller, at, last, signals).finally(() => clearTimeout(late));
        onConnection?.(null);
        end = null;
        const connectedAt = Date.now();
        for await (const event of read(response, silence)) {
          if (event.type === 'end') {
            end = JSON.parse(event.data) as StreamEnd;
            break;
          }
          failures = 0;
          last = event.id ?? last;
          yield event;
        }
        if (Date.now() - connectedAt > LONGEST_PAUSE_MS) failures = 0;
        if (!end) throw new ConnectionError('The server ended the stream');
        if (!mayReopen(end)) throw refusalOf(end);
        // At once with a new token or another role, but never in a tight loop.
        if (failures++ === 0) continue;
      } catch (error) {
        if (all.aborted) return;
        // Why the session ended says more than that the token is not valid.
        if (end?.code === 40002 && error instanceof NotSignedIn) throw refusalOf(end);
        if (!mayComeBack(error)) throw error;
        onConnection?.(error as Error);
      }
      await pause(
        Math.min(LONGEST_PAUSE_MS, 250 * 2 ** failures++) * (0.5 + Math.random() / 2),
        all,
      );
    }
  } catch (error) {
    if (!all.aborted) throw error;
  } finally {
    ended.abort();
  }
}

/** Ends early when the browser says that it has a network again. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const online = new AbortController();
  const wake = (): void => online.abort();
  const page = globalThis as Partial<EventTarget>;
  page.addEventListener?.('online', wake);
  try {
    await delay(ms, AbortSignal.any([signal, online.signal]));
  } catch (error) {
    if (signal.aborted) throw error;
  } finally {
    page.removeEventListener?.('online', wake);
  }
}

async function connect(
  caller: Caller,
  path: string,
  lastEventId: string | undefined,
  signal: AbortSignal,
): Promise<Response> {
  const headers = {
    accept: 'text/event-stream',
    ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
  };
  const response = await caller.send({ method: 'GET', path, headers, signal });
  if (!response.ok) throw await readFailure(response);
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
    throw new UnexpectedAnswer(
      'No event stream',
      response.status,
      (await response.text()).slice(0, 500),
    );
  }
  return response;
}

async function* read(response: Response, silence: AbortController): AsyncGenerator<RawEvent> {
  if (!response.body) return;
  const parser = new EventParser();
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    for (;;) {
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      const read = (await reader.read()) as { done: boolean; value?: Uint8Array };
      clearTimeout(timer);
      if (read.done || !read.value) return;
      yield* parser.push(decoder.decode(read.value, { stream: true }));
    }
  } finally {
    clearTimeout(timer);
    await reader.cancel().catch(() => undefined);
  }
}

/** What a restart of the server or a change of network looks like. */
function mayComeBack(error: unknown): boolean {
  if (error instanceof UnexpectedAnswer) return error.status >= 500;
  return (
    error instanceof ConnectionError ||
    error instanceof ServiceUnavailable ||
    error instanceof TooManyRequests ||
    isBrokenConnection(error) ||
    (error as Error | null)?.name === 'AbortError' // silence
  );
}
