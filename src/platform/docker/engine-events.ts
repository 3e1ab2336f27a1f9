import type Dockerode from 'dockerode';
import { sleep } from '../waiting/sleep';
import type { EngineEvent } from './engine-types';
import { jsonLines } from './json-lines';

export interface EngineEventListener {
  /**
   * Called each time the stream is open, before the first event of it: whatever happened while
   * there was none is not coming, so compare with one list call here.
   */
  onConnect(): void | Promise<void>;
  onEvent(event: EngineEvent): void;
  /** Called when the engine could not be reached or the stream broke; a new try follows. */
  onDisconnect?(error: unknown): void;
}

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5_000;

interface RawEvent {
  Type?: string;
  Action?: string;
  Actor?: { ID?: string; Attributes?: Record<string, string> };
  time?: number;
  timeNano?: number;
}

const TYPES: readonly string[] = ['container', 'network', 'volume', 'image', 'daemon'];

export function toEngineEvent(raw: RawEvent): EngineEvent | null {
  const action = raw.Action ?? '';
  if (action === '' || action.startsWith('exec_')) return null;
  const type = raw.Type ?? '';
  return {
    type: TYPES.includes(type) ? (type as EngineEvent['type']) : 'other',
    action,
    id: raw.Actor?.ID ?? '',
    attributes: raw.Actor?.Attributes ?? {},
    at: new Date(raw.timeNano ? raw.timeNano / 1e6 : (raw.time ?? 0) * 1000),
  };
}

/**
 * Listens to the engine for as long as the signal lets it, over restarts of the engine: a broken
 * stream is opened again with growing pauses (0.1 s to 5 s). Resolves once aborted; never throws.
 */
export async function watchEngineEvents(
  client: Dockerode,
  labels: readonly string[],
  listener: EngineEventListener,
  signal: AbortSignal,
): Promise<void> {
  let pause = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    try {
      const stream = await client.getEvents({
        filters: { label: [...labels], type: ['container'] },
        abortSignal: signal,
      } as Dockerode.GetEventsOptions);
      await listener.onConnect();
      pause = FIRST_PAUSE_MS;
      for await (const value of jsonLines(stream as AsyncIterable<Uint8Array>)) {
        const event = toEngineEvent(value as RawEvent);
        if (event) listener.onEvent(event);
      }
      listener.onDisconnect?.(new Error('event stream ended'));
    } catch (error) {
      if (signal.aborted) return;
      listener.onDisconnect?.(error);
    }
    await sleep(pause, signal).catch(() => undefined);
    pause = Math.min(pause * 2, MAX_PAUSE_MS);
  }
}
