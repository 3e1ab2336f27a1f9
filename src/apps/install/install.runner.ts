import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { isEngineFailure } from '../../platform/docker/engine.errors';
import { bilingual } from '../../platform/i18n/bilingual';
import { traceJob } from '../../platform/logging/request-trace';
import type { AppInstallation } from '../installations/installation.entity';
import { InstallCancelledError, TooManyAttemptsError } from '../installations/installation.errors';
import { WORK_STATES } from '../installations/installation-state';
import { InstallationStore } from '../installations/installation.store';
import { isHandOver, ShuttingDownError, UNCLAIMED } from '../installations/leased-rows';
import { RowLeases, type RowLease } from '../installations/row-lease';
import { AppEventsService } from '../progress/app-events.service';
import { AppRemover } from './app-remover';
import { toInstallFailure } from './install-failure';
import { Installer } from './installer';
import { RollBack } from './roll-back';
import { Upgrader } from './upgrader';

/** Installs under way in this process; they wait on the network most of the time. */
export const MAX_CONCURRENT_RUNS = 32;
const CANCEL_POLL_MS = 250;
/** An install that was interrupted this often is rolled back instead of resumed. */
const MAX_ATTEMPTS = 6;
/** Attempts after a failure are 2, 4, 8 … seconds apart, up to this. */
const MAX_PAUSE_SECONDS = 60;

interface LiveRun {
  readonly controller: AbortController;
  readonly finished: Promise<void>;
}

/**
 * Takes up installations that have work to do: leases the row, carries the work out and ends the row
 * in a state that says how it went.
 */
@Injectable()
export class InstallRunner implements OnModuleDestroy {
  private readonly logger = new Logger(InstallRunner.name);
  private readonly live = new Map<string, LiveRun>();
  private cancelPoll: NodeJS.Timeout | null = null;
  private closing = false;

  constructor(
    private readonly engine: DockerEngine,
    private readonly store: InstallationStore,
    private readonly rowLeases: RowLeases,
    private readonly events: AppEventsService,
    private readonly installer: Installer,
    private readonly rollBack: RollBack,
    private readonly remover: AppRemover,
    private readonly upgrader: Upgrader,
  ) {}

  /** Another engine than ours is no place for any work. */
  get hasRoom(): boolean {
    return !this.closing && !this.engine.isForeign && this.live.size < MAX_CONCURRENT_RUNS;
  }

  /**
   * Does whatever the installation needs, or joins the run of this process that does; resolves at
   * once when another process holds it. Never throws.
   */
  async run(id: string): Promise<void> {
    const running = this.live.get(id);
    if (running) return running.finished;
    if (!this.hasRoom) return;
    const controller = new AbortController();
    const finished = this.hold(id, controller);
    this.live.set(id, { controller, finished });
    this.cancelPoll ??= setInterval(() => void this.pollCancels(), CANCEL_POLL_MS);
    await finished;
    this.live.delete(id);
    if (this.live.size > 0 || !this.cancelPoll) return;
    clearInterval(this.cancelPoll);
    this.cancelPoll = null;
  }

  /** Stops the runs where they are; their rows are free at once for the next worker. */
  async onModuleDestroy(): Promise<void> {
    this.closing = true;
    const runs = [...this.live.values()];
    for (const run of runs) run.controller.abort(new ShuttingDownError());
    await Promise.all(runs.map((run) => run.finished));
  }

  private async hold(id: string, controller: AbortController): Promise<void> {
    try {
      await this.rowLeases.hold(
        id,
        WORK_STATES,
        {},
        async (lease) => {
          const row = await this.store.findById(id);
          if (row) await traceJob(row.requestId, () => this.runLogged(row, lease));
        },
        controller,
      );
    } catch (error) {
      // The row is as it was: a later sweep finds it again.
      if (isEngineFailure(error, 'swarm-without-majority')) return;
      this.logger.error({ err: error as Error, installation: id }, 'run ended unexpectedly');
    }
  }

  /** Its log lines carry the id of the request that asked for the work. */
  private async runLogged(row: AppInstallation, lease: RowLease): Promise<void> {
    const { id: installation, appName: app, state: from, attempts } = row;
    this.logger.log({ installation, app, from, attempts }, `${app}: work begins`);
    try {
      await this.work(row, lease);
      const state = (await this.store.findById(installation))?.state;
      this.logger.log({ installation, app, state }, `${app}: work ended`);
    } catch (error) {
      if (isHandOver(error)) {
        this.logger.log({ installation, app }, `${app}: released to the next worker`);
        return;
      }
      this.logger.warn({ err: error, installation, app, attempts }, `${app}: work failed`);
      const { zh, en } = toInstallFailure(error).message;
      await lease.postpone(
        Math.min(2 ** attempts, MAX_PAUSE_SECONDS),
        bilingual(`第 ${attempts} 次尝试失败：${zh}`, `Attempt ${attempts} failed: ${en}`),
      );
    }
  }

  private async work(row: AppInstallation, lease: RowLease): Promise<void> {
    switch (row.state) {
      case 'queued':
      case 'installing':
        return this.install(row, lease);
      case 'rolling-back':
        return this.rollBack.run(row, lease);
      case 'uninstalling':
        return this.uninstall(row, lease);
      case 'upgrading':
        return this.upgrader.run(row, lease);
      case 'installed':
      case 'failed':
      case 'cancelled':
      case 'removed':
        return;
    }
  }

  private async install(row: AppInstallation, lease: RowLease): Promise<void> {
    const { id, appName, attempts } = row;
    try {
      if (row.cancelRequested) throw new InstallCancelledError(appName);
      if (attempts > MAX_ATTEMPTS) throw new TooManyAttemptsError(appName, attempts);
      await lease.update({ state: 'installing' });
      await this.installer.install(row, lease);
      const finished = await lease.finishUnlessCancelled({
        state: 'installed',
        phase: 'running',
        progress: 100,
        step: '',
        failure: null,
        attempts: 0,
        ...UNCLAIMED,
      });
      if (!finished) throw new InstallCancelledError(appName);
      await this.events.record(id, appName, 'phase', { phase: 'running', progress: 100 });
    } catch (error) {
      if (isHandOver(error)) throw error;
      await this.rollBack.fail(row, lease, error);
    }
  }

  /** Goes on with an uninstall whose process died; after some attempts the app counts as installed again. */
  private async uninstall(row: AppInstallation, lease: RowLease): Promise<void> {
    try {
      await this.remover.uninstall(row, lease, row.removeData);
    } catch (error) {
      if (isHandOver(error) || row.attempts < MAX_ATTEMPTS) throw error;
      await this.remover.giveUp(row, lease, error);
    }
  }

  private async pollCancels(): Promise<void> {
    const rows = await this.store.listCancelled([...this.live.keys()]).catch(() => []);
    for (const { id, appName } of rows)
      this.live.get(id)?.controller.abort(new InstallCancelledError(appName));
  }
}
