import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { ApiProcess } from '../../support/api-process';
import { pollUntil } from '../../support/poll-until';
import { createInstallation } from '../../support/test-app';

describe('a process whose database does not answer yet', () => {
  it('waits for it instead of ending, and then serves', async () => {
    const installation = await createInstallation();
    const url = new URL(installation.environment['DATABASE_URL'] ?? '');
    const [host, port] = [url.hostname, Number(url.port)];
    let isUp = false;
    let refused = 0;
    const database = createServer((client) => {
      client.on('error', () => undefined);
      if (!isUp) {
        refused += 1;
        client.destroy();
        return;
      }
      const upstream = connect(port, host);
      upstream.on('error', () => client.destroy());
      upstream.on('close', () => client.destroy());
      client.on('close', () => upstream.destroy());
      client.pipe(upstream).pipe(client);
    }).listen(0, '127.0.0.1');
    await once(database, 'listening');
    url.port = String((database.address() as AddressInfo).port);
    const starting = ApiProcess.start({ ...installation.environment, DATABASE_URL: url.href });
    starting.catch(() => undefined);
    try {
      await Promise.race([starting, pollUntil('several attempts', () => refused >= 3)]);
      isUp = true;
      const api = await starting;
      expect((await api.http.get('/health/live')).status).toBe(200);
      await api.kill('SIGTERM');
    } finally {
      database.close();
      await installation.destroy();
    }
  });
});
