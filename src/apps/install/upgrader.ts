import { Injectable, Logger } from '@nestjs/common';
import { retryDatabase } from '../../platform/database/retry-database';
import { DockerEngine } from '../../platform/docker/docker-engine';
import type { ContainerSummary } from '../../platform/docker/engine-types';
import { EngineError, isEngineFailure } from '../../platform/docker/engine.errors';
import { retryEngine } from '../../platform/docker/retry-engine';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { settleAll } from '../../platform/waiting/settle-all';
import { ContainerMissingError } from '../engine/container.errors';
import { ownLabels } from '../compose/engine/labels';
import { ContainerStarter } from '../engine/container-starter';
import { RetiredImages } from '../images/retired-images';
import { returnTag } from '../images/return-images';
import { installationLabel, isSetAside, nameBefore, setAsideName } from '../engine/resource-owner';
import { runGraph } from '../engine/run-graph';
import {
  expectedContainer,
  type HomeMove,
  type PreviousVersion,
} from '../installations/app-manifest';
import type { AppInstallation } from '../installations/installation.entity';
import { TooManyAttemptsError } from '../installations/installation.errors';
import type { InstallFailure } from '../installations/installation-state';
import {
  failureOf,
  InstallationStore,
  manifestOf,
  previousOf,
} from '../installations/installation.store';
import { isHandOver, UNCLAIMED } from '../installations/leased-rows';
import type { RowLease } from '../installations/row-lease';
import { PortLeasesService } from '../ports/port-leases.service';
import { AppEventsService } from '../progress/app-events.service';
import { AppSecretsService } from '../secrets/app-secrets.service';
import { TemplateSource } from '../resolver/app-resolver';
import { AppFiles } from './app-files';
import { AppRemover } from './app-remover';
import { maskFailure, toInstallFailure } from './install-failure';
import { HomeLeftovers } from './home-leftovers';
import { Installer } from './installer';
import { UpgradeData } from './upgrade-data';

/** After so many attempts to restore the old version the upgrade ends with what is there. */
const MAX_ATTEMPTS = 6;

/** How the row of an upgrade ends, whichever version runs. */
const ENDED = {
  state: 'installed',
  phase: 'running',
  progress: 100,
  step: '',
  attempts: 0,
  cancelRequested: false,
  pending: null,
  previous: null,
  ...UNCLAIMED,
} as const;

/**
 * Replaces the version of an app that runs. The old containers are stopped and set aside under
 * another name, and restored when the new ones do not become healthy in time, with the data as they were
 * then: a copy waits beside them. An upgrade without a backup keeps no copy: what the new version has done
 * to the volumes by then stays.
 */
@Injectable()
export class Upgrader {
  private readonly logger = new Logger(Upgrader.name);

  constructor(
    private readonly engine: DockerEngine,
    private readonly starter: ContainerStarter,
    private readonly templates: TemplateSource,
    private readonly installer: Installer,
    private readonly remover: AppRemover,
    private readonly store: InstallationStore,
    private readonly leases: PortLeasesService,
    private readonly events: AppEventsService,
    private readonly secrets: AppSecretsService,
    private readonly data: UpgradeData,
    private readonly files: AppFiles,
    private readonly retired: RetiredImages,
    private readonly leftovers: HomeLeftovers,
  ) {}

  /** Ends the row as installed: with the new version, or with the old one and the reason. */
  async run(row: AppInstallation, lease: RowLease): Promise<void> {
    // The one sign that the new version is up: from there a resumed run only goes forward.
    if (row.phase === 'running') return this.finish(row, lease);
    let isUp = false;
    try {
      // A run that died in the middle is not tried again: the old version is known to work.
      if (row.attempts > 1) throw new TooManyAttemptsError(row.appName, row.attempts - 1);
      lease.signal.throwIfAborted();
      const { previous, pending } = row;
      if (previous === null || pending === null) throw new Error('no upgrade is prepared');
      const before = JSON.parse(previous) as PreviousVersion;
      const next = { ...row, variables: pending, folderIsNew: false };
      const homes = before.move?.homes;
      isUp = homes
        ? await this.moveHome(next, lease, before, homes)
        : await this.replace(next, lease, before);
      if (!isUp) return;
    } catch (error) {
      if (isHandOver(error)) throw error;
      return this.restore(row, lease, error);
    }
    await this.finish(row, lease);
  }

  /** True: the new version is up. */
  private async replace(
    row: AppInstallation,
    lease: RowLease,
    previous: PreviousVersion,
  ): Promise<boolean> {
    const version = await this.save(row, lease, previous);
    const setAside = (): Promise<void> => this.setAside(row, lease, version);
    await this.installer.install(row, lease, setAside, version.move === undefined);
    lease.signal.throwIfAborted();
    await lease.update({ phase: 'running' });
    return true;
  }

  /** The next stage of a move of an app with data, by a process of the home that the row names. True: it is up. */
  private async moveHome(
    row: AppInstallation,
    lease: RowLease,
    previous: PreviousVersion,
    homes: HomeMove,
  ): Promise<boolean> {
    switch (homes.stage) {
      case 'saving': {
        const mine = await this.engine.workloads.list([installationLabel(row.id)]);
        await this.remover.stopAll(row, mine);
        await this.data.save({ ...row, stopped: true }, lease, previous);
        await this.setAside(row, lease, previous, false);
        lease.signal.throwIfAborted();
        await this.handOver(lease, { ...previous, isSetAside: true }, { ...homes, stage: 'restoring' }); // prettier-ignore
        return false;
      }
      case 'restoring': {
        await this.leftovers.clearHere(row.appName);
        const note = async (replaced: string | null): Promise<void> => {
          const now = withHomes(previous, { ...homes, replaced });
          await lease.update({ previous: JSON.stringify(now) });
        };
        await this.data.bring(row, lease, previous, note);
        await this.installer.install(row, lease);
        lease.signal.throwIfAborted();
        await lease.update({ phase: 'running' });
        return true;
      }
      case 'returning':
        throw new TooManyAttemptsError(row.appName, row.attempts);
    }
  }

  /** To the processes of the other home, whose sweep finds it. */
  private async handOver(
    lease: RowLease,
    previous: PreviousVersion,
    homes: HomeMove,
  ): Promise<void> {
    await lease.update({
      home: homes.stage === 'restoring' ? homes.to : homes.from,
      previous: JSON.stringify(withHomes(previous, homes)),
      attempts: 0,
      ...UNCLAIMED,
    });
  }

  /** The backup that it begins with, unless it was asked for without. */
  private async save(
    row: AppInstallation,
    lease: RowLease,
    previous: PreviousVersion,
  ): Promise<PreviousVersion> {
    if (previous.backupId === undefined) return previous;
    await this.data.save(row, lease, previous);
    const label = `${ownLabels.app}=${row.appName}`;
    const volumes = (await this.engine.volumes.list([label])).map(({ name }) => name);
    const version = { ...previous, volumes };
    await lease.update({ previous: JSON.stringify(version) });
    return version;
  }

  /** All of them are found by label: one that was renamed by hand holds ports as well. */
  private async setAside(
    row: AppInstallation,
    lease: RowLease,
    previous: PreviousVersion,
    keepsData = previous.backupId !== undefined,
  ): Promise<void> {
    const mine = await this.engine.workloads.list([installationLabel(row.id)]);
    const containers = mine.filter((c) => !isSetAside(c.name));
    await this.remover.stopAll(row, containers);
    await settleAll(
      containers.map((c) => {
        const name = expectedContainer(previous.manifest, c)?.name ?? c.name;
        return this.engine.workloads.rename(c.id, setAsideName(name));
      }),
    );
    const aside = { ...previous, isSetAside: true };
    if (!keepsData) {
      await lease.update({ previous: JSON.stringify(aside) });
      return;
    }
    const kept = { ...aside, kept: await this.data.placesOf(row, previous) };
    await lease.update({ previous: JSON.stringify(kept) });
    await this.data.keep(kept, lease.signal);
  }

  private async finish(row: AppInstallation, lease: RowLease): Promise<void> {
    const now = await retryDatabase(() => this.store.findById(row.id));
    const previous = now && previousOf(now);
    // Another version is meant to run; the same one elsewhere was only to prove that it does.
    const staysStopped = Boolean(previous?.move && previous.stopped);
    await retryEngine(this.engine, async () => {
      const mine = await this.engine.workloads.list([installationLabel(row.id)]);
      const aside = mine.filter((c) => isSetAside(c.name));
      const images = aside.map((c) => {
        const name = nameBefore(c.name);
        const container = previous && expectedContainer(previous.manifest, { ...c, name });
        return [container?.image ?? '', c.imageId] as const;
      });
      if (!previous?.move) await this.retired.note(Object.fromEntries(images));
      await Promise.all(aside.map((c) => this.engine.workloads.remove(c.id)));
    });
    if (staysStopped) await this.stopNew(row);
    await this.tidy(now ?? row);
    if (previous) await this.data.discard(previous);
    const homes = previous?.move?.homes;
    if (homes) {
      await this.data.settle(row, lease, previous);
      // Once the move is over.
      await this.leftovers.add(homes.from, row.appName);
    }
    await lease.update({
      ...ENDED,
      failure: null,
      stopped: staysStopped,
      ...(row.pending === null ? {} : { variables: row.pending }),
    });
    const outcome = previous?.move ? { node: previous.move.to } : { upgraded: true };
    await this.events.record(row.id, row.appName, 'phase', { phase: 'running', ...outcome });
  }

  /**
   * Ends the upgrade with the old version, as far as it can be restored.
   * @param isLast ends the row even while the engine does not answer
   * @throws EngineError while another attempt may do better
   */
  async restore(
    row: AppInstallation,
    lease: RowLease,
    cause: unknown,
    isLast = row.attempts > MAX_ATTEMPTS,
  ): Promise<void> {
    const { id, appName } = row;
    const current = (await retryDatabase(() => this.store.findById(id))) ?? row;
    if (current.previous === null) throw cause;
    const mask = await retryDatabase(() => this.secrets.maskFor(appName));
    // A run that died while it restored has left the cause.
    const failure = failureOf(current) ?? maskFailure(toInstallFailure(cause), mask);
    // Of what nobody knows the log has the details, as its text says.
    const isKnown = failure.code !== 'unexpected' || cause instanceof EngineError;
    const details = isKnown ? { said: failure.logs } : { err: cause };
    this.logger.warn({ app: appName, failure: failure.code, ...details }, 'upgrade failed, restoring'); // prettier-ignore
    await lease.update({ failure: JSON.stringify(failure) });
    const previous = JSON.parse(current.previous) as PreviousVersion;
    if (previous.move?.homes?.stage === 'restoring')
      return this.sendBack(current, lease, previous, previous.move.homes, isLast);
    const { manifest, leaseKeys, version, templateDigest } = previous;
    const node = previous.move ? previous.move.from : current.node;
    const undone: string[] = [];
    let obstacle: unknown = null;
    try {
      await retryEngine(this.engine, () => this.removeNew(row, lease, previous, undone));
      await retryEngine(this.engine, () => this.nameBack(row, previous, undone));
      await this.data.giveBack(current, previous);
      await retryDatabase(() => this.leases.keepOnly(id, leaseKeys));
      await retryDatabase(() => this.leases.giveBack(id, previous.ports ?? {}));
      const old = { ...current, manifest: JSON.stringify(manifest), version, templateDigest, node };
      await this.startOld(old, lease, previous);
      await this.tidy(old);
    } catch (error) {
      if (isHandOver(error) || (isPassing(error) && !isLast)) throw error;
      obstacle = error;
    }
    const message =
      obstacle === null ? restored(failure, previous) : notRestored(failure, previous, obstacle);
    await lease.update({
      ...ENDED,
      manifest: JSON.stringify(manifest),
      version,
      templateDigest,
      node,
      stopped: previous.stopped ?? false,
      failure: JSON.stringify({ ...failure, message, undone }),
    });
    await this.events.record(id, appName, 'phase', { phase: 'running', text: message, undone });
  }

  /** At the new home of a move: leaves nothing of it there, and lets the old home start the app. */
  private async sendBack(
    row: AppInstallation,
    lease: RowLease,
    previous: PreviousVersion,
    homes: HomeMove,
    isLast: boolean,
  ): Promise<void> {
    // What cannot be removed now, and what was added to it.
    if (homes.replaced) await this.leftovers.add(homes.to, row.appName);
    try {
      await retryEngine(this.engine, () => this.removeNew(row, lease, previous, []));
      await this.data.takeAway(row, lease, previous);
    } catch (error) {
      if (isHandOver(error) || (isPassing(error) && !isLast)) throw error;
      this.logger.warn({ err: error, app: row.appName }, 'data of a move are removed later');
    }
    const next = { ...homes, replaced: null, stage: 'returning' } as const;
    await this.handOver(lease, { ...previous, isSetAside: false }, next);
  }

  /** Removes the new containers, all of them before the first old one has its name back. */
  private async removeNew(
    { id }: AppInstallation,
    lease: RowLease,
    previous: PreviousVersion,
    undone: string[],
  ): Promise<void> {
    if (!previous.isSetAside) return;
    const { workloads } = this.engine;
    const mine = await workloads.list([installationLabel(id)]);
    const added = mine.filter((c) => !isSetAside(c.name));
    await settleAll(
      added.map(async ({ id: ref, name }) => {
        await workloads.remove(ref);
        undone.push(`container ${name}`);
      }),
    );
    // From here on a container without that name is an old one again.
    await lease.update({ previous: JSON.stringify({ ...previous, isSetAside: false }) });
  }

  /** Gives the old containers their names back. */
  private async nameBack(
    { id }: AppInstallation,
    { manifest }: PreviousVersion,
    undone: string[],
  ): Promise<void> {
    const { workloads } = this.engine;
    const mine = await workloads.list([installationLabel(id)]);
    const nameOne = async (aside: ContainerSummary): Promise<void> => {
      await workloads.rename(aside.id, nameBefore(aside.name));
      // The upgrade may have pulled another image under the same reference.
      const reference = expectedContainer(manifest, aside)?.image;
      if (reference !== undefined) await returnTag(this.engine, reference, aside.imageId);
      undone.push(`restored container ${nameBefore(aside.name)}`);
    };
    await settleAll(mine.filter((c) => isSetAside(c.name)).map(nameOne));
  }

  /** Removes what only the version had that does not run: networks, and configs and secrets of a Swarm. */
  private tidy(row: AppInstallation): Promise<void> {
    const own = new Set(manifestOf(row)?.networks ?? []);
    return retryEngine(this.engine, async () => {
      const networks = await this.engine.networks.list([installationLabel(row.id)]);
      for (const { id } of networks.filter(({ name }) => !own.has(name)))
        await this.remover.removeNetwork(id);
      await this.files.removeUnused(row);
    });
  }

  /** Starts the old containers, unless they were stopped; a missing one is recreated while its template is still known. */
  private async startOld(
    row: AppInstallation,
    lease: RowLease,
    { manifest, templateDigest, stopped }: PreviousVersion,
  ): Promise<void> {
    const mine = await retryEngine(this.engine, () =>
      this.engine.workloads.list([installationLabel(row.id)]),
    );
    const present = new Set(mine.map((c) => expectedContainer(manifest, c)?.name));
    const lasting = manifest.containers.filter((c) => !c.oneShot);
    const missing = lasting.find((c) => !present.has(c.name));
    if (missing) {
      const template = await this.templates.findOf(row, templateDigest);
      if (template?.digest !== templateDigest) throw new ContainerMissingError(missing.name);
      // The lease's own signal is aborted where the upgrade was cancelled.
      await this.installer.install(row, lease.withSignal(new AbortController().signal));
    } else if (!stopped) {
      const waitsFor = new Map(lasting.map((c) => [c.name, c.waitsFor ?? []]));
      await runGraph(waitsFor, (name) => retryEngine(this.engine, () => this.starter.start(name)));
    }
    if (stopped) await this.stopNew(row);
  }

  /** Stops what is not set aside. */
  private async stopNew(row: AppInstallation): Promise<void> {
    await retryEngine(this.engine, async () => {
      const mine = await this.engine.workloads.list([installationLabel(row.id)]);
      await this.remover.stopAll(
        row,
        mine.filter((c) => !isSetAside(c.name)),
      );
    });
  }
}

function withHomes(previous: PreviousVersion, homes: HomeMove): PreviousVersion {
  return previous.move ? { ...previous, move: { ...previous.move, homes } } : previous;
}

/** Another attempt may do better. */
function isPassing(error: unknown): boolean {
  return isEngineFailure(
    error,
    'engine-unreachable',
    'engine-timeout',
    'engine-failing',
    'swarm-without-majority',
    'unexpected',
  );
}

function restored(
  { message }: InstallFailure,
  { kept, move, stopped }: PreviousVersion,
): Bilingual {
  if (move) {
    return bilingual(
      `移到节点 ${move.to} 失败，应用仍在原处${stopped ? '，保持停止' : '运行'}：${message.zh}`,
      `The move to the node ${move.to} failed and the app ${stopped ? 'is where it was, stopped' : 'runs where it was'}: ${message.en}`,
    );
  }
  const data = kept ? ' with its data' : '';
  return bilingual(
    `升级失败，已恢复原版本${kept ? '和升级前的数据' : ''}${stopped ? '，保持停止' : ''}：${message.zh}`,
    `The upgrade failed and the old version ${stopped ? `is back${data}, stopped` : `runs again${data}`}: ${message.en}`,
  );
}

function notRestored(
  { message }: InstallFailure,
  { move }: PreviousVersion,
  obstacle: unknown,
): Bilingual {
  const why = toInstallFailure(obstacle).message;
  if (move) {
    return bilingual(
      `移到节点 ${move.to} 失败（${message.zh}），且应用在原处未能恢复：${why.zh}请用 POST /api/v1/apps/drift/repair 修复。`,
      `The move to the node ${move.to} failed (${message.en}) and the app could not be restored where it was: ${why.en} Repair the app with POST /api/v1/apps/drift/repair.`,
    );
  }
  return bilingual(
    `升级失败（${message.zh}），且原版本未能恢复：${why.zh}请用 POST /api/v1/apps/drift/repair 修复。`,
    `The upgrade failed (${message.en}) and the old version could not be restored: ${why.en} Repair the app with POST /api/v1/apps/drift/repair.`,
  );
}
