import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isPrivateSubnet } from '../../../src/apps/compose/policy/private-subnet';
import { AppLab, docker } from '../factories/app-lab';
import { pollUntil } from '../poll-until';

/** What a hostile template may aim at. */
export interface Targets {
  /** A folder of the host with one file. */
  readonly canaryDir: string;
  /** A port on loopback where nobody should call. */
  readonly listenerPort: number;
  readonly victim: {
    readonly container: string;
    readonly network: string;
    readonly volume: string;
    readonly project: string;
    readonly dir: string;
  };
}

/** A hostile app: further files by relative path beside the Compose file. */
export interface HostileApp {
  readonly compose: string;
  readonly files?: Readonly<Record<string, string>>;
}

/** Every phase in which an app could get out. */
export const PHASES = ['install', 'engine restart', 'restart', 'reinstall', 'upgrade'] as const;

/**
 * Reads and writes wherever it can, puts links to the target into every folder it may write to, and says LEAK
 * when it finds a canary: in a mount, or in the environment of a process it can see.
 */
const ATTACK = `#!/bin/sh
trap 'exit 0' TERM
for m in $(cut -d' ' -f2 /proc/mounts); do
  case $m in /|/proc*|/sys*|/dev|/dev/*|/etc/*|/run/secrets*) continue ;; esac
  grep -rqs 'CANARY-[0-9a-f]\\{16\\}' $m && echo "LEAK $m"
  [ -d $m ] || continue
  echo hacked > $m/hacked
  for name in x conf data store; do rm -rf $m/$name; ln -s $AIM $m/$name; done
done
cat /proc/[0-9]*/environ 2>/dev/null | grep -qs 'CANARY-[0-9a-f]\\{16\\}' && echo 'LEAK environ'
echo LOOKED
while :; do sleep 1 & wait $!; done
`;

/** A server with a victim app, a folder and a listener, into which hostile apps are let. */
export class EscapeArena {
  private visits = 0;
  private readonly token = `CANARY-${randomBytes(8).toString('hex')}`;

  private constructor(
    readonly lab: AppLab,
    readonly image: string,
    readonly targets: Targets,
    private readonly listener: Server,
  ) {}

  static async start(): Promise<EscapeArena> {
    const lab = await AppLab.start();
    const image = await lab.image({ files: { '/attack.sh': ATTACK } });
    const canaryDir = await mkdtemp(join(tmpdir(), 'canary-'));
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const project = `${lab.prefix}victim`;
    const targets: Targets = {
      canaryDir,
      listenerPort: (listener.address() as AddressInfo).port,
      victim: {
        container: project,
        network: `${project}_default`,
        volume: `${project}_data`,
        project,
        dir: join(lab.server.settings.dataDir, 'apps', 'victim'),
      },
    };
    const arena = new EscapeArena(lab, image, targets, listener);
    listener.on('connection', (socket) => {
      arena.visits += 1;
      socket.destroy();
    });
    await writeFile(join(canaryDir, 'secret'), arena.token);
    await lab.writeApp(
      'victim',
      `services:
  victim:
    image: ${image}
    command: [sh, -c, "echo $$TOKEN > /volume/secret; trap 'exit 0' TERM; while :; do sleep 1 & wait $$!; done"]
    environment: { TOKEN: ${arena.token} }
    volumes: ["data:/volume", "./bind:/bind"]
volumes: { data: {} }
`,
      { 'bind/secret': arena.token },
    );
    await lab.installed('victim');
    return arena;
  }

  async close(): Promise<void> {
    this.listener.close();
    await this.lab.close();
    await rm(this.targets.canaryDir, { recursive: true, force: true });
  }

  /**
   * Lets an app in through every phase and looks after each whether it got out. A phase that the server refuses
   * or that fails on the engine is no harm.
   * @param later the version of the upgrade; the same with a label otherwise
   * @returns what it reached, `phase: what`; empty when it stayed inside
   */
  async letIn(name: string, app: HostileApp, later?: HostileApp): Promise<string[]> {
    const found: string[] = [];
    const look = async (phase: (typeof PHASES)[number]) => {
      await this.attacked(name);
      for (const what of await this.escapes(name)) found.push(`${phase}: ${what}`);
    };
    try {
      await this.write(name, app);
      if ((await this.lab.install(name)).status !== 200) return found;
      await this.lab.ended(name);
      await look('install');
      const container = docker.getContainer(this.lab.containerName(name));
      await container.restart({ t: 1 }).catch(() => undefined);
      await look('engine restart');
      await this.lab.admin.http.post(`/api/v1/apps/${name}/restart`);
      await look('restart');
      await this.lab.uninstall(name, false);
      if ((await this.lab.install(name)).status === 200) await this.lab.ended(name);
      await look('reinstall');
      await this.write(name, later ?? app, 'upgraded');
      if ((await this.lab.admin.http.post(`/api/v1/apps/${name}/upgrade`)).status === 200) {
        await this.lab.ended(name, 60_000);
      }
      await look('upgrade');
    } finally {
      await this.lab.uninstall(name).catch(() => undefined);
      await rm(join(this.lab.catalog, name), { recursive: true, force: true });
    }
    return found;
  }

  private write(name: string, app: HostileApp, version = 'first'): Promise<void> {
    return this.lab.writeApp(name, app.compose, { 'version.txt': version, ...app.files });
  }

  /** Waits until the attack of the present start is over, where its log can be read. */
  private async attacked(name: string): Promise<void> {
    const container = docker.getContainer(this.lab.containerName(name));
    const details = await container.inspect().catch(() => null);
    if (!details?.State.Running || details.HostConfig.LogConfig?.Type === 'none') return;
    const since = Math.floor(Date.parse(details.State.StartedAt) / 1000);
    await pollUntil('the attack', async () => {
      const { State } = await container.inspect();
      const log = await container.logs({ stdout: true, stderr: true, since }).catch(() => null);
      return !State.Running || log === null || log.toString().includes('LOOKED');
    });
  }

  private async escapes(name: string): Promise<string[]> {
    const { canaryDir, victim } = this.targets;
    const found: string[] = [];
    const untouched = async (folder: string) =>
      (await readdir(folder)).join() === 'secret' &&
      (await readFile(join(folder, 'secret'), 'utf8')) === this.token;
    if (!(await untouched(canaryDir))) found.push('the folder of the host was written to');
    if (!(await untouched(join(victim.dir, 'bind')))) found.push('the victim was written to');
    if (this.visits > 0) found.push('the listener was reached');
    const project = `${this.lab.prefix}${name}`;
    const own = await realpath(join(this.lab.server.settings.dataDir, 'apps', name)).catch(
      () => '',
    );
    for (const { Id } of await this.containersOf(project)) {
      const container = docker.getContainer(Id);
      const details = await container.inspect();
      const log = await container.logs({ stdout: true, stderr: true }).catch(() => '');
      found.push(...(/LEAK \S+/.exec(log.toString()) ?? []));
      for (const { Type, Name, Source, RW } of details.Mounts) {
        if (
          Type === 'volume' &&
          !/^[0-9a-f]{64}$/.test(Name ?? '') &&
          !Name?.startsWith(`${project}_`)
        )
          found.push(`volume ${Name}`);
        if (Type !== 'bind' || (/^\/etc\/(localtime|timezone)$/.test(Source) && !RW)) continue;
        const real = await realpath(Source).catch(() => Source);
        if (real !== own && !real.startsWith(`${own}/`)) found.push(`bind ${Source} of ${real}`);
      }
      const { HostConfig } = details;
      for (const network of Object.keys(details.NetworkSettings.Networks)) {
        if (
          network !== 'none' &&
          !network.startsWith(`${project}_`) &&
          network !== this.sharedNetwork
        )
          found.push(`network ${network}`);
      }
      for (const mode of [HostConfig.NetworkMode, HostConfig.PidMode, HostConfig.IpcMode]) {
        const other = /^container:(.*)$/.exec(mode ?? '')?.[1];
        const owner = other && (await docker.getContainer(other).inspect()).Name.slice(1);
        if (mode === 'host' || (owner && !owner.startsWith(project))) found.push(`mode ${mode}`);
      }
      if (!['json-file', 'local', 'none'].includes(HostConfig.LogConfig?.Type ?? ''))
        found.push(`logging ${HostConfig.LogConfig?.Type}`);
      for (const option of (HostConfig.SecurityOpt ?? []) as string[])
        if (!/^(no-new-privileges|apparmor[:=]docker-default)/.test(option)) found.push(option);
      if (HostConfig.Privileged) found.push('privileged');
    }
    const networks = await docker.listNetworks();
    for (const { Name, Options, IPAM } of networks.filter((n) =>
      n.Name.startsWith(`${project}_`),
    )) {
      if (Options?.['com.docker.network.bridge.name']) found.push(`bridge of ${Name}`);
      for (const { Subnet = '' } of (IPAM?.Config ?? []) as { Subnet?: string }[])
        if (!isPrivateSubnet(Subnet, [])) found.push(`subnet ${Subnet}`);
    }
    const volumes = (await docker.listVolumes()).Volumes.filter((v) =>
      v.Name.startsWith(`${project}_`),
    );
    for (const { Name, Options } of volumes) {
      const device = (Options ?? {})['device'] ?? 'tmpfs';
      if (device !== 'tmpfs' || (Options ?? {})['o']?.includes('bind'))
        found.push(`device of ${Name}`);
    }
    return found;
  }

  private get sharedNetwork(): string {
    return this.lab.prefix.replace(/[-_.]+$/, '');
  }

  private containersOf(project: string) {
    return docker.listContainers({
      all: true,
      filters: { label: [`com.docker.compose.project=${project}`] },
    });
  }
}
