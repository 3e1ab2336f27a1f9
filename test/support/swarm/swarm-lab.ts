import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, rmdir, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { pollUntil } from '../poll-until';
import { TcpProxy } from '../tcp-proxy';

const run = promisify(execFile);
const START_MS = 60_000;

/** Ends with this process, however that ends. */
function spawnBound(args: readonly string[]): ChildProcess {
  return spawn('setpriv', ['--pdeathsig', 'KILL', ...args], { stdio: ['pipe', 'pipe', 'ignore'] });
}

async function untilReady(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit').then(() => {
    throw new Error(`a namespace of the Swarm lab ended with ${child.exitCode}`);
  });
  await Promise.race([once(child.stdout!, 'data'), ended]);
  ended.catch(() => undefined);
}

/** One machine of the lab: an engine with a network, mounts and processes of its own. */
export class SwarmNode {
  private child: ChildProcess | null = null;
  readonly docker: Docker;
  /** Id in the Swarm. */
  id = '';

  constructor(
    private readonly lab: SwarmLab,
    readonly name: string,
    readonly address: string,
    readonly folder: string,
    /** Of its end of the cable in the lab's switch. */
    private readonly cable: string,
  ) {
    this.docker = new Docker({ socketPath: join(folder, 'sock') });
  }

  get host(): string {
    return `unix://${this.folder}/sock`;
  }

  /** Of a process in its network, on the machine itself. */
  get pid(): number {
    return this.child?.pid ?? 0;
  }

  /** Also after a kill or a stop: the node joins again by itself. */
  async up(): Promise<void> {
    const child = spawnBound([
      ...['unshare', '--net', '--mount', '--propagation', 'private', '--uts', '--pid', '--fork'],
      ...['--kill-child=KILL', 'sh', join(__dirname, 'swarm-node.sh'), this.folder, this.name],
      ...[this.address, this.lab.gateway, this.lab.registryPorts.join(' ')],
    ]);
    this.child = child;
    await untilReady(child);
    await this.lab.inSwitch('ip', 'link', 'add', this.cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(child.pid)); // prettier-ignore
    await this.lab.inSwitch('ip', 'link', 'set', this.cable, 'master', 'switch', 'up');
    child.stdin!.write('go\n');
    await pollUntil(
      `the engine of ${this.name} to answer`,
      () => {
        if (child.exitCode !== null) throw new Error(`${this.name} ended: ${this.lastWords()}`);
        return this.docker.ping().catch(() => null);
      },
      { deadlineMs: START_MS },
    );
  }

  /** What its engine said when it crashed by itself, each time; the node has started it again. */
  get crashes(): string[] {
    const file = join(this.folder, 'crashes');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }

  /** Of its engine, from the beginning. */
  get log(): string {
    return join(this.folder, 'log');
  }

  private lastWords(): string {
    return readFileSync(this.log, 'utf8').slice(-500);
  }

  /** Of its engine, on the machine itself. */
  async enginePid(): Promise<number> {
    const { stdout } = await run('pgrep', ['-x', '-P', String(await this.shellPid()), 'dockerd']);
    return Number(stdout);
  }

  private async shellPid(): Promise<number> {
    const { stdout } = await run('pgrep', ['-P', String(this.child?.pid ?? 0)]);
    return Number(stdout);
  }

  /** As a machine that loses its power. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** In order: its containers are stopped. */
  async down(): Promise<void> {
    const { child } = this;
    process.kill(await this.shellPid(), 'SIGTERM');
    const late = setTimeout(() => child?.kill('SIGKILL'), 30_000);
    if (child?.exitCode === null) await once(child, 'exit');
    clearTimeout(late);
    this.child = null;
  }

  /** Takes the cable out, or plugs it in again. */
  async link(state: 'up' | 'down'): Promise<void> {
    await this.lab.inSwitch('ip', 'link', 'set', this.cable, state);
  }

  /** @internal */
  async end(signal: 'SIGKILL'): Promise<void> {
    const { child } = this;
    this.child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
    // The kernel takes its time to remove the cable of a network that is gone.
    await this.lab.inSwitch('ip', 'link', 'delete', this.cable).catch(() => undefined);
  }
}

/**
 * Docker engines in a Swarm on one machine, each in namespaces of its own, joined by a switch in
 * another one. On the machine itself appears one interface, by which tests reach the nodes' published
 * ports. All of it ends with the process that started it. Needs root.
 */
export class SwarmLab {
  private readonly registries: TcpProxy[] = [];

  private constructor(
    private readonly folder: string,
    private readonly key: string,
    private readonly block: number,
    private readonly hub: ChildProcess,
    readonly nodes: SwarmNode[],
    /** Ports of registries on loopback of the machine, which each node sees on its own. */
    readonly registryPorts: readonly number[],
  ) {}

  /**
   * The first nodes are managers, by default one; the others are workers. Without a manager there is no Swarm.
   * @param registries further ones, `127.0.0.1:<port>`, which each node sees on its own loopback as it does that of the tests
   */
  static async start(
    size = 3,
    registries: readonly string[] = [],
    managers = 1,
  ): Promise<SwarmLab> {
    const folder = await mkdtemp(join(tmpdir(), 'ssswarm-'));
    const key = randomBytes(4).toString('hex');
    const known = [process.env['TEST_REGISTRY'] ?? '', ...registries];
    const ports = known.flatMap((address) => Number(address.split(':')[1]) || []);
    const hub = spawnBound(['unshare', '--net', 'sh', '-c', 'echo ready; cat >/dev/null']);
    const lab = new SwarmLab(folder, key, Math.floor(Math.random() * 256), hub, [], ports);
    try {
      await untilReady(hub);
      await lab.connect();
      for (let i = 1; i <= size; i += 1) lab.nodes.push(await lab.makeNode(i));
      await Promise.all(lab.nodes.map((node) => node.up()));
      if (managers > 0) await lab.join(managers);
      return lab;
    } catch (error) {
      await lab.destroy();
      throw error;
    }
  }

  /** Of the machine in the lab's network. */
  get gateway(): string {
    return this.addressOf(254);
  }

  get manager(): SwarmNode {
    return this.nodes[0]!;
  }

  /** @internal */
  async inSwitch(...command: readonly string[]): Promise<void> {
    await run('nsenter', [`--net=/proc/${this.hub.pid}/ns/net`, ...command]);
  }

  async destroy(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.end('SIGKILL')));
    for (const registry of this.registries) await registry.cut();
    this.hub.kill('SIGKILL');
    if (this.hub.exitCode === null && this.hub.signalCode === null) await once(this.hub, 'exit');
    await run('ip', ['link', 'delete', this.interface]).catch(() => undefined);
    for (const { name } of this.nodes) await removeCgroups(name);
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The one on the machine itself. */
  get interface(): string {
    return `sss${this.key}`;
  }

  private addressOf(host: number): string {
    return `198.18.${this.block}.${host}`;
  }

  private async connect(): Promise<void> {
    await this.inSwitch('ip', 'link', 'add', 'switch', 'type', 'bridge');
    await this.inSwitch('ip', 'link', 'set', 'switch', 'up');
    await run('ip', ['link', 'add', this.interface, 'type', 'veth', 'peer', 'name', 'machine', 'netns', String(this.hub.pid)]); // prettier-ignore
    await this.inSwitch('ip', 'link', 'set', 'machine', 'master', 'switch', 'up');
    await run('ip', ['address', 'add', `${this.gateway}/24`, 'dev', this.interface]);
    await run('ip', ['link', 'set', this.interface, 'up']);
    for (const port of this.registryPorts) {
      const proxy = await TcpProxy.to({ host: '127.0.0.1', port }, { host: this.gateway, port });
      this.registries.push(proxy);
    }
  }

  private async makeNode(number: number): Promise<SwarmNode> {
    const name = `ss${this.key}n${number}`;
    const own = join(this.folder, name);
    await mkdir(own);
    await writeFile(join(own, 'daemon.json'), JSON.stringify({ 'shutdown-timeout': 5 }));
    return new SwarmNode(this, name, this.addressOf(number), own, `node${number}`);
  }

  private async join(managers: number): Promise<void> {
    const [manager, ...others] = this.nodes;
    if (!manager) throw new Error('a Swarm needs a node');
    await manager.docker.swarmInit({
      ListenAddr: `${manager.address}:2377`,
      AdvertiseAddr: manager.address,
      ForceNewCluster: false,
    });
    const { JoinTokens: tokens } = (await manager.docker.swarmInspect()) as {
      JoinTokens: { Manager: string; Worker: string };
    };
    for (const [i, { docker, address }] of others.entries()) {
      await docker.swarmJoin({
        ListenAddr: `${address}:2377`,
        AdvertiseAddr: address,
        RemoteAddrs: [`${manager.address}:2377`],
        JoinToken: i + 1 < managers ? tokens.Manager : tokens.Worker,
      });
    }
    for (const node of this.nodes) {
      const { Swarm } = (await node.docker.info()) as { Swarm: { NodeID: string } };
      node.id = Swarm.NodeID;
    }
    await pollUntil('all nodes to be ready', async () => {
      const nodes = (await manager.docker.listNodes()) as { Status: { State: string } }[];
      return nodes.filter(({ Status }) => Status.State === 'ready').length === this.nodes.length;
    });
  }
}

/** Groups of processes stay when a killed engine could not remove them. */
async function removeCgroups(name: string): Promise<void> {
  const root = '/sys/fs/cgroup';
  const controllers = await readdir(root).catch(() => []);
  for (const top of [join(root, name), ...controllers.map((c) => join(root, c, name))]) {
    const inner = await readdir(top, { withFileTypes: true }).catch(() => []);
    for (const entry of inner)
      if (entry.isDirectory()) await rmdir(join(top, entry.name)).catch(() => undefined);
    await rmdir(top).catch(() => undefined);
  }
}
