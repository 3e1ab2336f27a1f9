import { Injectable } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { AppResolver } from '../resolver/app-resolver';
import { RemoteEngineError } from './backup.errors';
import { exists, isReadable } from './staging';

/** Finds out where on this machine the data of an app lie. */
@Injectable()
export class AppPlaces {
  constructor(
    private readonly engine: DockerEngine,
    private readonly resolver: AppResolver,
  ) {}

  /**
   * Folders of those of the named volumes that there are, by name.
   * @throws RemoteEngineError where this process cannot read one
   */
  async volumes(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    // Only root keeps the owners of files in a copy.
    if (process.geteuid?.() !== 0) throw new RemoteEngineError();
    const found = await Promise.all(names.map((name) => this.engine.volumes.find(name)));
    const places = new Map<string, string>();
    for (const volume of found) {
      if (!volume) continue;
      const { driver, mountpoint, name } = volume;
      const isHere = this.engine.isLocal && driver === 'local' && mountpoint.startsWith('/');
      if (!isHere || !(await isReadable(mountpoint))) throw new RemoteEngineError();
      places.set(name, mountpoint);
    }
    return places;
  }

  /** The app's own folder; null where it has none. */
  async folder(appName: string): Promise<string | null> {
    const folder = this.resolver.projectDir(appName);
    return (await exists(folder)) ? folder : null;
  }
}
