import { Injectable } from '@nestjs/common';
import { DataElsewhereError } from '../homes/home.errors';
import { Home } from '../homes/home';
import type { HomeName } from '../homes/home-requests';
import type { AppInstallation } from '../installations/installation.entity';
import { InstallationStore } from '../installations/installation.store';
import { AppData } from './app-data';

/** The server that an install belongs to. */
export interface InstallDestination {
  /** Null: this one. */
  readonly home: HomeName | null;
  /** Nothing of a former installation is left anywhere else. */
  readonly isFree: boolean;
}

const HERE: InstallDestination = { home: null, isFree: false };

/**
 * Decides which server of a Swarm installs an app: the one on the node that was asked for, else the one that has the data of
 * a former installation, else the one that was asked.
 */
@Injectable()
export class InstallHome {
  constructor(
    private readonly home: Home,
    private readonly store: InstallationStore,
    private readonly data: AppData,
  ) {}

  /**
   * @param options.node id or host name; that of a node without a server is for apps without data, which any server installs
   * @param options.isFree the server of the former node says that nothing is left there
   * @throws DataElsewhereError where data of a former installation are here, and another node was asked for
   */
  async of(
    appName: string,
    { node, isFree }: { readonly node: string | undefined; readonly isFree: boolean },
  ): Promise<InstallDestination> {
    // What exists already is refused by any server.
    if (await this.store.findActive(appName)) return HERE;
    const wanted = node === undefined ? undefined : await this.homeNamed(node);
    const target = wanted && !this.home.isHere(wanted.nodeId) ? wanted : null;
    if (isFree) return { home: target, isFree };
    const former = await this.store.findLatest(appName);
    const keeper = former && (await this.keeperOf(former));
    if (keeper) return { home: keeper, isFree: false };
    if (!target) return HERE;
    if (former && (await this.keepsData(former))) throw await this.refusal(former);
    return { home: target, isFree: former !== null };
  }

  /** Another server that may have data of it; null: none. */
  private async keeperOf({ home, state, removeData }: AppInstallation): Promise<HomeName | null> {
    if (this.home.isHere(home) || (state === 'removed' && removeData)) return null;
    return this.home.find(home);
  }

  private async keepsData(row: AppInstallation): Promise<boolean> {
    if (!this.home.isHere(row.home)) return false;
    if (await this.data.folderExists(row.appName)) return true;
    return (await this.data.volumesOf(row)).length > 0;
  }

  private async refusal({ appName, home }: AppInstallation): Promise<DataElsewhereError> {
    return new DataElsewhereError(appName, (await this.home.named(home ?? '')).name);
  }

  private async homeNamed(ref: string): Promise<HomeName | undefined> {
    const homes = await this.home.list();
    return homes.find(({ nodeId }) => nodeId === ref) ?? homes.find(({ name }) => name === ref);
  }
}
