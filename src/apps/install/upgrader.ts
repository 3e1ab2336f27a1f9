import { Injectable, Logger } from '@nestjs/common';
import { retryDatabase } from '../../platform/database/retry-database';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { retryEngine } from '../../platform/docker/retry-engine';
import { bilingual } from '../../platform/i18n/bilingual';
import { installationLabel, isSetAside, ownerOf, setAsideName } from '../engine/resource-owner';
import { ContainerStarter } from '../engine/container-starter';
import { runGraph } from '../engine/run-graph';
import type { AppManifest, PreviousVersion } from '../installations/app-manifest';
import type { AppInstallation } from '../installations/installation.entity';
import { TooManyAttemptsError } from '../installations/installation.errors';
import { InstallationStore, manifestOf, UNCLAIMED } from '../installations/installation.store';
import { isHandOver, type RowLease } from '../installations/row-lease';
import { PortLeasesService } from '../ports/port-leases.service';
import { AppEventsService } from '../progress/app-events.service';
import { AppRemover } from './app-remover';
import { toInstallFailure } from './install-failure';
import { Installer } from './installer';

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
 * another name, and restored when the new ones do not become healthy in time. Both versions use the
 * same named volumes: what a new version has done to its data by then cannot be undone.
 */
@Injectable()
export class Upgrader {
  private readonly logger = new Logger(Upgrader.name);

  constructor(
    private readonly engine: DockerEngine,
    private readonly starter: ContainerStarter,
    private readonly installer: Installer,
    private readonly remover: AppRemover,
    private readonly store: InstallationStore,
    private readonly leases: PortLeasesService,
    private readonly events: AppEventsService,
  ) {}

  /** Ends the row as installed: with the new version, or with the old one and the reason. */
  async run(row: AppInstallation, lease: RowLease): Promise<void> {
    // The one sign that the new version is up: from there a resumed run only goes forward.
    if (row.phase === 'running') return this.finish(row, lease);
    try {
      // A run that died in the middle is not tried again: the old version is known to work.
      if (row.attempts > 1) throw new TooManyAttemptsError(row.appName, row.attempts - 1);
      lease.signal.throwIfAborted();
      const { previous, pending } = row;
      if (previous === null || pending === null) throw new Error('no upgrade is prepared');
      const { manifest: old } = JSON.parse(previous) as PreviousVersion;
      const next = { ...row, variables: pending, folderIsNew: false };
      await this.installer.install(next, lease, () => this.setAside(row, old));
      lease.signal.throwIfAborted();
      await lease.update({ phase: 'running' });
      await this.finish(row, lease);
    } catch (error) {
      if (isHandOver(error)) throw error;
      await this.restore(row, lease, error);
    }
  }

  private async setAside(row: AppInstallation, old: AppManifest): Promise<void> {
    const names = new Set(old.containers.map(({ name }) => name));
    const mine = await this.engine.containers.list([installationLabel(row.id)]);
    const containers = mine.filter((c) => names.has(c.name));
    await this.remover.stopAll(row, containers);
    for (const c of containers) await this.engine.containers.rename(c.id, setAsideName(c.name));
  }

  private async finish(row: AppInstallation, lease: RowLease): Promise<void> {
    await retryEngine(this.engine, async () => {
      const mine = await this.engine.containers.list([installationLabel(row.id)]);
      await Promise.all(
        mine.filter((c) => isSetAside(c.name)).map((c) => this.engine.containers.remove(c.id)),
      );
    });
    await lease.update({
      ...ENDED,
      failure: null,
      stopped: false,
      ...(row.pending === null ? {} : { variables: row.pending }),
    });
    await this.events.record(row.id, row.appName, 'phase', { phase: 'running', upgraded: true });
  }

  private async restore(row: AppInstallation, lease: RowLease, cause: unknown): Promise<void> {
    const { id, appName } = row;
    const failure = toInstallFailure(cause);
    this.logger.warn({ app: appName, failure: failure.code }, 'upgrade failed, restoring');
    const current = await retryDatabase(() => this.store.findById(id));
    if (row.previous === null) throw cause;
    const previous = JSON.parse(row.previous) as PreviousVersion;
    const { manifest: old, leaseKeys, version, templateDigest } = previous;
    const fresh = current ? manifestOf(current) : null;
    await retryEngine(this.engine, () => this.swapBack(id, old, fresh));
    await retryDatabase(() => this.leases.keepOnly(id, leaseKeys));
    const message = bilingual(
      `升级失败，已恢复原版本：${failure.message.zh}`,
      `The upgrade failed and the old version runs again: ${failure.message.en}`,
    );
    await lease.update({
      ...ENDED,
      manifest: JSON.stringify(old),
      version,
      templateDigest,
      failure: JSON.stringify({ ...failure, message }),
    });
    await this.events.record(id, appName, 'phase', { phase: 'running', text: message });
  }

  /** Restores only what was set aside, so that an upgrade that failed before that changes nothing. */
  private async swapBack(id: string, old: AppManifest, fresh: AppManifest | null): Promise<void> {
    const mine = await this.engine.containers.list([installationLabel(id)]);
    const aside = new Set(mine.filter((c) => isSetAside(c.name)).map((c) => c.name));
    const oldNames = old.containers.map((c) => c.name);
    const added = (fresh?.containers ?? []).map((c) => c.name).filter((n) => !oldNames.includes(n));
    const replaced = oldNames.filter((name) => aside.has(setAsideName(name)));
    for (const name of [...replaced, ...added]) {
      const found = await this.engine.containers.find(name);
      if (found && ownerOf(found.Config.Labels) === id)
        await this.engine.containers.remove(found.Id);
    }
    for (const name of replaced) await this.engine.containers.rename(setAsideName(name), name);
    await runGraph(new Map(old.containers.map((c) => [c.name, c.waitsFor ?? []])), async (name) => {
      const container = old.containers.find((c) => c.name === name);
      if (!container?.oneShot) await this.starter.start(name);
    });
  }
}
