import type { components } from '../schema.js';

/** What a login answers. */
export type Tokens = components['schemas']['TokensDto'];

/** Where a client keeps its tokens. */
export interface TokenStore {
  read(): Tokens | null | Promise<Tokens | null>;
  /** Null: signed out. */
  write(tokens: Tokens | null): void | Promise<void>;
  /** Runs `work` while no other tab or process that shares the store runs theirs. Absent: nobody shares it. */
  exclusively?<T>(work: () => Promise<T>): Promise<T>;
  /** Calls `listener` when another tab or process wrote. Returns the way to stop that. */
  onChange?(listener: () => void): () => void;
}

/** Keeps tokens in memory: they end with the page or process. */
export function memoryTokenStore(initial: Tokens | null = null): TokenStore {
  let tokens = initial;
  return {
    read: () => tokens,
    write: (next) => {
      tokens = next;
    },
  };
}
