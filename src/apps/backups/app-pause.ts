import { Injectable } from '@nestjs/common';
import { retryDatabase } from '../../platform/database/retry-database';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { retryEngine } from '../../platform/docker/retry-engine';
import { sleep } from '../../platform/waiting/sleep';
import { ContainerMissingError } from '../engine/container.errors';
import type { AppInstallation } from '../installations/installation.entity';
import { AppBusyError } from '../installations/installation.errors';
import { InstallationStore, manifestOf } from '../installations/installation.store';
import { RowLeases } from '../installations/row-lease';
import { AppContainers } from '../lifecycle/app-containers';
import type { BackupRun, HeldApp } from './backup-run';

/** A start or stop of the app, or a dead process, holds its row for less than this. */
const MAX_WAIT_MS = 45_000;
const PAUSE_MS = 500;

/**
 * Stops an app for the time of some work and starts it again. That it has to be started again is written to
 * the backup's row before it is stopped, so that another process does it where this one dies.
 */
@Injectable()
export class AppPause {
  constructor(
    private readonly store: InstallationStore,
    private readonly rowLeases: RowLeases,
    private readonly containers: AppContainers,
    private readonly engine: DockerEngine,
  ) {}

  /**
   * Holds the app so that no other operation touches it. Null: it is not installed.
   * @throws AppBusyError where another operation does not end in time
   */
  async hold<T>(
    { backup, signal, held: already }: BackupRun,
    work: (app: HeldApp) => Promise<T>,
  ): Promise<{ readonly result: T } | null> {
    if (already) return { result: await work(already) };
    const deadline = Date.now() + MAX_WAIT_MS;
    for (;;) {
      const row = await retryDatabase(() => this.store.findActive(backup.appName));
      if (!row) return null;
      const held = await this.rowLeases.hold(row.id, ['installed'], {}, async (lease) => {
        const installation = await retryDatabase(() => this.store.findById(row.id));
        return work({ installation: installation ?? row, lease });
      });
      if (held) return held;
      if (Date.now() > deadline) throw new AppBusyError(backup.appName, row.state);
      await sleep(PAUSE_MS, signal);
    }
  }

  /** @throws ContainerMissingError */
  async requireContainers(installation: AppInstallation): Promise<void> {
    const present = new Set((await this.containers.list(installation)).map(({ name }) => name));
    const expected = manifestOf(installation)?.containers ?? [];
    const missing = expected.find(({ name, oneShot }) => !oneShot && !present.has(name));
    if (missing) throw new ContainerMissingError(missing.name);
  }

  /** @returns the milliseconds for which the app did not run; 0 where it did not run before */
  async during(run: BackupRun, app: HeldApp, work: () => Promise<void>): Promise<number> {
    if (app.installation.stopped) {
      await work();
      return 0;
    }
    const begun = performance.now();
    await this.stop(run, app);
    try {
      run.signal.throwIfAborted();
      await work();
    } finally {
      await this.start(run, app);
    }
    return Math.round(performance.now() - begun);
  }

  async stop(run: BackupRun, { installation, lease }: HeldApp): Promise<void> {
    await run.phase('stopping', 0, { halted: true });
    await lease.update({ stopped: true });
    await retryEngine(this.engine, () => this.containers.stopAll(installation));
  }

  /** Also after an abort: an app is never left stopped. */
  async start(run: BackupRun, { installation, lease }: HeldApp): Promise<void> {
    const own = lease.withSignal(new AbortController().signal);
    await retryEngine(this.engine, () => this.containers.startAll(installation, own));
    await lease.update({ stopped: false });
    await run.lease.update({ halted: false });
  }
}
