import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { PRODUCT_VERSION } from '../../platform/config/product-version';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { bilingual } from '../../platform/i18n/bilingual';
import type { Template } from '../compose/template/template';
import type { AppInstallation } from '../installations/installation.entity';
import { AppNotInstalledError } from '../installations/installation.errors';
import { manifestOf } from '../installations/installation.store';
import { PortLeasesService } from '../ports/port-leases.service';
import { TemplateSource } from '../resolver/app-resolver';
import { AppSecretsService } from '../secrets/app-secrets.service';
import { AppPause, type HeldApp } from './app-pause';
import { AppPlaces } from './app-places';
import {
  APP_FOLDER,
  BACKUP_FORMAT,
  MANIFEST_FILE,
  SECRETS_FILE,
  TEMPLATE_FOLDER,
  VOLUMES_FOLDER,
  type BackupManifest,
  type BackupSecrets,
  type SavedTree,
} from './backup-manifest';
import type { BackupRun } from './backup-run';
import { IDLE } from './backup.store';
import { Repositories } from './repositories.service';
import { Restic, type OpenRepository } from './restic';
import { copyTree, exists, secretsBox, sizeOf, Staging } from './staging';
import { digestTree } from './tree-digest';

/** On every snapshot of an app. */
export const SNAPSHOT_TAG = 'stackscape';
const backupTag = (id: string): string => `backup=${id}`;

/**
 * Saves an app: stop, copy to a staging folder, start, then send the copy to the repository. The app does not
 * run while its data are copied, and no longer.
 */
@Injectable()
export class SnapshotTaker {
  constructor(
    private readonly engine: DockerEngine,
    private readonly pause: AppPause,
    private readonly places: AppPlaces,
    private readonly staging: Staging,
    private readonly repositories: Repositories,
    private readonly restic: Restic,
    private readonly templates: TemplateSource,
    private readonly secrets: AppSecretsService,
    private readonly leases: PortLeasesService,
  ) {}

  /** Ends the row as saved. May run again after a kill: a copy that is complete is not made again. */
  async take(run: BackupRun): Promise<void> {
    const { backup, signal } = run;
    const repository = await this.repositories.open(backup.repository, signal);
    const folder = this.staging.folder(backup.id);
    const isCopied = backup.phase === 'uploading' && (await exists(join(folder, MANIFEST_FILE)));
    if (!isCopied) {
      const held = await this.pause.hold(run, (app) => this.copy(run, app, repository));
      if (!held) throw new AppNotInstalledError(backup.appName);
    }
    await this.upload(run, repository);
    await this.staging.remove(backup.id);
  }

  private async copy(run: BackupRun, app: HeldApp, repository: OpenRepository): Promise<void> {
    const { backup, signal } = run;
    const { installation } = app;
    const names = manifestOf(installation)?.volumes ?? [];
    const volumes = await this.places.volumes(names);
    const folder = await this.places.folder(backup.appName);
    const needed = await sizeOf([...volumes.values(), ...(folder ? [folder] : [])], signal);
    await this.staging.requireRoom(needed);
    const into = await this.staging.begin(backup.id);
    const template = await this.templates.find(
      await this.templates.nameOf(installation),
      installation.templateDigest,
    );
    if (template) await copyTemplate(template, join(into, TEMPLATE_FOLDER));
    await this.writeSecrets(installation, repository, join(into, SECRETS_FILE));
    const downtimeMs = await this.pause.during(run, app, async () => {
      await run.phase('copying', needed);
      await mkdir(join(into, VOLUMES_FOLDER), { mode: 0o700 });
      for (const [name, place] of volumes)
        await copyTree(place, join(into, VOLUMES_FOLDER, name), signal);
      if (folder) await copyTree(folder, join(into, APP_FOLDER), signal);
      await run.phase('starting');
    });
    const manifest = await this.describe(run, installation, template, [...volumes.keys()], folder !== null); // prettier-ignore
    await writeFile(join(into, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
    await run.lease.update({ manifest: JSON.stringify(manifest), downtimeMs });
  }

  private async describe(
    { backup }: BackupRun,
    installation: AppInstallation,
    template: Template | null,
    volumes: readonly string[],
    hasFolder: boolean,
  ): Promise<BackupManifest> {
    const app = manifestOf(installation);
    if (!app) throw new AppNotInstalledError(backup.appName);
    const into = this.staging.folder(backup.id);
    const sizes: Record<string, SavedTree> = {};
    for (const name of volumes)
      sizes[name] = { bytes: await sizeOf([join(into, VOLUMES_FOLDER, name)]), digest: '' };
    const images: Record<string, string> = {};
    for (const reference of app.images)
      images[reference] = (await this.engine.images.find(reference))?.Id ?? '';
    return {
      format: BACKUP_FORMAT,
      product: PRODUCT_VERSION,
      backupId: backup.id,
      appName: backup.appName,
      createdAt: new Date().toISOString(),
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
      app,
      volumes: sizes,
      folder: hasFolder ? { bytes: await sizeOf([join(into, APP_FOLDER)]), digest: '' } : null,
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

  private async upload(run: BackupRun, repository: OpenRepository): Promise<void> {
    const { backup, signal, lease } = run;
    const folder = this.staging.folder(backup.id);
    await run.phase('uploading');
    const tags = [SNAPSHOT_TAG, `app=${backup.appName}`, backupTag(backup.id)];
    // Left by a run that died after the repository had taken it all.
    const left = await this.restic.snapshots(repository, tags, { signal });
    if (left.length > 0)
      await this.restic.forget(repository, left.map(({ id }) => id), { signal, prune: false }); // prettier-ignore
    const controller = new AbortController();
    const both = AbortSignal.any([signal, controller.signal]);
    const digested = withDigests(folder, both);
    digested.catch((error: unknown) => controller.abort(error));
    const { addedBytes } = await this.restic
      .save(repository, folder, tags, {
        signal: both,
        onProgress: (progress) => run.progress('uploading', progress),
      })
      .catch((error: unknown) => {
        controller.abort(error);
        throw error;
      });
    const manifest = await digested;
    const [snapshot] = await this.restic.snapshots(repository, tags, { signal });
    if (!snapshot) throw new Error('the snapshot is not in the repository');
    await lease.update({
      ...IDLE,
      state: 'saved',
      snapshotId: snapshot.id,
      manifest: JSON.stringify(manifest),
      addedBytes,
      failure: null,
    });
    await run.ended('saved', bilingual('备份已完成', 'Backup complete'));
  }
}

/** The manifest of a staging folder with the digests of what lies beside it. */
async function withDigests(folder: string, signal: AbortSignal): Promise<BackupManifest> {
  const manifest = JSON.parse(
    await readFile(join(folder, MANIFEST_FILE), 'utf8'),
  ) as BackupManifest;
  return { ...manifest, ...(await digestsOf(manifest, folder, signal)) };
}

/** Digests of the data of a backup as they lie in a folder. */
export async function digestsOf(
  manifest: Pick<BackupManifest, 'volumes' | 'folder'>,
  folder: string,
  signal?: AbortSignal,
): Promise<Pick<BackupManifest, 'volumes' | 'folder'>> {
  const volumes: Record<string, SavedTree> = {};
  for (const name of Object.keys(manifest.volumes))
    volumes[name] = await digestTree(join(folder, VOLUMES_FOLDER, name), signal);
  return {
    volumes,
    folder: manifest.folder && (await digestTree(join(folder, APP_FOLDER), signal)),
  };
}

/** Without archives of images, which may be huge and are on the engine. */
async function copyTemplate(template: Template, into: string): Promise<void> {
  await mkdir(into, { recursive: true });
  if (template.singleFile) {
    await cp(join(template.folder, template.composeFile), join(into, template.composeFile));
  } else {
    const images = join(template.folder, 'images');
    await cp(template.folder, into, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (source) => source !== images && dirname(source) !== images,
    });
  }
  await chmod(into, 0o700);
}
