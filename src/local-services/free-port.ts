import { createServer } from 'node:net';

/**
 * A TCP port on 127.0.0.1 that nobody listens on at this moment: `preferred` when that one is free,
 * else one that the system picks. Somebody else may still take it before it is used, so a caller
 * that fails to listen asks again.
 */
export async function findFreePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await listenOnce(preferred)) !== null) return preferred;
  const port = await listenOnce(0);
  if (port === null) throw new Error('no free TCP port on 127.0.0.1');
  return port;
}

function listenOnce(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const address = server.address();
      server.close(() =>
        resolve(typeof address === 'object' && address !== null ? address.port : null),
      );
    });
  });
}
