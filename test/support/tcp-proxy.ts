import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';

/** Where a proxy leads: a TCP port or a Unix socket. */
export type ProxyTarget =
  { readonly host: string; readonly port: number } | { readonly path: string };

/**
 * A loopback proxy before a real service with the faults of real networks: `cut` refuses connections
 * and breaks the open ones, `stall` accepts and never answers, `halfOpen` silences the open ones
 * without closing them, `slow` delays every packet. `restore` ends the fault.
 */
export class TcpProxy {
  private readonly sockets = new Set<Socket>();
  private server: Server | null = null;
  private stalled = false;
  private delayMs = 0;

  private constructor(
    private readonly target: ProxyTarget,
    private listenPort: number,
    private readonly listenHost = '127.0.0.1',
  ) {}

  static before(host: string, port: number): Promise<TcpProxy> {
    return TcpProxy.to({ host, port });
  }

  /** @param listen an address of its own; absent: a free port of loopback */
  static async to(
    target: ProxyTarget,
    listen?: { readonly host: string; readonly port: number },
  ): Promise<TcpProxy> {
    const proxy = new TcpProxy(target, listen?.port ?? 0, listen?.host);
    await proxy.restore();
    return proxy;
  }

  get port(): number {
    return this.listenPort;
  }

  /** The same URL with the proxy's address in it. */
  static async beforeUrl(url: string): Promise<{ proxy: TcpProxy; url: string }> {
    const parsed = new URL(url);
    const proxy = await TcpProxy.before(parsed.hostname, Number(parsed.port));
    parsed.hostname = '127.0.0.1';
    parsed.port = String(proxy.port);
    return { proxy, url: parsed.href };
  }

  async cut(): Promise<void> {
    const { server } = this;
    this.server = null;
    for (const socket of this.sockets) socket.destroy();
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  stall(): void {
    this.stalled = true;
    for (const socket of this.sockets) socket.unpipe();
  }

  /** Both ends keep their open connections and hear nothing more; new connections work. */
  halfOpen(): void {
    for (const socket of this.sockets) {
      socket.unpipe();
      socket.removeAllListeners('data').pause();
    }
  }

  slow(delayMs: number): void {
    this.delayMs = delayMs;
  }

  async restore(): Promise<void> {
    await this.cut(); // a connection that was stalled in the middle of an answer is of no more use
    this.stalled = false;
    this.delayMs = 0;
    const server = createServer((client) => this.pass(client));
    await new Promise<void>((resolve) => server.listen(this.listenPort, this.listenHost, resolve));
    this.listenPort = (server.address() as AddressInfo).port;
    this.server = server;
  }

  private pass(client: Socket): void {
    this.keep(client);
    if (this.stalled) return;
    const upstream = connect(this.target);
    this.keep(upstream);
    client.pipe(this.delay()).pipe(upstream);
    upstream.pipe(this.delay()).pipe(client);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  }

  private delay(): Transform {
    return new Transform({
      transform: (chunk, _encoding, done) =>
        this.delayMs === 0 ? done(null, chunk) : setTimeout(() => done(null, chunk), this.delayMs),
    });
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.sockets.delete(socket));
  }
}
