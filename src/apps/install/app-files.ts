import { Injectable } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { isEngineFailure } from '../../platform/docker/engine.errors';
import { retryEngine } from '../../platform/docker/retry-engine';
import type { ServiceFile } from '../../platform/docker/engine-types';
import type { NewSwarmFile, SwarmFile } from '../../platform/docker/swarm/swarm-files';
import { projectLabels } from '../compose/engine/engine-context';
import type { ContainerPlan } from '../compose/engine/container-spec.builder';
import { fitsServiceFile, type PlannedFile } from '../compose/engine/planned-files';
import { readPlainFile } from '../compose/files/plain-file';
import { installationLabel, ownerOf } from '../engine/resource-owner';
import type { AppInstallation } from '../installations/installation.entity';
import type { InstallPlan } from '../resolver/app-resolver';
import { AppSecretsService } from '../secrets/app-secrets.service';
import { FileNotForSwarmError } from './app-files.errors';
import type { InstallRun } from './install-journal';

/** A Swarm takes names of up to 64 characters. */
const MAX_STEM_LENGTH = 64 - 17;

type MadeFile = Pick<ServiceFile, 'id' | 'name'>;

/** A container whose files the Swarm has. */
export interface ReadyContainer extends ContainerPlan {
  readonly serviceFiles: readonly ServiceFile[];
}

/**
 * The configs and secrets of an app in a Swarm, made from the files of its folder. They cannot be changed: another
 * content gets another name, and what no service has any more goes.
 */
@Injectable()
export class AppFiles {
  constructor(
    private readonly engine: DockerEngine,
    private readonly secrets: AppSecretsService,
  ) {}

  /**
   * Makes those that are missing.
   * @throws FileNotForSwarmError
   */
  async ensure(run: InstallRun, plan: InstallPlan): Promise<ReadyContainer[]> {
    return this.ready(run.row.id, plan, (file) => this.make(run, plan, file));
  }

  /**
   * The same of those that the Swarm has, without making any.
   * @returns null where it lacks one
   * @throws FileNotForSwarmError
   */
  async present(installationId: string, plan: InstallPlan): Promise<ReadyContainer[] | null> {
    const own = await this.engine.files.list([installationLabel(installationId)]);
    let isWhole = true;
    const ready = await this.ready(installationId, plan, ({ kind, name }) => {
      const found = own.find((file) => file.kind === kind && file.name === name);
      isWhole &&= found !== undefined;
      return Promise.resolve({ id: found?.id ?? '', name });
    });
    return isWhole ? ready : null;
  }

  private async ready(
    installationId: string,
    plan: InstallPlan,
    make: (file: Omit<NewSwarmFile, 'labels'>) => Promise<MadeFile>,
  ): Promise<ReadyContainer[]> {
    const known = new Map<string, Promise<MadeFile>>();
    const serviceFile = async (planned: PlannedFile): Promise<ServiceFile> => {
      const { kind, bind, target, uid, gid, key } = planned;
      const { content, mode } = await this.read(planned, plan.projectDir);
      const name = this.nameOf(installationId, plan, { kind, key }, content);
      const id = `${kind} ${name}`;
      const made = known.get(id) ?? make({ kind, name, content });
      known.set(id, made);
      return { ...(await made), kind, bind, target, uid, gid, mode: planned.mode ?? mode };
    };
    const ready: ReadyContainer[] = [];
    for (const container of plan.containers) {
      const serviceFiles: ServiceFile[] = [];
      for (const file of container.files) serviceFiles.push(await serviceFile(file));
      ready.push({ ...container, serviceFiles });
    }
    return ready;
  }

  /** Removes those of the installation that none of its containers has; one that is still in use stays. */
  removeOthers({ id }: AppInstallation, containers: readonly ReadyContainer[]): Promise<void> {
    const used = new Set(containers.flatMap((c) => c.serviceFiles.map((file) => file.id)));
    return retryEngine(this.engine, async () => {
      const found = await this.engine.files.list([installationLabel(id)]);
      for (const file of found.filter((f) => !used.has(f.id))) {
        await this.engine.files.remove(file).catch((error: unknown) => {
          if (!isEngineFailure(error, 'file-in-use')) throw error;
        });
      }
    });
  }

  /** Removes those that no service of the Swarm has; it refuses to remove the others. */
  removeUnused(row: AppInstallation): Promise<void> {
    return this.removeOthers(row, []);
  }

  private async read(
    { path, key }: PlannedFile,
    projectDir: string,
  ): Promise<{ content: Buffer; mode: number }> {
    const file = await readPlainFile(projectDir, path, fitsServiceFile);
    if ('size' in file) throw new FileNotForSwarmError(key, file.size);
    // A container cannot write to it anyway.
    return { content: file.content, mode: file.mode & 0o555 };
  }

  private nameOf(
    installationId: string,
    { app }: InstallPlan,
    { kind, key }: Pick<PlannedFile, 'kind' | 'key'>,
    content: Buffer,
  ): string {
    const stem = `${app.projectName}_${key}`.replace(/[^A-Za-z0-9_.-]/g, '_');
    const print = this.secrets.fingerprint([installationId, kind, key, content]);
    return `${stem.slice(0, MAX_STEM_LENGTH)}-${print}`;
  }

  private async make(
    run: InstallRun,
    { app, projectDir }: InstallPlan,
    file: Omit<NewSwarmFile, 'labels'>,
  ): Promise<MadeFile> {
    const { kind, name } = file;
    const { id: installationId } = run.row;
    let id = '';
    await run.journal.run(kind, name, async () => {
      const known = await this.find(installationId, file);
      const context = { installationId, projectDir, bindAddress: '', databaseBindAddress: '' };
      id = known?.id ?? (await this.create({ ...file, labels: projectLabels(app, context) }));
      return { engineId: id, adopted: false };
    });
    return { id, name };
  }

  /** Another process that was at it, or a call whose answer was lost, may have made it. */
  private async create(file: NewSwarmFile): Promise<string> {
    try {
      return await this.engine.files.create(file);
    } catch (error) {
      if (!isEngineFailure(error, 'name-taken')) throw error;
      const made = await this.find(ownerOf(file.labels) ?? '', file);
      if (!made) throw error;
      return made.id;
    }
  }

  private async find(
    installationId: string,
    { kind, name }: Pick<SwarmFile, 'kind' | 'name'>,
  ): Promise<SwarmFile | undefined> {
    const own = await this.engine.files.list([installationLabel(installationId)]);
    return own.find((file) => file.kind === kind && file.name === name);
  }
}
