import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { retryDatabase } from '../../platform/database/retry-database';
import { runInTransaction } from '../../platform/database/run-in-transaction';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { retryEngine } from '../../platform/docker/retry-engine';
import { bilingual } from '../../platform/i18n/bilingual';
import { sleep } from '../../platform/waiting/sleep';
import { ownLabels } from '../compose/engine/labels';
import { InstallRequests } from '../install/install-requests.service';
import { Installer } from '../install/installer';
import { isUnderWay } from '../installations/installation-state';
import { failureOf, InstallationStore } from '../installations/installation.store';
import { isHandOver, LeaseLostError } from '../installations/row-lease';
import { AppContainers } from '../lifecycle/app-containers';
import { PortLeasesService } from '../ports/port-leases.service';
import { AppResolver, TemplateSource } from '../resolver/app-resolver';
import { TemplateGoneError, UnknownAppError } from '../resolver/template.errors';
import { AppSecretsService } from '../secrets/app-secrets.service';
import { AppPause, type HeldApp } from './app-pause';
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
import type { BackupRun } from './backup-run';
import { BackupStore, IDLE } from './backup.store';
import { PinnedTemplates } from './pinned-templates';
import { discardKept, replaceTree, returnTree, waitingAt, type Replaced, type ReplacedTree } from './replaced-data'; // prettier-ignore
import { Repositories } from './repositories.service';
import { SnapshotReader, type ReadSnapshot } from './snapshot-reader';
import { copyTree, exists, Staging } from './staging';

const POLL_MS = 500;

/** The digest of the template that a backup's data belong to. */
const digestOf = ({ template, templateDigest }: BackupManifest): string =>
  template?.digest ?? templateDigest;

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
      throw new BackupInterruptedError(backup.appName);
    }
    const snapshot = await this.reader.read(run);
    await this.reader.requireArchitecture(snapshot.manifest);
    await this.pinned.keep(snapshot.manifest, join(snapshot.folder, TEMPLATE_FOLDER));
    const held = await this.pause.hold(run, (app) => this.inPlace(run, app, snapshot));
    if (!held) await this.asNew(run, snapshot);
  }

  /** Over an app that is installed: its containers are made again from the backup's template and values. */
  private async inPlace(run: BackupRun, app: HeldApp, snapshot: ReadSnapshot): Promise<void> {
    const { installation, lease } = app;
    const { manifest, secrets } = snapshot;
    const { appName, id } = installation;
    await run.phase('preparing');
    const digest = digestOf(manifest);
    const template = await this.templates.find(await this.nameOf(manifest), digest);
    if (!template) throw new TemplateGoneError(appName);
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
  private async asNew(run: BackupRun, snapshot: ReadSnapshot): Promise<void> {
    const { backup } = run;
    const { manifest, secrets } = snapshot;
    await run.phase('preparing');
    const digest = digestOf(manifest);
    if (!(await this.templates.find(await this.nameOf(manifest), digest)))
      throw new UnknownAppError(backup.appName);
    const installKey = `restore-${backup.id}-${Date.now()}`;
    const replaced = await this.prepare(run, snapshot, null, installKey);
    try {
      await run.phase('replacing');
      for (const tree of replaced.trees) await replaceTree(tree, backup.id);
      await this.keepSecrets(backup.appName, backup.id, secrets.secrets);
      await run.phase('installing');
      await this.installs.request({
        appName: await this.nameOf(manifest),
        variables: { ...secrets.variables.given },
        idempotencyKey: installKey,
        requestedBy: backup.requestedBy,
        backup: { templateDigest: digest, ports: manifest.ports },
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
        throw new RestoreFailedError(run.backup.appName, reason);
      }
      await sleep(POLL_MS, run.signal);
    }
  }

  /** Lays the new data beside the old, and notes what will be replaced before anything is. */
  private async prepare(
    run: BackupRun,
    { manifest, folder, secrets }: ReadSnapshot,
    before: Replaced['before'],
    installKey: string | null,
  ): Promise<Replaced> {
    const { backup, signal } = run;
    const names = Object.keys(manifest.volumes);
    const present = await this.places.volumes(names);
    await this.requireOurs(backup.appName, [...present.keys()]);
    await this.requireNames(manifest, names, secrets.variables.values);
    const madeVolumes = names.filter((name) => !present.has(name));
    const projectDir = this.resolver.projectDir(backup.appName);
    const note = (trees: readonly ReplacedTree[], old: Replaced['secrets']): Replaced => ({
      trees,
      madeVolumes,
      before,
      secrets: old,
      installKey,
    });
    const kept = await this.secrets.findKept(backup.appName);
    await this.write(run, note([], kept));
    await this.makeVolumes(backup.id, manifest, madeVolumes, secrets.variables.values);
    const places = await this.places.volumes(names);
    const sources = new Map<string, string>();
    for (const [name, place] of places) sources.set(place, join(folder, VOLUMES_FOLDER, name));
    if (manifest.folder) sources.set(projectDir, join(folder, APP_FOLDER));
    const trees: ReplacedTree[] = [];
    for (const path of sources.keys()) trees.push({ path, existed: await exists(path) });
    const replaced = note(trees, kept);
    await this.write(run, replaced);
    try {
      for (const [path, source] of sources)
        await copyTree(source, waitingAt(path, backup.id), signal);
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

  /** @throws VolumeNameDiffersError */
  private async requireNames(
    manifest: BackupManifest,
    names: readonly string[],
    values: Readonly<Record<string, string>>,
  ): Promise<void> {
    const template = await this.templates.find(await this.nameOf(manifest), digestOf(manifest));
    if (!template) throw new TemplateGoneError(manifest.appName);
    const own = new Set(this.resolver.resolve(template, values).volumes.map(({ name }) => name));
    const other = names.find((name) => !own.has(name));
    if (other !== undefined) throw new VolumeNameDiffersError(other);
  }

  /** As the template describes them, so that the install that follows takes them for its own kept data. */
  private async makeVolumes(
    owner: string,
    manifest: BackupManifest,
    names: readonly string[],
    values: Readonly<Record<string, string>>,
  ): Promise<void> {
    if (names.length === 0) return;
    const template = await this.templates.find(await this.nameOf(manifest), digestOf(manifest));
    if (!template) throw new TemplateGoneError(manifest.appName);
    const { ports } = this.resolver.resolve(template, values);
    // Of the plan only the volumes count, and their description holds no port.
    const leases = Object.fromEntries(ports.map(({ key }) => [key, manifest.ports[key] ?? 1]));
    const plan = this.resolver.plan(template, values, leases, owner);
    for (const name of names) {
      const body = plan.volumes.find((volume) => volume.Name === name) ?? {
        Name: name,
        Labels: { [ownLabels.app]: manifest.appName, [ownLabels.installation]: owner },
      };
      await retryEngine(this.engine, () => this.engine.volumes.create(body));
    }
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
    await this.keepSecrets(run.backup.appName, run.backup.id, replaced.secrets);
    await run.lease.update({ halted: false, replaced: null });
  }

  private async removeMade({ madeVolumes }: Replaced): Promise<void> {
    for (const name of madeVolumes)
      await retryEngine(this.engine, () => this.engine.volumes.remove(name));
  }

  private async finish(run: BackupRun, { trees }: Replaced): Promise<void> {
    for (const tree of trees) await discardKept(tree, run.backup.id);
    await this.staging.remove(run.backup.id);
    await run.lease.update({ ...IDLE, state: 'saved', failure: null, restoredAt: new Date() });
    await run.ended('saved', bilingual('恢复已完成', 'Restore complete'));
  }

  /** The name by which the template of a backup is found. */
  private nameOf({ appName, template }: BackupManifest): Promise<string> {
    return this.templates.nameOf({ appName, store: template?.store ?? null });
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
