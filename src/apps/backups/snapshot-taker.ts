import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { PRODUCT_VERSION } from '../../platform/config/product-version';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { bilingual } from '../../platform/i18n/bilingual';
import type { Template } from '../compose/template/template';
import type { AppInstallation } from '../installations/installation.entity';
import { AppNotInstalledError } from '../installations/installation.errors';
import { imageDigestsOf, imageIdsOf } from '../images/return-images';
import { manifestOf } from '../installations/installation.store';
import { PortLeasesService } from '../ports/port-leases.service';
import { AppSecretsService } from '../secrets/app-secrets.service';
import type { AppBackup } from './app-backup.entity';
import { AppPause } from './app-pause';
import { AppPlaces } from './app-places';
import {
  APP_FOLDER,
  FORMAT_OF,
  MANIFEST_FILE,
  SECRETS_FILE,
  TEMPLATE_FOLDER,
  VOLUMES_FOLDER,
  type BackupManifest,
  type BackupSecrets,
  type Consistency,
  type SavedTree,
} from './backup-manifest';
import { DataChangingError } from './backup.errors';
import { BackupHooks } from './backup-hooks';
import type { BackupRun, HeldApp } from './backup-run';
import { IDLE } from './backup.store';
import { isCompressible } from './compressibility';
import { copyTemplate, PinnedTemplates } from './pinned-templates';
import { Repositories } from './repositories.service';
import { Restic, type OpenRepository } from './restic/restic';
import type { ResticProgress, ResticSummary } from './restic/restic-output';
import {
  copyEmpty,
  copyLive,
  copyTree,
  exists,
  isChangedSince,
  secretsBox,
  sizeOf,
  Staging,
} from './staging';
import { shapeOf } from './tree-digest';

/** On every snapshot of an app. */
export const SNAPSHOT_TAG = 'stackscape';
export const backupTag = (id: string): string => `backup=${id}`;
/** Those of the snapshot of one backup. */
export const backupTags = ({ id, appName }: Pick<AppBackup, 'id' | 'appName'>): string[] => [
  SNAPSHOT_TAG,
  `app=${appName}`,
  backupTag(id),
];
/**
 * Up to so many bytes the repository is opened, which takes half a second, while the app is stopped and copied. It is
 * locked from then on: of more data, which take longer to copy than others wait for a lock, they would give up.
 */
const MAX_AHEAD_BYTES = 8 * 1024 ** 3;
/** For removing what is left of a save that failed: the reason may be that the repository is away. */
const DISCARD_WITHIN_MS = 30_000;

/**
 * Saves an app: its data are copied to a staging folder between the hooks of its template, or while it is stopped,
 * and only then sent to the repository.
 */
@Injectable()
export class SnapshotTaker {
  constructor(
    private readonly engine: DockerEngine,
    private readonly pause: AppPause,
    private readonly hooks: BackupHooks,
    private readonly places: AppPlaces,
    private readonly staging: Staging,
    private readonly repositories: Repositories,
    private readonly restic: Restic,
    private readonly templates: PinnedTemplates,
    private readonly secrets: AppSecretsService,
    private readonly leases: PortLeasesService,
  ) {}

  /** Ends the row as saved. May run again after a kill: a copy that is complete is not made again. */
  async take(run: BackupRun): Promise<void> {
    const { backup, signal } = run;
    const repository = await this.repositories.open(backup.repository, signal);
    const folder = this.staging.folder(backup.id);
    const isCopied = backup.phase === 'uploading' && (await exists(join(folder, MANIFEST_FILE)));
    const upload = isCopied
      ? this.upload(run, repository, Promise.resolve(), { isAhead: true, like: [folder] })
      : await this.copied(run, repository);
    const { addedBytes, snapshotId } = await this.sent(run, upload);
    await run.lease.update({ ...IDLE, state: 'saved', snapshotId, addedBytes, failure: null });
    await run.ended('saved', bilingual('备份已完成', 'Backup complete'));
    await this.staging.remove(backup.id);
  }

  /**
   * Undoes what a run that is gone did to the app: starts it, or runs the hooks that follow a copy. One that was
   * uninstalled since is left alone.
   */
  async release(run: BackupRun): Promise<void> {
    if (!run.backup.halted) return;
    const held = await this.pause.hold(run, async (app) => {
      const { installation } = app;
      const hooks = installation.stopped
        ? null
        : this.hooks.of(installation, await this.templateOf(installation));
      if (hooks) await this.hooks.follow(run, hooks);
      else await this.pause.start(run, app);
    });
    if (!held) await run.lease.update({ halted: false });
  }

  /** Removes the snapshot of a save that failed after the repository had taken it all. */
  async discard({ backup }: BackupRun): Promise<void> {
    const signal = AbortSignal.timeout(DISCARD_WITHIN_MS);
    const repository = await this.repositories.open(backup.repository, signal);
    await this.forgetLeft(repository, [SNAPSHOT_TAG, backupTag(backup.id)], signal);
  }

  private async forgetLeft(
    repository: OpenRepository,
    tags: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const left = await this.restic.snapshots(repository, tags, { signal });
    await this.restic.forget(repository, left.map(({ id }) => id), { signal }); // prettier-ignore
  }

  private async copied(run: BackupRun, repository: OpenRepository): Promise<Upload> {
    const held = await this.pause.hold(run, (app) => this.copy(run, app, repository));
    if (!held) throw new AppNotInstalledError(run.backup.appName);
    return held.result;
  }

  /** Answers when the app runs again, or still; the upload begins while it starts. */
  private async copy(run: BackupRun, app: HeldApp, repository: OpenRepository): Promise<Upload> {
    const { backup, signal } = run;
    const { installation } = app;
    const names = manifestOf(installation)?.volumes ?? [];
    const volumes = await this.places.volumes(names);
    const folder = await this.places.folder(backup.appName);
    const template = await this.templateOf(installation);
    const hooks = installation.stopped ? null : this.hooks.of(installation, template);
    const full = [...volumes].filter(([name]) => !hooks?.without.has(name));
    const places = [...full.map(([, place]) => place), ...(folder ? [folder] : [])];
    const needed = await this.requireRoom(places, signal);
    const into = await this.staging.begin(backup.id);
    // A missing container would be made again, from another template than its data belong to.
    if (template?.digest !== installation.templateDigest)
      await this.pause.requireContainers(installation);
    if (template) await copyTemplate(template, join(into, TEMPLATE_FOLDER));
    await this.writeSecrets(installation, repository, join(into, SECRETS_FILE));
    await mkdir(join(into, VOLUMES_FOLDER), { mode: 0o700 });
    const copyAll = async (copy: typeof copyTree): Promise<void> => {
      for (const [name, place] of volumes) {
        const to = join(into, VOLUMES_FOLDER, name);
        if (hooks?.without.has(name)) await copyEmpty(place, to);
        else await copy(place, to, signal);
      }
      if (folder) await copy(folder, join(into, APP_FOLDER), signal);
    };
    const describe = async (consistency: Consistency): Promise<void> => {
      const manifest = await this.describe(run, installation, template, [...volumes.keys()], folder !== null, consistency); // prettier-ignore
      await run.lease.update({ manifest: JSON.stringify(manifest) });
      // Where it is, the copy is complete, and the row knows what it holds.
      const file = join(into, MANIFEST_FILE);
      await writeFile(`${file}.new`, `${JSON.stringify(manifest, null, 2)}\n`);
      await rename(`${file}.new`, file);
    };
    if (hooks) {
      await this.hooks.around(run, hooks, async () => {
        // There may be a dump now.
        await run.phase('copying', await this.requireRoom(places, signal));
        await copyAll(copyLive);
      });
      await run.lease.update({ downtimeMs: 0 });
      return this.upload(run, repository, describe('hook'), { isAhead: true, like: [into] });
    }
    let complete: () => void = () => undefined;
    let fail: (error: unknown) => void = () => undefined;
    const copied = new Promise<void>((resolve, reject) => {
      complete = resolve;
      fail = reject;
    }).then(() => describe('stopped'));
    const isAhead = needed <= MAX_AHEAD_BYTES;
    const upload = this.upload(run, repository, copied, { isAhead, like: places });
    try {
      const downtimeMs = await this.pause.during(run, app, async () => {
        await run.phase('copying', needed);
        const begun = Date.now();
        await copyAll(copyTree);
        if (await isChangedSince(places, begun, signal)) throw new DataChangingError();
        await run.phase('starting');
        complete();
      });
      await run.lease.update({ downtimeMs });
    } catch (error) {
      fail(error);
      await upload.stop(error);
      throw error;
    }
    return upload;
  }

  private async requireRoom(places: readonly string[], signal: AbortSignal): Promise<number> {
    const needed = await sizeOf(places, signal);
    await this.staging.requireRoom(needed);
    return needed;
  }

  private templateOf(installation: AppInstallation): Promise<Template | null> {
    return this.templates.findOf(installation, installation.templateDigest);
  }

  private async describe(
    { backup, signal }: BackupRun,
    installation: AppInstallation,
    template: Template | null,
    volumes: readonly string[],
    hasFolder: boolean,
    consistency: Consistency,
  ): Promise<BackupManifest> {
    const app = manifestOf(installation);
    if (!app) throw new AppNotInstalledError(backup.appName);
    const into = this.staging.folder(backup.id);
    const sizes: Record<string, SavedTree> = {};
    const images = await imageIdsOf(this.engine, { id: installation.id, manifest: app });
    for (const name of volumes)
      sizes[name] = await shapeOf(join(into, VOLUMES_FOLDER, name), signal);
    return {
      format: FORMAT_OF[consistency],
      product: PRODUCT_VERSION,
      backupId: backup.id,
      appName: backup.appName,
      instance: installation.instance,
      createdAt: new Date().toISOString(),
      consistency,
      installationId: installation.id,
      architecture: (await this.engine.info()).arch,
      version: installation.version,
      templateDigest: installation.templateDigest,
      template: template && {
        composeFile: template.composeFile,
        singleFile: template.singleFile,
        store: template.store,
        digest: template.digest,
      },
      ports: await this.leases.leasesOf(installation.id),
      images,
      imageDigests: await imageDigestsOf(this.engine, images),
      app,
      volumes: sizes,
      folder: hasFolder ? await shapeOf(join(into, APP_FOLDER), signal) : null,
    };
  }

  private async writeSecrets(
    installation: AppInstallation,
    { key }: OpenRepository,
    file: string,
  ): Promise<void> {
    const kept: BackupSecrets = {
      variables: this.secrets.openVariables(installation.id, installation.variables),
      secrets: await this.secrets.findKept(installation.appName),
    };
    const sealed = secretsBox(key).seal(JSON.stringify(kept), installation.appName);
    await writeFile(file, sealed, { mode: 0o600 });
  }

  private async sent(run: BackupRun, upload: Upload): Promise<ResticSummary> {
    try {
      await run.phase('uploading');
      return await upload.ended;
    } catch (error) {
      await upload.stop(error);
      throw error;
    }
  }

  /**
   * @param ready when the copy is complete
   * @param options `isAhead`: whether the repository is opened, and locked, before that. `like`: folders with the same data,
   * or where they will be
   */
  private upload(
    run: BackupRun,
    repository: OpenRepository,
    ready: Promise<void>,
    { isAhead, like }: { readonly isAhead: boolean; readonly like: readonly string[] },
  ): Upload {
    const { backup } = run;
    const tags = backupTags(backup);
    const onProgress = (progress: ResticProgress): void => run.progress('uploading', progress);
    return new Upload(run.signal, ready, async (signal) => {
      const compress = await isCompressible(like, signal);
      if (!isAhead) await ready;
      // A run that was killed may have left one.
      if (backup.attempts > 1) await this.forgetLeft(repository, tags, signal);
      const folder = this.staging.folder(backup.id);
      const summary = await this.restic.save(repository, folder, tags, { signal, ready, compress, onProgress }); // prettier-ignore
      const { snapshotId } = summary;
      return { ...summary, snapshotId: await this.restic.fullId(repository, snapshotId, tags, { signal }) }; // prettier-ignore
    });
  }
}

/** The way of a copy to the repository. */
class Upload {
  private readonly controller = new AbortController();
  readonly ended: Promise<ResticSummary>;

  constructor(
    signal: AbortSignal,
    ready: Promise<void>,
    work: (signal: AbortSignal) => Promise<ResticSummary>,
  ) {
    this.ended = this.both(ready, work(AbortSignal.any([signal, this.controller.signal])));
    // It may fail before anybody waits for it.
    this.ended.catch(() => undefined);
  }

  /** Resolves when nothing of it is under way any more. */
  async stop(reason: unknown): Promise<void> {
    this.controller.abort(reason);
    await this.ended.catch(() => undefined);
  }

  /** What the copy failed with comes before what that has led to. */
  private async both(ready: Promise<void>, work: Promise<ResticSummary>): Promise<ResticSummary> {
    const [copy, summary] = await Promise.allSettled([ready, work]);
    if (copy.status === 'rejected') throw copy.reason;
    if (summary.status === 'rejected') throw summary.reason;
    return summary.value;
  }
}
