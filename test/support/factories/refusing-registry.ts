import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinary } from '../../../src/local-services/find-binary';
import { findFreePort } from '../../../src/local-services/free-port';
import { registryPort } from '../places';
import { pollUntil } from '../poll-until';

/** The one login that a locked registry knows, where it is given one: the password's hash is made beforehand. */
export const LOCKED_LOGIN = { username: 'puller', password: 'secret-word' };
const LOCKED_HASH = '$2y$04$abcdefghijklmnopqrstuujV0zJ3tj1V5vPQQ5i8Bd/sbbeTbZTaC';

/** A real registry that wants a name and a password, which by default nobody has. */
export class LockedRegistry {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    /** `127.0.0.1:<port>`. */
    readonly address: string,
  ) {}

  static async start({ hasLogin = false } = {}): Promise<LockedRegistry> {
    const binary = findBinary('docker-registry', 'registry');
    if (!binary) throw new Error('No registry: install docker-registry (npm run setup).');
    const folder = await mkdtemp(join(tmpdir(), 'locked-registry-'));
    const address = `127.0.0.1:${registryPort || (await findFreePort())}`;
    const passwords = join(folder, 'htpasswd');
    await writeFile(passwords, hasLogin ? `${LOCKED_LOGIN.username}:${LOCKED_HASH}\n` : '');
    const configuration = join(folder, 'config.yml');
    await writeFile(
      configuration,
      JSON.stringify({
        version: '0.1',
        log: { level: 'error', accesslog: { disabled: true } },
        storage: { filesystem: { rootdirectory: join(folder, 'blobs') } },
        http: { addr: address },
        auth: { htpasswd: { realm: 'locked', path: passwords } },
      }),
    );
    const child = spawn(binary, ['serve', configuration], { stdio: 'ignore' });
    const registry = new LockedRegistry(child, folder, address);
    await pollUntil(
      'the locked registry to refuse',
      async () =>
        (await fetch(`http://${address}/v2/`).catch(() => null))?.status === 401 ||
        (child.exitCode !== null && Promise.reject(new Error('the registry ended'))),
    );
    return registry;
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    if (this.child.exitCode === null && this.child.signalCode === null) {
      await once(this.child, 'exit');
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Answers everything as a registry does that knows who asks and does not let them. */
export class ForbiddingRegistry {
  private constructor(private readonly server: Server) {}

  static async start(): Promise<ForbiddingRegistry> {
    const server = createServer((request, response) => {
      const allowed = request.url === '/v2/';
      response.writeHead(allowed ? 200 : 403, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(
          allowed
            ? {}
            : {
                errors: [{ code: 'DENIED', message: 'requested access to the resource is denied' }],
              },
        ),
      );
    });
    server.listen(0, '127.0.0.1').unref();
    await once(server, 'listening');
    return new ForbiddingRegistry(server);
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
