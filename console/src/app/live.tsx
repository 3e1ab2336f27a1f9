import type { AppEvent } from '@stackscape/client';
import { useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useRef, useState, type ReactNode } from 'react';
import { useSession } from './session';

interface Live {
  /** The connection for events is lost; it is being made again. */
  readonly lost: boolean;
  subscribe(listener: (event: AppEvent) => void): () => void;
}

const LiveContext = createContext<Live | null>(null);

/**
 * One event stream for the page, as long as it is looked at: browsers allow six connections to a
 * server for all tabs together. What an event says about is asked for again.
 */
export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const { client, signedIn, endBy } = useSession();
  const queries = useQueryClient();
  const visible = usePageVisible();
  const [lost, setLost] = useState(false);
  const [listeners] = useState(() => new Set<(event: AppEvent) => void>());
  const end = useRef(endBy);
  end.current = endBy;

  useEffect(() => {
    if (!signedIn || !visible) return;
    const ended = new AbortController();
    let wasLost = false;
    const onConnection = (problem: Error | null): void => {
      setLost(problem !== null);
      if (problem === null && wasLost) void queries.invalidateQueries();
      wasLost = problem !== null;
    };
    const follow = async (): Promise<void> => {
      for await (const event of client.apps.events({ signal: ended.signal, onConnection })) {
        for (const listener of listeners) listener(event);
        if (event.type === 'phase' || event.type === 'status') {
          void queries.invalidateQueries({ queryKey: ['apps'] });
          void queries.invalidateQueries({ queryKey: ['app', event.appName] });
        }
        if (event.type === 'update')
          void queries.invalidateQueries({ queryKey: ['apps', 'updates'] });
        if (event.type === 'backup') {
          void queries.invalidateQueries({ queryKey: ['app', event.appName, 'backups'] });
          void queries.invalidateQueries({ queryKey: ['app', event.appName, 'backup-schedule'] });
        }
      }
    };
    void queries.invalidateQueries({ queryKey: ['apps'] });
    follow().catch((error: unknown) => {
      if (!end.current(error)) setLost(true);
    });
    return () => ended.abort();
  }, [client, signedIn, visible, queries, listeners]);

  const [live] = useState(() => ({
    subscribe: (listener: (event: AppEvent) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  }));
  return <LiveContext value={{ ...live, lost }}>{children}</LiveContext>;
}

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error('There is no LiveProvider above');
  return live;
}

export function usePageVisible(): boolean {
  const [visible, setVisible] = useState(document.visibilityState === 'visible');
  useEffect(() => {
    const look = (): void => setVisible(document.visibilityState === 'visible');
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
  return visible;
}
