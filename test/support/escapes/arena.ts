import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppLab } from '../factories/app-lab';
import { pollUntil } from '../poll-until';
import type { PrivateEngine } from '../private-engine';
import { ATTACK, LOOKED } from './attack';
import { writeTemplate } from './judge';
import { reachOf, untouched } from './reach';

/** What a hostile template may aim at. */
export interface Targets {
  /** A folder of the host with one file. */
  readonly canaryDir: string;
  /** A port on loopback where nobody should call. */
  readonly listenerPort: number;
  /** Name that a bridge of the host could have. */
  readonly hostBridge: string;
  readonly victim: {
    readonly container: string;
    readonly network: string;
    readonly volume: string;
    readonly project: string;
    readonly dir: string;
  };
}

/** A hostile app: further files by relative path beside the Compose file, and links with where they lead. */
export interface HostileApp {
  readonly compose: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, string>>;
}

/** What became of an app that was let in. */
export interface Visit {
  /** What it reached, `phase: what`; empty when it stayed inside. */
  readonly reached: readonly string[];
  /** The phases after which its containers ran. */
  readonly ran: readonly string[];
  /** Why the first install did not run, in short; null: it did. */
  readonly failure: string | null;
}

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

  /** @param engine of its own; absent: the one that all tests share */
  static async start(engine?: PrivateEngine): Promise<EscapeArena> {
    // A hunt takes longer than a token usually lasts.
    const settings = { ACCESS_TOKEN_SECONDS: '86400' };
    const lab = await AppLab.start(
      engine ? { ...settings, DOCKER_HOST: engine.host } : settings,
      engine?.docker,
    );
    const image = await lab.image({ files: { '/attack.sh': ATTACK } });
    const canaryDir = await mkdtemp(join(tmpdir(), 'canary-'));
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const project = `${lab.prefix}victim`;
    const targets: Targets = {
      canaryDir,
      listenerPort: (listener.address() as AddressInfo).port,
      hostBridge: `esc${randomBytes(4).toString('hex')}`,
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
   * Has the server plan an app that is not to be installed.
   * @returns what is wrong: an answer that is no refusal, or something of the host that was reached
   */
  async refuse(name: string, app: HostileApp): Promise<string[]> {
    const wrong: string[] = [];
    await this.write(name, app);
    const plan = await this.lab.admin.http.get(`/api/v1/apps/${name}/plan`);
    if (plan.status >= 500) wrong.push(`plan: ${plan.status}`);
    const install = await this.lab.install(name);
    if (install.status < 400 || install.status >= 500) wrong.push(`install: ${install.status}`);
    wrong.push(...(await this.reachedOnHost()));
    await this.forget(name);
    return wrong;
  }

  /**
   * Lets an app in through every phase and looks after each whether it got out. A phase that the server refuses
   * or that fails on the engine is no harm.
   * @param later the version of the upgrade; the same with a label otherwise
   */
  async letIn(name: string, app: HostileApp, later?: HostileApp): Promise<Visit> {
    const { lab } = this;
    const reached: string[] = [];
    const ran: string[] = [];
    let failure: string | null = null;
    const container = lab.engine.getContainer(lab.containerName(name));
    /** After every phase: install, restart by the engine, restart, reinstall over kept data, upgrade. */
    const look = async (phase: string) => {
      if (await this.attacked(name)) ran.push(phase);
      for (const what of await this.reachedBy(name)) reached.push(`${phase}: ${what}`);
    };
    try {
      await this.write(name, app);
      await lab.admin.http.get(`/api/v1/apps/${name}/plan`);
      const install = await lab.install(name);
      if (install.status !== 200) {
        await look('refused');
        return { reached, ran, failure: `refused with ${install.body.error}` };
      }
      failure = await this.ended(name);
      await look('install');
      await container.restart({ t: 1 }).catch(() => undefined);
      await look('engine restart');
      await lab.admin.http.post(`/api/v1/apps/${name}/restart`);
      await look('restart');
      await lab.uninstall(name, false);
      if ((await lab.install(name)).status === 200) await this.ended(name);
      await look('reinstall');
      await this.write(name, later ?? app, 'upgraded');
      if ((await lab.admin.http.post(`/api/v1/apps/${name}/upgrade`)).status === 200) {
        await this.ended(name);
      }
      await look('upgrade');
    } finally {
      await lab.uninstall(name).catch(() => undefined);
      for (const what of await this.reachedOnHost()) reached.push(`removal: ${what}`);
      await this.forget(name);
    }
    return { reached, ran, failure };
  }

  /** Waits for the end of an install, for which an app is given a minute: why it does not run, or null. */
  private async ended(name: string): Promise<string | null> {
    const ended = await this.lab.ended(name, 60_000).catch(() => null);
    if (ended) return ended.phase === 'running' ? null : (ended.cause ?? ended.phase);
    await this.lab.admin.http.post(`/api/v1/apps/${name}/cancel`);
    await this.lab.ended(name);
    return 'slow';
  }

  private write(name: string, app: HostileApp, version = 'first'): Promise<void> {
    const files = { 'version.txt': version, ...app.files };
    return writeTemplate(join(this.lab.catalog, name), { ...app, files });
  }

  private forget(name: string): Promise<void> {
    return rm(join(this.lab.catalog, name), { recursive: true, force: true });
  }

  /** Waits until the attack of the present start is over, where its log can be read; false: it was not. */
  private async attacked(name: string): Promise<boolean> {
    const container = this.lab.engine.getContainer(this.lab.containerName(name));
    const details = await container.inspect().catch(() => null);
    if (!details?.State.Running) return false;
    if (details.HostConfig.LogConfig?.Type === 'none') return true;
    const since = Math.floor(Date.parse(details.State.StartedAt) / 1000);
    const over = async () => {
      const { State } = await container.inspect();
      const log = await container.logs({ stdout: true, stderr: true, since }).catch(() => null);
      return !State.Running || log === null || log.toString().includes(LOOKED);
    };
    return pollUntil('the attack', over, { deadlineMs: 60_000 }).catch(() => false);
  }

  private async reachedBy(name: string): Promise<string[]> {
    const { engine, prefix, server } = this.lab;
    const own = {
      project: `${prefix}${name}`,
      folder: join(server.settings.dataDir, 'apps', name),
      sharedNetwork: prefix.replace(/[-_.]+$/, ''),
    };
    return [...(await this.reachedOnHost()), ...(await reachOf(engine, own))];
  }

  private async reachedOnHost(): Promise<string[]> {
    const { canaryDir, victim } = this.targets;
    const found: string[] = [];
    if (!(await untouched(canaryDir, this.token)))
      found.push('the folder of the host was written to');
    if (!(await untouched(join(victim.dir, 'bind'), this.token)))
      found.push('the victim was written to');
    if (this.visits > 0) found.push('the listener was reached');
    return found;
  }
}
