import {
  AccountBanned,
  browserTokenStore,
  NotSignedIn,
  StackScapeClient,
  type Schema,
} from '@stackscape/client';
import { MutationCache, QueryCache, QueryClient, useQuery } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { useLanguage } from './language';

/** Where the API answers: beside this page, whatever the path prefix. */
export const BASE_URL = new URL('.', location.href.replace(/[?#].*$/, '')).href;

const tokens = browserTokenStore();

/** The query of the sign-in page: whether the server has an account yet. */
export const REGISTRATION_KEY = ['registration'];

/** Whether this browser holds tokens; the server may still refuse them. */
export function hasTokens(): boolean {
  return tokens.read() !== null;
}

export interface Session {
  readonly client: StackScapeClient;
  readonly signedIn: boolean;
  /** Why the server ended the session, as a sentence; null when nobody did. */
  readonly ended: string | null;
  signIn(userName: string, password: string): Promise<void>;
  signOut(): Promise<void>;
  /** For errors that come outside of queries, e.g. from a stream. True: it ended the session. */
  endBy(error: unknown): boolean;
}

const SessionContext = createContext<Session | null>(null);

/** Signed in or not, the same in all tabs, and the client that calls the server. */
export function SessionProvider({
  queries,
  children,
}: {
  readonly queries: QueryClient;
  readonly children: ReactNode;
}) {
  const { language } = useLanguage();
  const client = useMemo(
    () => new StackScapeClient({ baseUrl: BASE_URL, language, tokens }),
    [language],
  );
  const [signedIn, setSignedIn] = useState(hasTokens);
  const [ended, setEnded] = useState<string | null>(null);

  useEffect(
    () =>
      client.account.onChange((now) => {
        setSignedIn(now !== null);
        if (now === null) forgetAccount(queries);
      }),
    [client, queries],
  );

  const session = useMemo<Session>(() => {
    const leave = (reason: string | null): void => {
      void tokens.write(null);
      setEnded(reason);
      setSignedIn(false);
      forgetAccount(queries);
    };
    return {
      client,
      signedIn,
      ended,
      signIn: async (userName, password) => {
        await client.account.signIn(userName, password);
        queries.clear();
        setEnded(null);
        setSignedIn(true);
      },
      signOut: async () => {
        await client.account.signOut().catch(() => undefined); // the tokens are forgotten in any case
        leave(null);
      },
      endBy: (error) => {
        const ends = error instanceof NotSignedIn || error instanceof AccountBanned;
        if (ends) leave(error.message);
        return ends;
      },
    };
  }, [client, signedIn, ended, queries]);

  useEffect(() => {
    if (!signedIn) return;
    const onError = (error: Error): void => void session.endBy(error);
    return onQueryError(onError);
  }, [session, signedIn]);

  return <SessionContext value={session}>{children}</SessionContext>;
}

/**
 * Drops what the account has read, and nothing that the sign-in page is asking for: a query that is
 * cleared while it runs never answers its page.
 */
function forgetAccount(queries: QueryClient): void {
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== REGISTRATION_KEY[0] });
}

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('There is no SessionProvider above');
  return session;
}

export function useClient(): StackScapeClient {
  return useSession().client;
}

/** The account that is signed in; undefined while it is asked for. */
export function useMe(): Schema<'UserDto'> | undefined {
  const { client, signedIn } = useSession();
  const { data } = useQuery({
    queryKey: ['me'],
    queryFn: ({ signal }) => client.account.me({ signal }),
    enabled: signedIn,
    staleTime: 60_000,
  });
  return data;
}

export function useIsAdmin(): boolean {
  return useMe()?.role === 1;
}

const listeners = new Set<(error: Error) => void>();

function onQueryError(listener: (error: Error) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const report = (error: Error): void => listeners.forEach((listener) => listener(error));

/** The client itself tries again what may be; nothing is asked again only because time has passed. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: report }),
    mutationCache: new MutationCache({ onError: report }),
    defaultOptions: {
      queries: { retry: false, networkMode: 'always' },
      mutations: { retry: false, networkMode: 'always' },
    },
  });
}
