import { randomBytes } from 'node:crypto';
import { spawn, execFile, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { pollUntil } from './poll-until';

const run = promisify(execFile);

export interface PrivateEngineOptions {
  /** Size of a disk of its own (ext4) for its data; absent: a folder. */
  readonly diskMebibytes?: number;
  /** Number of files that this disk can hold. */
  readonly inodes?: number;
  /** How many networks it has addresses for, a power of two; default 256. */
  readonly networks?: number;
}

async function isBefore23(): Promise<boolean> {
  const { stdout } = await run('dockerd', ['--version']);
  return Number(/version (\d+)\./.exec(stdout)?.[1]) < 23;
}

/** Each private engine takes another block, so that two on one machine do not meet. */
const block = (): number => 128 + Math.floor(Math.random() * 100);

/**
 * A second engine with everything of its own, to be restarted or to run out of disk without harm to
 * the one that everybody shares. It leaves the packet filter alone: ports answer on loopback only.
 */
export class PrivateEngine {
  private child: ChildProcess | null = null;
  readonly docker: Docker;

  private constructor(
    /** Holds all that is its own. */
    readonly folder: string,
    private readonly block: number,
    private readonly bridge: string,
    private readonly networks: number,
    private readonly hasDisk: boolean,
  ) {
    this.docker = new Docker({ socketPath: this.socket });
  }

  static async start(options: PrivateEngineOptions = {}): Promise<PrivateEngine> {
    const { diskMebibytes, inodes, networks = 256 } = options;
    const folder = await mkdtemp(join(tmpdir(), 'ssengine-'));
    const data = join(folder, 'data');
    await run('mkdir', [data]);
    if (diskMebibytes !== undefined) {
      const image = join(folder, 'disk.img');
      await run('truncate', ['-s', `${diskMebibytes}M`, image]);
      await run('mkfs.ext4', ['-q', '-m', '0', ...(inodes ? ['-N', String(inodes)] : []), image]);
      await run('mount', ['-o', 'loop', image, data]);
    }
    const bridge = `sse${randomBytes(4).toString('hex')}`;
    const engine = new PrivateEngine(folder, block(), bridge, networks, !!diskMebibytes);
    // A bridge of its own: an engine told to have none removes `docker0`, which is the other's.
    await run('ip', ['link', 'add', 'name', bridge, 'type', 'bridge']);
    await run('ip', ['address', 'add', `10.${engine.block}.255.1/24`, 'dev', bridge]);
    await engine.up();
    return engine;
  }

  get host(): string {
    return `unix://${this.socket}`;
  }

  /** Folder of its data: the mount point of its disk, where it has one. */
  get dataRoot(): string {
    return join(this.folder, 'data');
  }

  /** @param further arguments of `dockerd`, e.g. a second `--host` */
  async up(further: readonly string[] = []): Promise<void> {
    // An engine with address pools of its own that finds networks of an earlier start removes
    // `docker0`, whose ever it is, unless it begins with live restore (daemon_unix.go of moby 20.10).
    const ownId = (await isBefore23()) ? { 'deprecated-key-path': this.keyFile } : {};
    await this.configure({ 'live-restore': true, ...ownId });
    const child = spawn(
      'dockerd',
      [
        ...['--data-root', this.dataRoot, '--exec-root', join(this.folder, 'exec')],
        ...['--pidfile', join(this.folder, 'pid'), '--host', this.host],
        ...['--bridge', this.bridge, '--iptables=false', '--ip6tables=false', '--ip-masq=false'],
        '--default-address-pool',
        `base=10.${this.block}.0.0/${24 - Math.log2(this.networks)},size=24`,
        ...['--config-file', this.configFile],
        ...further,
      ],
      { stdio: process.env['TEST_LOG_LEVEL'] === 'debug' ? 'inherit' : 'ignore' },
    );
    this.child = child;
    await pollUntil(
      'the private engine to answer',
      () => {
        if (child.exitCode !== null) throw new Error(`dockerd ended with ${child.exitCode}`);
        return this.docker.ping().catch(() => null);
      },
      { deadlineMs: 60_000 },
    );
    // Its containers are to end with it.
    await this.configure({ 'live-restore': false });
    child.kill('SIGHUP');
    await pollUntil('the private engine to read its settings', async () => {
      const { LiveRestoreEnabled } = (await this.docker.info()) as { LiveRestoreEnabled: boolean };
      return !LiveRestoreEnabled;
    });
  }

  /** In order, as a package upgrade does it. */
  async down(): Promise<void> {
    const { child } = this;
    this.child = null;
    if (!child || child.exitCode !== null) return;
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 30_000);
    await once(child, 'exit');
    clearTimeout(late);
    // An engine that ends while it makes a container may leave its files mounted, and the next one
    // can then never remove it ("device or resource busy"; 20.10).
    await this.unmount((point) => point !== this.dataRoot || !this.hasDisk);
  }

  /** Inner mount points first. */
  private async unmount(isMeant: (point: string) => boolean = () => true): Promise<void> {
    const { stdout } = await run('findmnt', ['-rno', 'TARGET']);
    const own = stdout.split('\n').filter((point) => point.startsWith(`${this.folder}/`));
    for (const point of own.filter(isMeant).reverse()) {
      await run('umount', ['-l', point]).catch(() => undefined);
    }
  }

  async restart(further: readonly string[] = []): Promise<void> {
    await this.down();
    await this.up(further);
  }

  async destroy(): Promise<void> {
    for (const c of await this.docker.listContainers({ all: true }).catch(() => [])) {
      await this.docker
        .getContainer(c.Id)
        .remove({ force: true })
        .catch(() => undefined);
    }
    // Bridges stay on the machine when their engine ends, and would get in the way of later ones.
    const networks = await this.docker.listNetworks().catch(() => []);
    await this.down();
    const bridges = networks.map(({ Id }) => `br-${Id.slice(0, 12)}`);
    for (const bridge of [this.bridge, ...bridges]) {
      await run('ip', ['link', 'delete', bridge]).catch(() => undefined);
    }
    await this.unmount();
    await rm(this.folder, { recursive: true, force: true }).catch(() => undefined);
  }

  private configure(settings: object): Promise<void> {
    return writeFile(this.configFile, JSON.stringify(settings));
  }

  private get configFile(): string {
    return join(this.folder, 'daemon.json');
  }

  /** Until release 23 the id of an engine was that of a key of the machine. */
  get keyFile(): string {
    return join(this.folder, 'key.json');
  }

  private get socket(): string {
    return join(this.folder, 'sock');
  }
}
