import type { Tokens, TokenStore } from './token-store.js';

/** The part of `localStorage` and `sessionStorage` that is needed. */
export interface KeyValueStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

interface LockManager {
  request<T>(name: string, work: () => Promise<T>): Promise<T>;
}

const LEASE_MS = 10_000;
const LEASE_POLL_MS = 50;

/**
 * Keeps tokens in a storage of the browser and shares them with its other tabs: one refresh serves
 * all of them, and signing out in one signs out everywhere.
 *
 * Every script of the page's own origin can read the storage, other origins cannot: keep foreign
 * scripts out of the page with a content security policy.
 */
export function browserTokenStore(
  options: { readonly key?: string; readonly storage?: KeyValueStorage } = {},
): TokenStore {
  const { key = 'stackscape.tokens' } = options;
  const storage =
    options.storage ?? (globalThis as { localStorage?: KeyValueStorage }).localStorage;
  if (!storage) throw new Error('There is no localStorage here: use memoryTokenStore()');
  const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(key);
  // Node's timers keep a process alive for as long as a channel is open; browsers have no unref.
  (channel as { unref?: () => void } | null)?.unref?.();
  return {
    read: () => parse(storage.getItem(key)),
    write: (tokens) => {
      if (tokens) storage.setItem(key, JSON.stringify(tokens));
      else storage.removeItem(key);
      channel?.postMessage('changed');
    },
    exclusively: (work) => {
      const locks = (globalThis as { navigator?: { locks?: LockManager } }).navigator?.locks;
      // Web Locks exist on https and localhost only.
      return locks
        ? locks.request(`${key}.refresh`, work)
        : withLease(storage, `${key}.lease`, work);
    },
    onChange: (listener) => {
      channel?.addEventListener('message', listener);
      return () => channel?.removeEventListener('message', listener);
    },
  };
}

function parse(text: string | null): Tokens | null {
  try {
    return text === null ? null : (JSON.parse(text) as Tokens);
  } catch {
    return null;
  }
}

/**
 * A lock of an id and an end in the storage. Two tabs that write in the same instant may both enter;
 * that is harmless, because the server accepts a refresh token twice within a few seconds.
 */
async function withLease<T>(
  storage: KeyValueStorage,
  key: string,
  work: () => Promise<T>,
): Promise<T> {
  const mine = Math.random().toString(36).slice(2);
  for (;;) {
    const [, until] = (storage.getItem(key) ?? ' 0').split(' ');
    if (Number(until) < Date.now()) {
      storage.setItem(key, `${mine} ${Date.now() + LEASE_MS}`);
      await pause(LEASE_POLL_MS);
      if (storage.getItem(key)?.startsWith(mine)) break;
    }
    await pause(LEASE_POLL_MS);
  }
  try {
    return await work();
  } finally {
    if (storage.getItem(key)?.startsWith(mine)) storage.removeItem(key);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
