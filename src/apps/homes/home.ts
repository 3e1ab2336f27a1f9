import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Settings } from '../../platform/config/settings';
import { AppHome } from './app-home.entity';

export interface HomeNode {
  readonly id: string;
  /** Host name. */
  readonly name: string;
}

/**
 * Which machine holds an app. In a Swarm each manager with full processes of this server is a home: folders, volumes
 * and images of its apps are there, and only its processes work on them. A single engine is the home of everything.
 */
@Injectable()
export class Home {
  private node: string | null = null;
  private readonly listeners: ((nodeId: string) => void)[] = [];

  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
  ) {}

  /** Id of the node that this process runs on; null on a single engine, and until the engine has answered. */
  get nodeId(): string | null {
    return this.node;
  }

  /** Whether what has this home is this process's own. */
  isHere(home: string | null): boolean {
    return this.settings.orchestrator === 'engine' || (this.node !== null && home === this.node);
  }

  /**
   * The same as a condition on a row of a table, for a query.
   * @param column with its table, e.g. `r.home`; nothing from outside
   */
  conditionOn(column: string): { readonly sql: string; readonly parameters: { home?: string } } {
    if (this.settings.orchestrator === 'engine') return { sql: '1 = 1', parameters: {} };
    if (this.node === null) return { sql: '1 = 0', parameters: {} };
    return { sql: `${column} = :home`, parameters: { home: this.node } };
  }

  /** By the name of the node. */
  list(): Promise<AppHome[]> {
    return this.dataSource.getRepository(AppHome).find({ order: { name: 'ASC', nodeId: 'ASC' } });
  }

  /** Null where no server of that node has ever run. */
  find(nodeId: string | null): Promise<AppHome | null> {
    if (nodeId === null) return Promise.resolve(null);
    return this.dataSource.getRepository(AppHome).findOneBy({ nodeId });
  }

  /** With its host name; with its id instead where no server of that node is known any more. */
  async named(nodeId: string): Promise<AppHome> {
    return (await this.find(nodeId)) ?? { nodeId, name: nodeId };
  }

  /**
   * The home of the app: of its installation, else of the backup that is worked on, else of the installation that it
   * had last, whose data may have been kept. Null: of none, and on a single engine.
   */
  async of(appName: string): Promise<string | null> {
    const [found]: { home: string | null }[] = await this.dataSource.query(
      `SELECT home FROM (
         SELECT home, 1 AS rank_, createdAt FROM app_installations WHERE activeApp = ?
         UNION ALL SELECT home, 2, createdAt FROM app_backups WHERE busyApp = ?
         UNION ALL SELECT home, 3, createdAt FROM app_installations WHERE appName = ?
       ) AS known WHERE home IS NOT NULL ORDER BY rank_, createdAt DESC LIMIT 1`,
      [appName, appName, appName],
    );
    return found?.home ?? null;
  }

  /** Calls the listener with each node that this becomes; not on a single engine. */
  onSettled(listener: (nodeId: string) => void): void {
    this.listeners.push(listener);
    if (this.node !== null) listener(this.node);
  }

  /** Remembers which node this is, once its engine has answered and it is admitted as a home. */
  settle({ id }: HomeNode): void {
    this.node = id;
    for (const listener of this.listeners) listener(id);
  }
}
