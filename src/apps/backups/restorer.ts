import { dirname, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { retryDatabase } from '../../platform/database/retry-database';
import { runInTransaction } from '../../platform/database/run-in-transaction';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { retryEngine } from '../../platform/docker/retry-engine';
import { bilingual } from '../../platform/i18n/bilingual';
import { sleep } from '../../platform/waiting/sleep';
import { ownLabels } from '../compose/engine/labels';
import { asInstance, installedName, instanceOf } from '../compose/template/instance';
import type { Template } from '../compose/template/template';
import {
  imageIdsOf,
  pullLost,
  returnImages,
  returnTag,
  type ImageIds,
} from '../images/return-images';
import { InstallRequests } from '../install/install-requests.service';
import { Installer } from '../install/installer';
import { isUnderWay } from '../installations/installation-state';
import type { AppInstallation } from '../installations/installation.entity';
import { AlreadyInstalledError } from '../installations/installation.errors';
import { failureOf, InstallationStore, manifestOf } from '../installations/installation.store';
import { isHandOver, LeaseLostError } from '../installations/leased-rows';
import { AppContainers } from '../lifecycle/app-containers';
import { PortLeasesService } from '../ports/port-leases.service';
import { AppResolver, TemplateSource } from '../resolver/app-resolver';
import { TemplateGoneError } from '../resolver/template.errors';
import { AppSecretsService, type Variables } from '../secrets/app-secrets.service';
import type { AppBackup } from './app-backup.entity';
import { AppPause } from './app-pause';
import { AppPlaces } from './app-places';
import {
  BackupInterruptedError,
  RestoreFailedError,
  VolumeNameDiffersError,
  VolumeNotOursError,
} from './backup.errors';
import {
  APP_FOLDER,
  TEMPLATE_FOLDER,
  VOLUMES_FOLDER,
  type BackupManifest,
} from './backup-manifest';
import type { BackupRun, HeldApp } from './backup-run';
import { BackupStore, IDLE } from './backup.store';
import { PinnedTemplates } from './pinned-templates';
import { leftOf, replaceTree, returnTree, waitingAt, type Replaced, type ReplacedTree } from './replaced-data'; // prettier-ignore
import { Repositories } from './repositories.service';
import { SnapshotReader, type ReadSnapshot } from './snapshot-reader';
import { exists, flush, moveTree, removeTree, Staging } from './staging';

const POLL_MS = 500;

/** A snapshot with the template that its data belong to. */
interface Restorable extends ReadSnapshot {
  readonly template: Template;
}

/**
 * Brings an app back to a backup: in place, or where it is not installed. What was there before waits beside it
 * until the app is up, and is returned byte by byte where it does not come up.
 */
@Injectable()
export class Restorer {
  constructor(
    private readonly dataSource: DataSource,
    private readonly engine: DockerEngine,
    private readonly reader: SnapshotReader,
    private readonly staging: Staging,
    private readonly repositories: Repositories,
    private readonly pause: AppPause,
    private readonly places: AppPlaces,
    private readonly pinned: PinnedTemplates,
    private readonly templates: TemplateSource,
    private readonly resolver: AppResolver,
    private readonly installer: Installer,
    private readonly installs: InstallRequests,
    private readonly store: InstallationStore,
    private readonly backups: BackupStore,
    private readonly containers: AppContainers,
    private readonly leases: PortLeasesService,
    private readonly secrets: AppSecretsService,
  ) {}

  /** Ends the row as saved. A run that takes over from a dead one returns what was there before. */
  async restore(run: BackupRun): Promise<void> {
    const { backup } = run;
    const replaced = this.replacedOf(run);
    if (replaced && backup.phase === 'cleaning') return this.finish(run, replaced);
    if (replaced) {
      const isInstalling = backup.phase === 'installing' && replaced.installKey !== null;
      if (isInstalling) return this.awaitInstall(run, replaced);
      await this.giveBack(run, replaced);
      throw new BackupInterruptedError(targetOf(backup));
    }
    const read = await this.reader.read(run);
    await this.reader.requireArchitecture(read.manifest);
    await this.pinned.keep(read.manifest, join(read.folder, TEMPLATE_FOLDER));
    const snapshot = { ...read, template: await this.templateOf(read.manifest, backup) };
    if (backup.restoreAs !== null) {
      await this.refuseTaken(backup.restoreAs);
      return this.asNew(run, snapshot);
    }
    const { images, imageDigests } = read.manifest;
    for (const [reference, id] of Object.entries(images))
      await pullLost(this.engine, reference, id, imageDigests?.[reference], { signal: run.signal });
    // An install that had begun before this restore goes first.
    do {
      if (await this.pause.hold(run, (app) => this.inPlace(run, app, snapshot))) return;
    } while (await this.store.isTaken(backup.appName));
    await this.asNew(run, snapshot);
  }

  /**
   * Puts the data of a backup in place, with its template and images, for an app that nothing runs of; starts nothing.
   * What is replaced is noted before.
   */
  async bring(run: BackupRun): Promise<void> {
    const { backup, signal } = run;
    const read = await this.reader.read(run);
    await this.reader.requireArchitecture(read.manifest);
    await this.pinned.keep(read.manifest, join(read.folder, TEMPLATE_FOLDER));
    const template = await this.templateOf(read.manifest, backup);
    const { images, imageDigests } = read.manifest;
    for (const [reference, id] of Object.entries(images))
      await pullLost(this.engine, reference, id, imageDigests?.[reference], { signal });
    const { trees } = await this.prepare(run, { ...read, template }, null, null);
    for (const tree of trees) await replaceTree(tree, backup.id);
    for (const [reference, id] of Object.entries(images)) await returnTag(this.engine, reference, id); // prettier-ignore
  }

  /** Undoes `bring`, wherever it stopped. */
  async takeAway(run: BackupRun): Promise<void> {
    const { id } = run.backup;
    const replaced = this.replacedOf(run);
    for (const tree of replaced?.trees ?? []) await returnTree(tree, id);
    if (replaced) await this.removeMade(replaced);
    await this.staging.remove(id);
  }

  /** After `bring`, once the app is up: what was replaced goes. */
  async settle(run: BackupRun): Promise<void> {
    const { id } = run.backup;
    for (const tree of this.replacedOf(run)?.trees ?? [])
      for (const folder of leftOf(tree, id)) await removeTree(folder);
    await this.staging.remove(id);
  }

  /** Also where an install that had begun before this restore is not in the database yet. @throws AlreadyInstalledError */
  private async refuseTaken(name: string): Promise<void> {
    if (!(await this.store.isTaken(name))) return;
    const row = await this.store.findActive(name);
    if (row) throw new AlreadyInstalledError(name, row.id, row.state);
  }

  /** Over an app that is installed: its containers are made again from the backup's template and values. */
  private async inPlace(run: BackupRun, app: HeldApp, snapshot: Restorable): Promise<void> {
    const { installation, lease } = app;
    const { manifest, secrets, template } = snapshot;
    const { appName, id } = installation;
    await run.phase('preparing');
    const { values } = secrets.variables;
    const resolved = this.resolver.resolve(template, values);
    const leaseKeys = (await this.leases.find(id)).map(({ leaseKey }) => leaseKey);
    const before: Replaced['before'] = {
      installationId: id,
      variables: installation.variables.toString('base64'),
      version: installation.version,
      templateDigest: installation.templateDigest,
      store: installation.store,
      stopped: installation.stopped,
      manifest: installation.manifest,
      leaseKeys,
      images: await imageIdsOf(this.engine, { id, manifest: manifestOf(installation) }),
    };
    const replaced = await this.prepare(run, snapshot, before, null);
    const variables = this.secrets.sealVariables(id, secrets.variables);
    const { digest: templateDigest, store } = template;
    const now = { variables, version: manifest.version, templateDigest, store };
    try {
      await this.leases.claimMissing(id, resolved.ports);
      await this.pause.stop(run, app);
      run.signal.throwIfAborted();
      await run.phase('replacing');
      for (const tree of replaced.trees) await replaceTree(tree, run.backup.id);
      await this.keepSecrets(appName, id, secrets.secrets);
      await lease.update({ ...now, stopped: false });
      await this.returnImages(installation, manifest.images);
      await run.phase('installing');
      await this.installer.install({ ...installation, ...now, folderIsNew: false }, lease);
      run.signal.throwIfAborted();
      await lease.update({ phase: 'running', progress: 100, step: '', failure: null });
      await run.lease.update({ phase: 'cleaning', halted: false });
    } catch (error) {
      if (error instanceof LeaseLostError) throw error;
      await this.giveBackTo(run, app, replaced);
      throw error;
    }
    await this.finish(run, replaced);
  }

  /** Where the app is not installed: its data are put in place as kept data, then it is installed. */
  private async asNew(run: BackupRun, snapshot: Restorable): Promise<void> {
    const { backup } = run;
    const { manifest, secrets, template } = snapshot;
    await run.phase('preparing');
    const installKey = `restore-${backup.id}-${Date.now()}`;
    const replaced = await this.prepare(run, snapshot, null, installKey);
    try {
      await run.phase('replacing');
      for (const tree of replaced.trees) await replaceTree(tree, backup.id);
      await this.keepSecrets(targetOf(backup), backup.id, secrets.secrets);
      // Beside an app that runs, its images stay what they are.
      if (backup.restoreAs === null)
        for (const [reference, id] of Object.entries(manifest.images))
          await returnTag(this.engine, reference, id);
      await run.phase('installing');
      await this.installs.request({
        appName: await this.nameOf(manifest),
        ...(template.instance ? { instance: template.instance } : {}),
        variables: this.givenOf(backup, snapshot),
        idempotencyKey: installKey,
        requestedBy: backup.requestedBy,
        backup: {
          templateDigest: template.digest,
          ports: backup.restoreAs === null ? manifest.ports : {},
        },
      });
    } catch (error) {
      if (isHandOver(error)) throw error;
      await this.returnAll(run, replaced);
      throw error;
    }
    await this.awaitInstall(run, replaced);
  }

  private async awaitInstall(run: BackupRun, replaced: Replaced): Promise<void> {
    for (;;) {
      const row = await retryDatabase(() =>
        this.store.findByIdempotencyKey(replaced.installKey ?? ''),
      );
      if (row?.state === 'installed') {
        await run.phase('cleaning');
        return this.finish(run, replaced);
      }
      if (!row || !isUnderWay(row.state)) {
        await this.returnAll(run, replaced);
        const reason = (row && failureOf(row)?.message) ?? bilingual('安装被中断', 'interrupted');
        throw new RestoreFailedError(targetOf(run.backup), reason);
      }
      await sleep(POLL_MS, run.signal);
    }
  }

  /** Lays the new data beside the old, and notes what will be replaced before anything is. */
  private async prepare(
    run: BackupRun,
    snapshot: Restorable,
    before: Replaced['before'],
    installKey: string | null,
  ): Promise<Replaced> {
    const { backup, signal } = run;
    const { manifest, folder } = snapshot;
    const target = targetOf(backup);
    const volumes = this.volumesOf(snapshot);
    const names = [...volumes.keys()];
    const present = await this.places.volumes(names);
    await this.requireOurs(target, [...present.keys()]);
    const madeVolumes = names.filter((name) => !present.has(name));
    const projectDir = this.resolver.projectDir(target);
    const note = (trees: readonly ReplacedTree[], old: Replaced['secrets']): Replaced => ({
      trees,
      madeVolumes,
      before,
      secrets: old,
      installKey,
    });
    const kept = await this.secrets.findKept(target);
    await this.write(run, note([], kept));
    await this.makeVolumes(backup.id, snapshot, madeVolumes);
    const places = await this.places.volumes(names);
    const sources = new Map<string, string>();
    for (const [name, place] of places)
      sources.set(place, join(folder, VOLUMES_FOLDER, volumes.get(name) ?? name));
    if (manifest.folder) sources.set(projectDir, join(folder, APP_FOLDER));
    const trees: ReplacedTree[] = [];
    for (const path of sources.keys()) trees.push({ path, existed: await exists(path) });
    const replaced = note(trees, kept);
    await this.write(run, replaced);
    try {
      for (const [path, source] of sources)
        if (await moveTree(source, waitingAt(path, backup.id), signal)) await flush(dirname(path));
    } catch (error) {
      if (!isHandOver(error)) await this.returnAll(run, replaced);
      throw error;
    }
    await this.staging.remove(backup.id);
    return replaced;
  }

  /** A volume of that name that is not the app's is none of our business. */
  private async requireOurs(appName: string, names: readonly string[]): Promise<void> {
    for (const name of names) {
      const volume = await this.engine.volumes.find(name);
      if (volume && volume.labels[ownLabels.app] !== appName) throw new VolumeNotOursError(name);
    }
  }

  /**
   * The names that the volumes of the backup have here, each with the one that it had.
   * @throws VolumeNameDiffersError
   */
  private volumesOf({ manifest, template, secrets }: Restorable): Map<string, string> {
    const namesOf = (instance: string | null) => {
      const as = asInstance(template, instance);
      const { volumes } = this.resolver.resolve(as, secrets.variables.values);
      return new Map(volumes.map(({ key, name }) => [key, name]));
    };
    const before = new Map(
      [...namesOf(manifest.instance ?? null)].map(([key, name]) => [name, key]),
    );
    const now = namesOf(template.instance ?? null);
    return new Map(
      Object.keys(manifest.volumes).map((name) => {
        const next = now.get(before.get(name) ?? '');
        if (next === undefined) throw new VolumeNameDiffersError(name);
        return [next, name];
      }),
    );
  }

  /** What was set at the install; the ports that were chosen are those of the app beside which this one comes. */
  private givenOf({ restoreAs }: AppBackup, { template, secrets }: Restorable): Variables {
    const { given, values } = secrets.variables;
    if (restoreAs === null) return given;
    const { ports } = this.resolver.resolve(template, values);
    const chosen = new Set(ports.map(({ variable }) => variable));
    return Object.fromEntries(Object.entries(given).filter(([name]) => !chosen.has(name)));
  }

  /** As the template describes them, so that the install that follows takes them for its own kept data. */
  private async makeVolumes(
    owner: string,
    { manifest, template, secrets }: Restorable,
    names: readonly string[],
  ): Promise<void> {
    if (names.length === 0) return;
    const { values } = secrets.variables;
    const { ports } = this.resolver.resolve(template, values);
    // Of the plan only the volumes count, and their description holds no port.
    const leases = Object.fromEntries(ports.map(({ key }) => [key, manifest.ports[key] ?? 1]));
    const plan = this.resolver.plan(template, values, leases, owner);
    for (const name of names) {
      const body = plan.volumes.find((volume) => volume.Name === name) ?? {
        Name: name,
        Labels: { [ownLabels.app]: installedName(template), [ownLabels.installation]: owner },
      };
      await retryEngine(this.engine, () => this.engine.volumes.create(body));
    }
  }

  private returnImages(row: AppInstallation, images: ImageIds): Promise<void> {
    const { id } = row;
    return retryEngine(this.engine, () =>
      returnImages(this.engine, { id, manifest: manifestOf(row) }, images),
    );
  }

  private async giveBack(run: BackupRun, replaced: Replaced): Promise<void> {
    const held = replaced.before
      ? await this.pause.hold(run, (app) => this.giveBackTo(run, app, replaced))
      : null;
    if (!held) await this.returnAll(run, replaced);
  }

  /** Everything as it was: data, passwords, values, version, containers; then the app is started. */
  private async giveBackTo(run: BackupRun, app: HeldApp, replaced: Replaced): Promise<void> {
    const { before, trees } = replaced;
    const { installation } = app;
    if (before?.installationId !== installation.id) return this.returnAll(run, replaced);
    await run.phase('returning');
    const lease = app.lease.withSignal(new AbortController().signal);
    const now = await retryDatabase(() => this.backups.findById(run.backup.id));
    const wasHalted = now?.halted ?? false;
    if (wasHalted) await this.pause.stop(run, { installation, lease });
    for (const tree of trees) await returnTree(tree, run.backup.id);
    await this.keepSecrets(installation.appName, installation.id, replaced.secrets);
    const variables = Buffer.from(before.variables, 'base64');
    const { version, templateDigest, store, manifest } = before;
    await lease.update({ variables, version, templateDigest, store, manifest });
    if (wasHalted) {
      const row = { ...installation, variables, version, templateDigest, store, manifest };
      await this.returnImages(row, before.images ?? {});
      await this.installer.install({ ...row, folderIsNew: false }, lease);
      if (before.stopped) await this.containers.stopAll(row);
      await lease.update({ phase: 'running', progress: 100, step: '', stopped: before.stopped });
    }
    await this.leases.keepOnly(installation.id, before.leaseKeys);
    await this.removeMade(replaced);
    await run.lease.update({ halted: false, replaced: null });
  }

  /** The data alone, of an app that is not installed. */
  private async returnAll(run: BackupRun, replaced: Replaced): Promise<void> {
    await run.phase('returning');
    for (const tree of replaced.trees) await returnTree(tree, run.backup.id);
    await this.removeMade(replaced);
    await retryDatabase(() => this.secrets.forgetOf(run.backup.id));
    await this.keepSecrets(targetOf(run.backup), run.backup.id, replaced.secrets);
    await run.lease.update({ halted: false, replaced: null });
  }

  private async removeMade({ madeVolumes }: Replaced): Promise<void> {
    for (const name of madeVolumes)
      await retryEngine(this.engine, () => this.engine.volumes.remove(name));
  }

  /** The old data take a second a few gigabytes to remove: for that nobody waits. */
  private async finish(run: BackupRun, { trees }: Replaced): Promise<void> {
    const { id } = run.backup;
    const gone: string[] = [];
    for (const folder of trees.flatMap((tree) => leftOf(tree, id)))
      gone.push(...(await this.staging.takeAway(folder)));
    await this.staging.remove(id);
    await run.lease.update({ ...IDLE, state: 'saved', failure: null, restoredAt: new Date() });
    await run.ended('saved', bilingual('恢复已完成', 'Restore complete'));
    for (const folder of gone) await removeTree(folder);
  }

  /** @throws TemplateGoneError */
  private async templateOf(manifest: BackupManifest, backup: AppBackup): Promise<Template> {
    const digest = manifest.template?.digest ?? manifest.templateDigest;
    const template = await this.templates.find(await this.nameOf(manifest), digest);
    if (!template) throw new TemplateGoneError(manifest.appName);
    return asInstance(template, instanceOf(targetOf(backup), template.name));
  }

  /** The name by which the template of a backup is found. */
  private nameOf({ appName, instance = null, template }: BackupManifest): Promise<string> {
    return this.templates.nameOf({ appName, instance, store: template?.store ?? null });
  }

  private async keepSecrets(
    appName: string,
    owner: string,
    secrets: Readonly<Record<string, string>>,
  ): Promise<void> {
    if (Object.keys(secrets).length === 0) return;
    await runInTransaction(this.dataSource, (tx) => this.secrets.keep(tx, appName, owner, secrets));
  }

  private async write(run: BackupRun, replaced: Replaced): Promise<void> {
    const sealed = this.repositories.seal(JSON.stringify(replaced), run.backup.id);
    await run.lease.update({ replaced: sealed });
  }

  private replacedOf({ backup }: BackupRun): Replaced | null {
    if (backup.replaced === null) return null;
    return JSON.parse(this.repositories.unseal(backup.replaced, backup.id)) as Replaced;
  }
}

/** Name of the installation that a backup is restored to. */
function targetOf({ appName, restoreAs }: AppBackup): string {
  return restoreAs ?? appName;
}
