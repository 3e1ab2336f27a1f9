import type { Schema } from '@stackscape/client';
import { useEffect, useRef, useState } from 'react';
import { usePageVisible } from './live';
import { useSession } from './session';

type Figures = Schema<'ServerStateDto'>;
const MAX_POINTS = 180;
/** What a live plot spans: a point a second. */
export const LIVE_WINDOW_MS = MAX_POINTS * 1_000;

/** The figures of the server, once a second while the page is looked at; the last three minutes. */
export function useServerFigures(): {
  readonly figures: readonly Figures[];
  readonly error: unknown;
} {
  const { client, endBy } = useSession();
  const visible = usePageVisible();
  const [figures, setFigures] = useState<readonly Figures[]>([]);
  const [error, setError] = useState<unknown>(null);
  const end = useRef(endBy);
  end.current = endBy;
  useEffect(() => {
    if (!visible) return;
    const ended = new AbortController();
    const follow = async (): Promise<void> => {
      setError(null);
      for await (const one of client.server.events({
        signal: ended.signal,
        onConnection: setError,
      }))
        setFigures((all) => [...all.slice(1 - MAX_POINTS), one]);
    };
    follow().catch((problem: unknown) => {
      if (!end.current(problem)) setError(problem);
    });
    return () => ended.abort();
  }, [client, visible]);
  return { figures, error };
}
