import type { IncomingMessage } from 'node:http';

const MAX_DRAINED_BYTES = 64 * 1024 * 1024;
const MAX_DRAIN_MS = 10_000;

/**
 * Reads and discards the rest of a body that was refused before its end. Otherwise the next request
 * on the connection would wait for ever. A body that is too long or too slow ends the connection.
 */
export function drainUnreadBody(message: IncomingMessage): void {
  if (message.destroyed) return;
  let bytes = 0;
  const timer = setTimeout(() => message.destroy(), MAX_DRAIN_MS).unref();
  message.once('close', () => clearTimeout(timer));
  message.on('error', () => undefined);
  message.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_DRAINED_BYTES) message.destroy();
  });
  message.unpipe();
  message.resume();
}
