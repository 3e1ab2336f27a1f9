import { AccountBanned, NotSignedIn } from '../errors.js';
import type { Tokens, TokenStore } from './token-store.js';

/** The tokens of a client, renewed once for however many calls wait for it. */
export class Session {
  private renewing: Promise<Tokens | null> | null = null;

  constructor(
    private readonly store: TokenStore,
    private readonly refresh: (refreshToken: string) => Promise<Tokens>,
  ) {}

  async tokens(): Promise<Tokens | null> {
    return this.store.read();
  }

  async keep(tokens: Tokens | null): Promise<void> {
    await this.store.write(tokens);
  }

  /** Calls `listener` with the tokens whenever another tab or process signs in, out or refreshes. */
  onChange(listener: (tokens: Tokens | null) => void): () => void {
    return (
      this.store.onChange?.(() => void this.tokens().then(listener)) ?? ((): void => undefined)
    );
  }

  /**
   * New tokens after the server refused `refused`; null when the session has ended.
   *
   * @throws ConnectionError, ApiError when the server cannot answer; the session is kept then
   */
  renew(refused: string): Promise<Tokens | null> {
    this.renewing ??= this.renewOnce(refused).finally(() => {
      this.renewing = null;
    });
    return this.renewing;
  }

  private renewOnce(refused: string): Promise<Tokens | null> {
    const work = async (): Promise<Tokens | null> => {
      const current = await this.store.read();
      if (!current || current.access_token !== refused) return current; // somebody else was faster
      try {
        const tokens = await this.refresh(current.refresh_token);
        await this.store.write(tokens);
        return tokens;
      } catch (error) {
        if (!(error instanceof NotSignedIn || error instanceof AccountBanned)) throw error;
        await this.store.write(null);
        return null;
      }
    };
    return this.store.exclusively ? this.store.exclusively(work) : work();
  }
}
