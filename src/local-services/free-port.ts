import { createServer, type AddressInfo } from 'node:net';

/**
 * A TCP port of 127.0.0.1 that is free at this moment: `preferred`, else one that the system picks.
 * Another process may still take it before it is used, so a caller that cannot listen asks again.
 */
export async function findFreePort(preferred: number | null = null): Promise<number> {
  if (preferred !== null && (await listenOnce(preferred)) !== null) return preferred;
  const port = await listenOnce(0);
  if (port === null) throw new Error('no free TCP port on 127.0.0.1');
  return port;
}

function listenOnce(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const address = server.address() as AddressInfo;
      server.close(() => resolve(address.port));
    });
  });
}
