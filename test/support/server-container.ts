import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { findFreePort } from '../../src/local-services/free-port';
import type { Environment } from '../../src/platform/config/load-settings';
import { setupTokenHeader } from './setup-token';
import { HttpClient } from './http-client';
import { pollUntil } from './poll-until';
import { buildStandIn, removeStandIn } from './stand-in-image';

const root = resolve(__dirname, '..', '..');
const docker = new Docker();
const run = promisify(execFile);

/**
 * The real server in a real container with limits of its own: this machine's Node and libraries and
 * this folder are mounted into it, because no image with Node can be had here.
 */
export class ServerContainer {
  static readonly cores = cpus().length / 2;
  static readonly memoryBytes = 512 * 1024 * 1024;

  private constructor(
    readonly name: string,
    /** Calls without a token. */
    readonly http: HttpClient,
  ) {}

  /** Resolves when it is ready. */
  static async start(name: string, environment: Environment): Promise<ServerContainer> {
    await buildStandIn(`${name}:1`);
    const port = await findFreePort();
    const dataDir = environment['DATA_DIR'] ?? '';
    const programs = ['/usr', '/lib', '/lib64', '/etc', resolve(dirname(process.execPath), '..')];
    const container = await docker.createContainer({
      name,
      Image: `${name}:1`,
      Cmd: [
        process.execPath,
        ...['-r', join(root, 'test', 'chaos', 'register.js'), join(root, 'src', 'main.ts')],
      ],
      WorkingDir: root,
      Env: Object.entries({ ...environment, PORT: String(port) }).map(([k, v]) => `${k}=${v}`),
      HostConfig: {
        NetworkMode: 'host',
        NanoCpus: ServerContainer.cores * 1e9,
        Memory: ServerContainer.memoryBytes,
        Binds: [
          ...[...new Set(programs)]
            .filter((folder) => existsSync(folder))
            .map((folder) => `${folder}:${folder}:ro`),
          ...[root, dataDir, '/var/run/docker.sock'].map((path) => `${path}:${path}`),
        ],
      },
    });
    const http = new HttpClient(`http://127.0.0.1:${port}`);
    const sut = new ServerContainer(name, http);
    await container.start();
    await pollUntil(
      'the server in the container to be ready',
      async () => {
        const { State } = await container.inspect();
        if (!State.Running) throw new Error(`it ended with ${State.ExitCode}: ${await sut.log()}`);
        return (await sut.http.get('/health/ready').catch(() => null))?.status === 200;
      },
      { deadlineMs: 50_000, everyMs: 100 },
    );
    return new ServerContainer(name, http.with(setupTokenHeader(dataDir)));
  }

  /** Runs a program of Node beside the server, under the same limits, until the container ends. */
  async burn(program: string): Promise<void> {
    await run('docker', ['exec', '-d', this.name, process.execPath, '-e', program]);
  }

  async log(): Promise<string> {
    const options = { stdout: true, stderr: true, follow: false } as const;
    return (await docker.getContainer(this.name).logs(options)).toString();
  }

  static async remove(name: string): Promise<void> {
    await docker
      .getContainer(name)
      .remove({ force: true })
      .catch(() => undefined);
    await removeStandIn(`${name}:1`);
  }
}
