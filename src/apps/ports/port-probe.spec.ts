import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { hostBoundPorts, isPortFree, portsInSocketTable } from './port-probe';

async function listening(host: string): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer();
  server.listen(0, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

describe(isPortFree.name, () => {
  it.each(['0.0.0.0', '127.0.0.1', '::', '::1'])(
    'finds a process that listens on %s',
    async (host) => {
      const server = await listening(host);
      expect(await isPortFree(server.port, 'tcp')).toBe(false);
      expect(await hostBoundPorts('tcp')).toContain(server.port);
      await server.close();
      expect(await isPortFree(server.port, 'tcp')).toBe(true);
    },
  );

  it('keeps TCP and UDP apart', async () => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    expect(await isPortFree(port, 'udp')).toBe(false);
    expect(await hostBoundPorts('udp')).toContain(port);
    expect(await isPortFree(port, 'tcp')).toBe(true);
    socket.close();
  });
});

describe(portsInSocketTable.name, () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue',
    '   0: 0100007F:2329 00000000:0000 0A 00000000:00000000',
    '   1: 0100007F:C350 0100007F:2329 01 00000000:00000000',
  ].join('\n');

  it('reads only listeners of a TCP table', () => {
    expect(portsInSocketTable(table, 'tcp')).toEqual([9001]);
  });

  it('reads every socket of a UDP table', () => {
    expect(portsInSocketTable(table, 'udp')).toEqual([9001, 50000]);
  });
});
