import { memoryTokenStore, StackScapeClient } from '../src/index';
import { tokensOf } from './stand-in-server';

describe('a stream while the server is away', () => {
  /** When each try began. */
  let tries: number[];
  let ended: AbortController;
  beforeEach(() => {
    jest.useFakeTimers();
    tries = [];
    ended = new AbortController();
  });
  afterEach(() => {
    ended.abort();
    jest.useRealTimers();
  });

  /** Follows events over a network that answers in this way. */
  function follow(network: (signal: AbortSignal) => Promise<Response>): void {
    const client = new StackScapeClient({
      baseUrl: 'http://127.0.0.1',
      tokens: memoryTokenStore(tokensOf('first')),
      fetch: (_, { signal }) => {
        tries.push(Date.now());
        return network(signal!);
      },
    });
    void client.apps.events({ signal: ended.signal }).next();
  }
  const refused = (): Promise<Response> => Promise.reject(new TypeError('fetch failed'));
  const longestGap = (): number => Math.max(...tries.slice(1).map((at, i) => at - tries[i]!));

  it('is tried again at least every five seconds, however long that takes', async () => {
    follow(refused);
    await jest.advanceTimersByTimeAsync(600_000);
    expect(longestGap()).toBeLessThanOrEqual(5_000);
    expect(tries.length).toBeLessThan(300);
  });

  it('is tried again at once when the browser has a network again', async () => {
    const page = new EventTarget();
    Object.assign(globalThis, {
      addEventListener: page.addEventListener.bind(page),
      removeEventListener: page.removeEventListener.bind(page),
    });
    try {
      follow(refused);
      await jest.advanceTimersByTimeAsync(60_000);
      const before = tries.length;
      page.dispatchEvent(new Event('online'));
      await jest.advanceTimersByTimeAsync(0);
      expect(tries).toHaveLength(before + 1);
    } finally {
      Reflect.deleteProperty(globalThis, 'addEventListener');
      Reflect.deleteProperty(globalThis, 'removeEventListener');
    }
  });

  it('gives up a connection that is not answered', async () => {
    follow(
      (signal) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        ),
    );
    await jest.advanceTimersByTimeAsync(60_000);
    expect(tries.length).toBeGreaterThan(2);
    expect(longestGap()).toBeLessThanOrEqual(20_000);
  });
});
