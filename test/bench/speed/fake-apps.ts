import Docker from 'dockerode';
import { rate, type Rate } from './figures';
import { startNodeBaseline, type OwnServer } from './processes';
import type { World } from './world';

/** The app that all others are copies of: its row in the database, and its row in the engine's list. */
const MODEL = 'bench0';

/** Apps in numbers that no machine runs: rows of a real one, copied, and an engine that lists as many. */
export class FakeEngine {
  private engine: OwnServer | null = null;
  private product!: OwnServer;
  private model = '';
  private apps = 0;

  constructor(private readonly world: World) {}

  /** A text is the reason why there can be none. */
  async start(): Promise<string | undefined> {
    if (this.engine) return undefined;
    if (!this.world.engine) return 'no Docker Engine answers, whose answers are copied';
    await this.world.installApps(1);
    const list = await new Docker().listContainers();
    const row = list.find(({ Names }) => Names[0] === `/${this.world.containerOf(MODEL)}`);
    this.model = JSON.stringify(row);
    // One database belongs to one engine: the fake one passes for the real one.
    const { ID } = (await new Docker().info()) as { ID: string };
    this.engine = await startNodeBaseline('fake-engine.ts', { ENGINE_ID: ID });
    const DOCKER_HOST = this.engine.url.replace('http:', 'tcp:');
    this.product = await this.world.startApi({ DOCKER_HOST });
    return undefined;
  }

  async oneApp(apps: number, seconds: number): Promise<Rate> {
    await this.hold(apps);
    return this.ask(`/getAppInfo?appName=${appName(apps)}`, seconds);
  }

  async allApps(apps: number, seconds: number): Promise<Rate> {
    await this.hold(apps);
    return this.ask('/getAllAppInfo', seconds);
  }

  /** What the engine itself takes for its list. */
  async listCall(apps: number, seconds: number): Promise<Rate> {
    await this.hold(apps);
    return rate(this.engine!, [{ path: '/containers/json?all=1' }], '"Id"', seconds);
  }

  private ask(path: string, seconds: number): Promise<Rate> {
    const { token } = this.world.admin;
    return rate(this.product, [{ path, token }], '"status":"1"', seconds);
  }

  /** Brings rows and containers to this number. */
  private async hold(apps: number): Promise<void> {
    if (apps === this.apps) return;
    const { db } = this.world;
    await db.query('DELETE FROM app_installations WHERE id LIKE ?', [`${ID_PREFIX}%`]);
    const names = Array.from({ length: apps }, (_, i) => appName(i + 1));
    const [id] = await this.world.rows<{ id: string }>(
      `SELECT id FROM app_installations WHERE activeApp = ?`,
      [MODEL],
    );
    for (const name of names) await this.copyRow(id!.id, name);
    const rows = names.map((name) => this.containerOf(name, id!.id));
    await fetch(`${this.engine!.url}/apps`, { method: 'PUT', body: `[${rows.join(',')}]` });
    this.apps = apps;
    // Both are remembered for a second where nobody tells of a change.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
  }

  private async copyRow(model: string, name: string): Promise<void> {
    const columns = `state, phase, progress, step, stopped, cancelRequested, removeData, folderIsNew, failure,
      variables, templateDigest, version, attempts, requestedBy, createdAt, updatedAt`;
    await this.world.db.query(
      `INSERT INTO app_installations (id, appName, activeApp, manifest, ${columns})
       SELECT ?, ?, ?, REPLACE(manifest, ?, ?), ${columns} FROM app_installations WHERE id = ?`,
      [idOf(name), name, name, MODEL, name, model],
    );
  }

  private containerOf(name: string, modelId: string): string {
    const { Id } = JSON.parse(this.model) as { Id: string };
    const own = idOf(name).replaceAll('-', '').padEnd(64, '0');
    return this.model.replaceAll(Id, own).replaceAll(modelId, idOf(name)).replaceAll(MODEL, name);
  }
}

const appName = (number: number): string => `fake${number}`;

/** Of the ids of copies, by which they are removed. */
const ID_PREFIX = '00000000-0000-4000-8000-';

function idOf(name: string): string {
  return `${ID_PREFIX}${name.slice(4).padStart(12, '0')}`;
}
