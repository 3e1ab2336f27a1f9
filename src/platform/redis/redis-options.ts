import { readFileSync } from 'node:fs';
import type { RedisOptions } from 'ioredis';
import { parseHostListUrl } from '../addresses/host-list-url';

const PORT = 6379;
const SENTINEL_PORT = 26_379;

/**
 * Where Redis is, for every client of it: one server, or the main server that sentinels know by its name.
 * @param address `REDIS_URL`
 * @throws Error where it is none, or the file of `?ca=` cannot be read
 */
export function redisOptions(address: string | null): RedisOptions {
  const urls = address === null ? null : parseHostListUrl(address);
  if (!urls)
    throw new Error(
      'REDIS_URL is not set; `npm start` brings up a private Redis when it is absent.',
    );
  const [{ protocol, username, password, pathname, searchParams }] = urls;
  const ca = searchParams.get('ca');
  const tls = protocol.startsWith('rediss') ? (ca ? { ca: readFileSync(ca) } : {}) : undefined;
  const [first = '', second = ''] = pathname.slice(1).split('/');
  const isSentinel = protocol.endsWith('+sentinel:');
  const common: RedisOptions = {
    db: Number(isSentinel ? second : first),
    ...(username ? { username: decodeURIComponent(username) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
    ...(tls ? { tls } : {}),
  };
  if (!isSentinel) return { ...common, ...hostOf(urls[0], PORT) };
  const sentinelPassword = searchParams.get('sentinelPassword');
  return {
    ...common,
    sentinels: urls.map((url) => hostOf(url, SENTINEL_PORT)),
    name: decodeURIComponent(first),
    ...(sentinelPassword ? { sentinelPassword } : {}),
    ...(tls ? { enableTLSForSentinelMode: true, sentinelTLS: tls } : {}),
    // A main server that was replaced while it was away comes back read-only: find the new one, send it again.
    reconnectOnError: ({ message }) => (message.startsWith('READONLY') ? 2 : false),
  };
}

function hostOf({ hostname, port }: URL, standardPort: number): { host: string; port: number } {
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || standardPort) };
}
