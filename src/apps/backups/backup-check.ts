import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { parseMemory } from '../../server/host-metrics/memory-metrics';
import type { Template } from '../compose/template/template';
import { InstallationStore } from '../installations/installation.store';
import { AppContainers } from '../lifecycle/app-containers';
import { AppTrial, NotTriedError, type TrialOutcome } from '../trials/app-trial';
import type { TrialNames } from '../trials/trial-plan';
import type { AppBackup } from './app-backup.entity';
import { RemoteEngineError, StagingFullError } from './backup.errors';
import { APP_FOLDER, TEMPLATE_FOLDER, VOLUMES_FOLDER } from './backup-manifest';
import type { BackupRun } from './backup-run';
import { BackupStore, IDLE } from './backup.store';
import { PinnedTemplates } from './pinned-templates';
import { Repositories } from './repositories.service';
import { Restic } from './restic/restic';
import { SnapshotReader, type ReadSnapshot } from './snapshot-reader';
import { isReadable, moveTree, removeTree, Staging } from './staging';

/** How the last event tells it. */
const ENDED: Readonly<Record<TrialOutcome['started'], Bilingual>> = {
  yes: bilingual(
    '备份校验通过，应用可以从中启动',
    'The backup is as it was saved, and its app starts',
  ),
  no: bilingual(
    '备份与保存时一致，但应用不能从中启动',
    'The backup is as it was saved, but its app does not start',
  ),
  'not-tried': bilingual('备份校验通过', 'The backup is as it was saved'),
};

/** Proves that a backup is what was saved, and that its app comes up from it. */
@Injectable()
export class BackupCheck {
  constructor(
    private readonly engine: DockerEngine,
    private readonly store: BackupStore,
    private readonly reader: SnapshotReader,
    private readonly staging: Staging,
    private readonly repositories: Repositories,
    private readonly restic: Restic,
    private readonly templates: PinnedTemplates,
    private readonly installations: InstallationStore,
    private readonly containers: AppContainers,
    private readonly trial: AppTrial,
  ) {}

  /**
   * Checks the repository, restores into a folder that is thrown away, and starts the app from that apart from
   * everything else. An app that does not come up is no failure of the check: it stands with the backup.
   * @param starts false: what was read is compared only
   * @throws BackupDamagedError …
   */
  async verify(run: BackupRun, { starts }: { readonly starts: boolean }): Promise<void> {
    const { backup, signal } = run;
    // Names files that are gone at once; a restore would ask for each of them again and again.
    await run.phase('checking');
    await this.restic.check(await this.repositories.reach(backup.repository, signal), { signal });
    const read = await this.reader.read(run);
    const verifiedAt = new Date();
    const outcome = starts ? await this.tryApart(run, read) : null;
    await this.staging.remove(backup.id);
    const started = outcome && { started: JSON.stringify(outcome) };
    await run.lease.update({ ...IDLE, state: 'saved', failure: null, verifiedAt, ...started });
    await run.ended('saved', ENDED[outcome?.started ?? 'not-tried']);
  }

  /** Removes what a trial has made; nothing where there was none. */
  async clear({ id, trial }: Pick<AppBackup, 'id' | 'trial'>): Promise<void> {
    if (trial === null) return;
    await this.trial.clear(JSON.parse(trial) as TrialNames);
    await this.store.forgetTrial(id, trial);
  }

  /** What runs that are gone have left, and could not remove. */
  async sweep(): Promise<void> {
    for (const row of await this.store.listTried()) await this.clear(row);
  }

  private async tryApart(run: BackupRun, read: ReadSnapshot): Promise<TrialOutcome> {
    const { backup, signal, lease } = run;
    const { folder, manifest, secrets } = read;
    await run.phase('trying');
    let trial: string | null = null;
    try {
      const template = await this.templateOf(read);
      await this.requireMemory(backup.appName, template);
      return await this.trial.run({
        id: backup.id,
        template,
        values: secrets.variables.values,
        leases: manifest.ports,
        images: manifest.images,
        projectDir: join(folder, APP_FOLDER),
        loads: manifest.consistency === 'hook',
        secrets: Object.values(secrets.secrets),
        lay: (volume, place) => this.lay(join(folder, VOLUMES_FOLDER, volume), place, signal),
        note: async (names) => {
          trial = JSON.stringify(names);
          await lease.update({ trial });
        },
        signal,
      });
    } catch (error) {
      if (error instanceof NotTriedError) return { started: 'not-tried', reason: error.reason };
      throw error;
    } finally {
      await this.clear({ id: backup.id, trial });
    }
  }

  /** The one that the data belong to, and no other. @throws NotTriedError */
  private async templateOf({ folder, manifest }: ReadSnapshot): Promise<Template> {
    if (this.engine.orchestrator === 'swarm')
      throw new NotTriedError(
        bilingual('Swarm 中不试启动应用', 'apps are not started apart with ORCHESTRATOR=swarm'),
      );
    if (process.geteuid?.() !== 0 || !this.engine.isLocal)
      throw new NotTriedError(new RemoteEngineError().text);
    const { arch } = await this.engine.info();
    if (arch !== manifest.architecture)
      throw new NotTriedError(
        bilingual('备份来自其他架构的机器', 'the backup is of another architecture'),
      );
    await this.templates.keep(manifest, join(folder, TEMPLATE_FOLDER));
    const { appName, instance = null, template: saved, templateDigest } = manifest;
    const named = { appName, instance, store: saved?.store ?? null };
    const template = await this.templates.findOf(named, templateDigest);
    if (template?.digest !== templateDigest)
      throw new NotTriedError(bilingual('没有应用当时的模板', 'its template of then is gone'));
    return template;
  }

  /** As much again as the app takes now, or as its template says. @throws NotTriedError */
  private async requireMemory(appName: string, { metadata }: Template): Promise<void> {
    const free = parseMemory(await readFile('/proc/meminfo', 'utf8'))?.availableBytes;
    const row = await this.installations.findActive(appName);
    const running = (row ? await this.containers.list(row) : []).filter(({ state }) => state === 'running'); // prettier-ignore
    const used = await Promise.all(
      running.map(({ id }) => this.engine.containers.usage(id).then((usage) => usage.memoryBytes, () => 0)), // prettier-ignore
    );
    const needed = Math.max(used.reduce((sum, bytes) => sum + bytes, 0), metadata.requirements.memory ?? 0); // prettier-ignore
    if (free !== undefined && free < needed)
      throw new NotTriedError(
        bilingual(
          '内存不足以同时再运行一份应用',
          'there is not enough memory to run the app a second time',
        ),
      );
  }

  private async lay(source: string, place: string, signal: AbortSignal): Promise<void> {
    if (!(await isReadable(place))) throw new NotTriedError(new RemoteEngineError().text);
    await removeTree(place);
    await moveTree(source, place, signal).catch((error: unknown) => {
      if (error instanceof StagingFullError) throw new NotTriedError(error.text);
      throw error;
    });
  }
}
