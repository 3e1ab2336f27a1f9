import { Injectable } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { AppNotInstalledError } from '../installations/installation.errors';
import { AppData } from '../install/app-data';
import { installationLabel, SHARED_LABEL } from '../engine/resource-owner';
import { InstallationStore } from '../installations/installation.store';
import { PortLeasesService } from '../ports/port-leases.service';

export interface UninstallPlan {
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  /** Of the Swarm; none on a single engine. */
  readonly configs: readonly string[];
  readonly secrets: readonly string[];
  readonly volumes: readonly { readonly name: string; readonly sizeBytes: number | null }[];
  /** Networks and volumes that its containers use and that stay, because others may use them too. */
  readonly shared: readonly string[];
  readonly ports: readonly string[];
  readonly hasFolder: boolean;
}

/** Says what an uninstall would remove, before it does. */
@Injectable()
export class UninstallPlanService {
  constructor(
    private readonly store: InstallationStore,
    private readonly engine: DockerEngine,
    private readonly data: AppData,
    private readonly leases: PortLeasesService,
  ) {}

  async plan(appName: string): Promise<UninstallPlan> {
    const row = await this.store.findActive(appName);
    if (!row) throw new AppNotInstalledError(appName);
    const label = [installationLabel(row.id)];
    const [containers, networks, files, volumes, usage, leases, shared, hasFolder] =
      await Promise.all([
        this.engine.workloads.list(label),
        this.engine.networks.list(label),
        this.engine.files.list(label),
        this.data.volumesOf(row),
        this.engine.diskUsage(),
        this.leases.find(row.id),
        this.engine.networks.list([SHARED_LABEL]),
        this.data.folderExists(appName),
      ]);
    const sizes = new Map(usage.volumes.map((v) => [v.name, v.sizeBytes]));
    const used = new Set(containers.flatMap((c) => [...c.networks, ...c.volumes]));
    const own = new Set([...networks.map((n) => n.name), ...volumes]);
    const named = containers.flatMap((c) => c.volumes).filter((v) => !/^[0-9a-f]{64}$/.test(v));
    const candidates = [...shared.map((n) => n.name), ...named];
    return {
      containers: containers.map((c) => c.name),
      networks: networks.map((n) => n.name),
      configs: files.filter(({ kind }) => kind === 'config').map(({ name }) => name),
      secrets: files.filter(({ kind }) => kind === 'secret').map(({ name }) => name),
      volumes: volumes.map((name) => {
        const size = sizes.get(name) ?? -1;
        return { name, sizeBytes: size < 0 ? null : size };
      }),
      shared: [...new Set(candidates.filter((name) => used.has(name) && !own.has(name)))],
      ports: leases.map((lease) => `${lease.port}/${lease.protocol}`),
      hasFolder,
    };
  }
}
