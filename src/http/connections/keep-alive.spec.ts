import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { keepLongerThanAnnounced } from './keep-alive';

describe(keepLongerThanAnnounced.name, () => {
  it('answers a request that comes after the announced time and closes only later', async () => {
    const server = createServer((_request, response) => response.end('ok'));
    server.keepAliveTimeout = 200;
    keepLongerThanAnnounced(server, 1_500);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const ask = async (): Promise<string> => {
      socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
      const [answer] = (await once(socket, 'data')) as [Buffer];
      return answer.toString();
    };
    try {
      for (let request = 0; request < 3; request++) {
        expect(await ask()).toContain('200 OK');
        await delay(500);
      }
      expect(socket.closed).toBe(false);
      await once(socket, 'close');
    } finally {
      socket.destroy();
      server.close();
    }
  });
});
