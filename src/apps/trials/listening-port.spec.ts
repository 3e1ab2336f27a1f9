import { createServer } from 'node:net';
import { once } from 'node:events';
import { isListening, listeningPorts } from './listening-port';

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 43 1 0 100 0 0 10 0
   1: 0100007F:0050 0100007F:B2C4 01 00000000:00000000 00:00000000 00000000     0        0 44 1 0 20 4 30 10 -1
`;

describe('ports that a process listens on', () => {
  it('are those in the state LISTEN, not those of connections', () => {
    expect([...listeningPorts(TABLE)]).toEqual([8080]);
    expect([...listeningPorts('')]).toEqual([]);
  });

  it('are read of a living process, and none of one that is gone', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    expect(await isListening(process.pid, port)).toBe(true);
    server.close();
    await once(server, 'close');
    expect(await isListening(process.pid, port)).toBe(false);
    expect(await isListening(2 ** 30, port)).toBe(false);
  });
});
