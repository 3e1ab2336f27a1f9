import { Injectable, Logger } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { bilingual } from '../../platform/i18n/bilingual';
import { TooManyAttemptsError } from '../errors/apps.errors';
import type { AppManifest, PreviousVersion } from '../installations/app-manifest';
import type { AppInstallation } from '../installations/installation.entity';
import { InstallationStore, manifestOf, UNCLAIMED } from '../installations/installation.store';
import { PortLeasesService } from '../ports/port-leases.service';
import { AppEventsService } from '../progress/app-events.service';
import { InstallReporter } from '../progress/install-reporter';
import { toInstallFailure } from './install-failure';
import { Installer } from './installer';
import { LeaseLostError, ShuttingDownError } from './lease-lost.error';
import { retryDatabase, retryEngine } from '../engine/retry-policy';
import { AppRemover } from './app-remover';
import { installationLabel, isSetAside, ownerOf, setAsideName } from '../engine/resource-owner';
import { runGraph } from '../engine/run-graph';

/**
 * Puts another version of an app in the place of the one that runs. The old containers are stopped
 * and set aside under another name, and brought back when the new ones do not become healthy in
 * time. Named volumes are the same for both: what a new version has done to its data by then
 * cannot be taken back.
 */
@Injectable()
export class Upgrader {
  private readonly logger = new Logger(Upgrader.name);

  constructor(
    private readonly engine: DockerEngine,
    private readonly installer: Installer,
    private readonly remover: AppRemover,
    private readonly store: InstallationStore,
    private readonly leases: PortLeasesService,
    private readonly events: AppEventsService,
  ) {}

  /** Always ends the row as installed: with the new version, or with the old one and the reason. */
  async run(row: AppInstallation, token: string, signal: AbortSignal): Promise<void> {
    const { id, appName } = row;
    // The one sign that the new version is up: from there a resumed run only goes forward.
    if (row.phase === 'running') return this.finish(row, token);
    const report = new InstallReporter(
      { id, appName, token },
      manifestOf(row)?.images ?? [],
      this.store,
      this.events,
    );
    try {
      // A run that died in the middle is not tried again: the old version is known to work.
      if (row.attempts > 1) throw new TooManyAttemptsError(appName, row.attempts - 1);
      signal.throwIfAborted();
      const { previous, pending } = row;
      if (previous === null || pending === null) throw new Error('no upgrade is prepared');
      const next = { ...row, variables: pending, folderIsNew: false };
      const { manifest: old } = JSON.parse(previous) as PreviousVersion;
      await this.installer.install({
        row: next,
        token,
        signal,
        report,
        beforeContainers: () => this.setAside(row, old),
      });
      await report.settle();
      signal.throwIfAborted();
      await retryDatabase(() => this.store.updateOwned(id, token, { phase: 'running' }));
      const now = await retryDatabase(() => this.store.findById(id));
      if (now) await this.finish(now, token);
    } catch (error) {
      await report.settle();
      if (error instanceof LeaseLostError || error instanceof ShuttingDownError) throw error;
      await this.bringBack(row, token, error);
    }
  }

  private async setAside(row: AppInstallation, old: AppManifest): Promise<void> {
    const containers = (await this.engine.containers.list([installationLabel(row.id)])).filter(
      (c) => old.containers.some(({ name }) => name === c.name),
    );
    await this.remover.stopAll(row, containers);
    for (const c of containers) await this.engine.containers.rename(c.id, setAsideName(c.name));
  }

  private async finish(row: AppInstallation, token: string): Promise<void> {
    await retryEngine(this.engine, async () => {
      const aside = await this.engine.containers.list([installationLabel(row.id)]);
      await Promise.all(
        aside.filter((c) => isSetAside(c.name)).map((c) => this.engine.containers.remove(c.id)),
      );
    });
    await retryDatabase(() =>
      this.store.updateOwned(row.id, token, {
        state: 'installed',
        phase: 'running',
        progress: 100,
        step: '',
        failure: null,
        attempts: 0,
        cancelRequested: false,
        stopped: false,
        ...(row.pending === null ? {} : { variables: row.pending }),
        pending: null,
        previous: null,
        ...UNCLAIMED,
      }),
    );
    await this.events.record(row.id, row.appName, 'phase', { phase: 'running', upgraded: true });
  }

  private async bringBack(row: AppInstallation, token: string, cause: unknown): Promise<void> {
    const { id, appName } = row;
    const failure = toInstallFailure(cause);
    this.logger.warn({ app: appName, failure: failure.code }, 'upgrade failed, bringing back');
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
    await retryDatabase(() =>
      this.store.updateOwned(id, token, {
        state: 'installed',
        phase: 'running',
        progress: 100,
        step: '',
        manifest: JSON.stringify(old),
        version,
        templateDigest,
        failure: JSON.stringify({ ...failure, message }),
        attempts: 0,
        cancelRequested: false,
        pending: null,
        previous: null,
        ...UNCLAIMED,
      }),
    );
    await this.events.record(id, appName, 'phase', { phase: 'running', text: message });
  }

  /** Only what was set aside is put back, so that an upgrade that failed before that changes nothing. */
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
      if (!container?.oneShot) await this.engine.containers.start(name);
    });
  }
}
