import type { ChildProcess } from 'node:child_process';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TcpProxy } from '../tcp-proxy';
import { freePort, startServer, stopServer, type Remote } from './remote';

/** The one account of s3rver. */
const ACCOUNT = 'S3RVER';
const CLI = `require('@20minutes/s3rver/lib/cli').parseAsync(process.argv.slice(1), { from: 'user' })`;

/** An S3 server that knows one account and keeps objects as files, behind a gate that can refuse to write. */
export class S3Server implements Remote {
  private readOnly = false;

  private constructor(
    private readonly folder: string,
    private readonly child: ChildProcess,
    private readonly gate: Server,
    readonly proxy: TcpProxy,
  ) {}

  static async start(): Promise<S3Server> {
    const folder = await mkdtemp(join(tmpdir(), 's3-server-'));
    const port = await freePort();
    const args = ['-d', folder, '-a', '127.0.0.1', '-p', String(port)];
    const bucket = ['--configure-bucket', 'backups'];
    const child = await startServer(
      process.execPath,
      // It signs the paths of buckets without the slash that restic's client puts behind them.
      ['-e', CLI, '--', ...args, '--silent', '--allow-mismatched-signatures', ...bucket],
      /listening on/,
    );
    const isRefused = (method = ''): boolean =>
      server.readOnly && !['GET', 'HEAD'].includes(method);
    const gate = createServer((asked, answer) => {
      if (isRefused(asked.method)) {
        asked.resume();
        answer.writeHead(403, { 'content-type': 'application/xml', connection: 'close' });
        answer.end('<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>');
        return;
      }
      const { method, url, headers } = asked;
      const on = request({ host: '127.0.0.1', port, method, path: url, headers }, (given) => {
        answer.writeHead(given.statusCode ?? 502, given.rawHeaders);
        given.pipe(answer);
      });
      on.on('error', () => answer.destroy());
      asked.pipe(on);
    });
    await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
    const proxy = await TcpProxy.before('127.0.0.1', (gate.address() as AddressInfo).port);
    const server = new S3Server(folder, child, gate, proxy);
    return server;
  }

  get environment() {
    return {
      BACKUP_REPOSITORIES: `away=s3:http://127.0.0.1:${this.proxy.port}/backups/apps`,
      BACKUP_S3_ACCESS_KEY: ACCOUNT,
      BACKUP_S3_SECRET_KEY: ACCOUNT,
    };
  }

  get wrongKey() {
    return { ...this.environment, BACKUP_S3_ACCESS_KEY: 'ANOTHER' };
  }

  get data() {
    return join(this.folder, 'backups/apps/data');
  }

  setReadOnly(readOnly: boolean): Promise<void> {
    this.readOnly = readOnly;
    return Promise.resolve();
  }

  async close(): Promise<void> {
    await this.proxy.cut();
    this.gate.closeAllConnections();
    await new Promise((resolve) => this.gate.close(resolve));
    await stopServer(this.child);
    await rm(this.folder, { recursive: true, force: true });
  }
}
