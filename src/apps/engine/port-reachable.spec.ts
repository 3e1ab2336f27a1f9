import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { isReachable, type ReachableTarget } from './port-reachable';

const servers: Server[] = [];
async function listen(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer(onConnection);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
const quiet = (): Promise<number> => listen((socket) => socket.on('error', () => undefined));
const hangsUp = (): Promise<number> => listen((socket) => socket.end());
const tcp = (port: number, behind: ReachableTarget['behind'] = []): ReachableTarget => ({
  scheme: 'tcp',
  host: '127.0.0.1',
  port,
  path: '',
  behind,
});

describe(isReachable.name, () => {
  afterEach(() => servers.splice(0).forEach((server) => server.close()));

  it('accepts a port that keeps the connection open', async () => {
    await expect(isReachable(tcp(await quiet()))).resolves.toBe(true);
  });

  it('rejects a proxy that closes the connection at once', async () => {
    await expect(isReachable(tcp(await hangsUp()))).resolves.toBe(false);
    const port = await hangsUp();
    await expect(isReachable(tcp(port, [{ host: '127.0.0.1', port: 1 }]))).resolves.toBe(false);
  });

  it('does not wait when the container itself accepts connections', async () => {
    const behind = [{ host: '127.0.0.1', port: await quiet() }];
    const target = tcp(await quiet(), behind);
    const order: string[] = [];
    await Promise.all([
      isReachable({ ...target, behind: [] }).then(() => order.push('waited')),
      isReachable(target).then(() => order.push('asked')),
    ]);
    expect(order).toEqual(['asked', 'waited']);
  });

  it('rejects a closed port', async () => {
    const behind = [{ host: '127.0.0.1', port: await quiet() }];
    await expect(isReachable(tcp(1, behind))).resolves.toBe(false);
  });
});
