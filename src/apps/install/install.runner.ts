import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { InstallCancelledError, TooManyAttemptsError } from '../errors/apps.errors';
import type { AppInstallation } from '../installations/installation.entity';
import { WORK_STATES, type InstallFailure } from '../installations/installation-state';
import {
  InstallationStore,
  manifestOf,
  RUN_LEASE_SECONDS,
  UNCLAIMED,
} from '../installations/installation.store';
import { traceJob } from '../../platform/logging/request-trace';
import { AppEventsService } from '../progress/app-events.service';
import { InstallReporter } from '../progress/install-reporter';
import { toInstallFailure } from './install-failure';
import { Installer, type InstallRun } from './installer';
import { LeaseLostError, ShuttingDownError } from './lease-lost.error';
import { retryDatabase } from '../engine/retry-policy';
import { AppRemover } from './app-remover';
import { RollBack } from './roll-back';
import { Upgrader } from './upgrader';

/** Installs at work in this process; they wait on the network most of the time. */
const CONCURRENCY = 32;
const HEARTBEAT_MS = (RUN_LEASE_SECONDS * 1000) / 4;
const CANCEL_POLL_MS = 250;
/** A run that dies this often is taken back instead of resumed. */
const MAX_ATTEMPTS = 6;

interface LiveRun {
  readonly controller: AbortController;
  readonly appName: string;
  readonly finished: Promise<void>;
}

/**
 * Takes up installations that have work to do: claims the row, keeps the claim alive, carries the
 * work out and always ends the row in a state that says how it went. At most one run works on an
 * installation at any time, over all processes.
 */
@Injectable()
export class InstallRunner implements OnModuleDestroy {
  private readonly logger = new Logger(InstallRunner.name);
  private readonly live = new Map<string, LiveRun>();
  private cancelPoll: NodeJS.Timeout | null = null;
  private closing = false;

  constructor(
    private readonly store: InstallationStore,
    private readonly events: AppEventsService,
    private readonly installer: Installer,
    private readonly rollBack: RollBack,
    private readonly remover: AppRemover,
    private readonly upgrader: Upgrader,
  ) {}

  get hasRoom(): boolean {
    return !this.closing && this.live.size < CONCURRENCY;
  }

  /** Does whatever the installation needs; returns at once when somebody else is at it. Never throws. */
  async run(id: string): Promise<void> {
    if (!this.hasRoom || this.live.has(id)) return;
    const controller = new AbortController();
    // Every call that is under way listens, and a large app has many.
    setMaxListeners(0, controller.signal);
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const live = { controller, appName: '', finished };
    this.live.set(id, live);
    this.cancelPoll ??= setInterval(() => void this.pollCancels(), CANCEL_POLL_MS);
    try {
      await this.runClaimed(id, controller);
    } catch (error) {
      this.logger.error({ err: error as Error, installation: id }, 'run ended unexpectedly');
    } finally {
      this.live.delete(id);
      if (this.live.size === 0 && this.cancelPoll) {
        clearInterval(this.cancelPoll);
        this.cancelPoll = null;
      }
      finish();
    }
  }

  /** Stops the runs where they are; their rows are free at once for the next worker. */
  async onModuleDestroy(): Promise<void> {
    this.closing = true;
    const runs = [...this.live.values()];
    for (const run of runs) run.controller.abort(new ShuttingDownError());
    await Promise.all(runs.map((run) => run.finished));
  }

  private async runClaimed(id: string, controller: AbortController): Promise<void> {
    const token = randomUUID();
    if (!(await retryDatabase(() => this.store.claim(id, token, WORK_STATES)))) return;
    const heartbeat = setInterval(() => void this.beat(id, token, controller), HEARTBEAT_MS);
    try {
      const row = await retryDatabase(() => this.store.findById(id));
      if (row) await traceJob(row.requestId, () => this.workAndTell(row, token, controller.signal));
    } finally {
      clearInterval(heartbeat);
      await this.store.updateOwned(id, token, UNCLAIMED).catch(() => false);
    }
  }

  /** Never throws. Its log lines carry the id of the request that asked for the work. */
  private async workAndTell(
    row: AppInstallation,
    token: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { id: installation, appName: app, state: from, attempts } = row;
    this.logger.log({ installation, app, from, attempts }, `${app}: work begins`);
    try {
      await this.work(row, token, signal);
      const state = (await this.store.findById(installation))?.state;
      this.logger.log({ installation, app, state }, `${app}: work ended`);
    } catch (error) {
      const left = error instanceof LeaseLostError || error instanceof ShuttingDownError;
      if (left) this.logger.log({ installation, app }, `${app}: work left to the next worker`);
      else this.logger.error({ err: error as Error, installation }, 'work ended unexpectedly');
    }
  }

  private async work(row: AppInstallation, token: string, signal: AbortSignal): Promise<void> {
    switch (row.state) {
      case 'queued':
      case 'installing':
        return this.install(row, token, signal);
      case 'rolling-back':
        return this.takeBack(row, token);
      case 'uninstalling':
        return this.uninstall(row, token);
      case 'upgrading':
        return this.upgrader.run(row, token, signal);
      case 'installed':
      case 'failed':
      case 'cancelled':
      case 'removed':
        return;
    }
  }

  private async install(row: AppInstallation, token: string, signal: AbortSignal): Promise<void> {
    const { id, appName } = row;
    const report = new InstallReporter(
      { id, appName, token },
      manifestOf(row)?.images ?? [],
      this.store,
      this.events,
    );
    try {
      if (row.cancelRequested) throw new InstallCancelledError(appName);
      if (row.attempts > MAX_ATTEMPTS) throw new TooManyAttemptsError(appName, row.attempts);
      await retryDatabase(() => this.store.updateOwned(id, token, { state: 'installing' }), signal);
      report.phase('preflight');
      await this.installer.install({ row, token, signal, report } satisfies InstallRun);
      await report.settle();
      const done = await retryDatabase(() =>
        this.store.finishUnlessCancelled(id, token, {
          state: 'installed',
          phase: 'running',
          progress: 100,
          step: '',
          failure: null,
          attempts: 0,
          ...UNCLAIMED,
        }),
      );
      if (!done) throw new InstallCancelledError(appName);
      await this.events.record(id, appName, 'phase', { phase: 'running', progress: 100 });
    } catch (error) {
      await report.settle();
      if (error instanceof LeaseLostError || error instanceof ShuttingDownError) throw error;
      await this.fail(row, token, error);
    }
  }

  private async fail(row: AppInstallation, token: string, error: unknown): Promise<void> {
    const failure = toInstallFailure(error);
    const cancelled = error instanceof InstallCancelledError;
    if (failure.code === 'unexpected') {
      this.logger.error({ err: error, app: row.appName }, 'install failed unexpectedly');
    }
    const patch = {
      state: 'rolling-back' as const,
      phase: 'rolling-back' as const,
      failure: JSON.stringify(failure),
      cancelRequested: cancelled || row.cancelRequested,
      attempts: 0,
    };
    if (!(await retryDatabase(() => this.store.updateOwned(row.id, token, patch)))) return;
    await this.events.record(row.id, row.appName, 'phase', {
      phase: 'rolling-back',
      text: failure.message,
      logs: failure.logs,
    });
    await this.takeBack({ ...row, ...patch }, token);
  }

  private async takeBack(row: AppInstallation, token: string): Promise<void> {
    const undone = await this.rollBack.run(row);
    const failure = row.failure === null ? null : (JSON.parse(row.failure) as InstallFailure);
    const phase = failure?.code === 'install-cancelled' ? 'cancelled' : 'failed';
    const patch = {
      state: phase,
      phase,
      activeApp: null,
      failure: JSON.stringify({ ...failure, undone }),
      ...UNCLAIMED,
    } as const;
    if (!(await retryDatabase(() => this.store.updateOwned(row.id, token, patch)))) return;
    await this.events.record(row.id, row.appName, 'phase', { phase, undone });
    await this.events.trim(row.appName).catch(() => undefined);
  }

  private async uninstall(row: AppInstallation, token: string): Promise<void> {
    await this.remover.remove(row, row.removeData);
    await retryDatabase(() =>
      this.store.updateOwned(row.id, token, {
        state: 'removed',
        phase: 'removed',
        activeApp: null,
        ...UNCLAIMED,
      }),
    );
    await this.events.record(row.id, row.appName, 'phase', { phase: 'removed' });
  }

  /** A database that is away is no reason to stop: nobody else can take the row over without it either. */
  private async beat(id: string, token: string, controller: AbortController): Promise<void> {
    const mine = await this.store.extend(id, token).catch(() => true);
    if (!mine && !(await this.isOver(id))) controller.abort(new LeaseLostError(id));
  }

  /** The last update of a run takes the token off; a heartbeat just after it is no lost lease. */
  private async isOver(id: string): Promise<boolean> {
    const row = await this.store.findById(id).catch(() => null);
    return row === null || row.runToken === null;
  }

  private async pollCancels(): Promise<void> {
    const ids = await this.store.listCancelled([...this.live.keys()]).catch(() => []);
    for (const id of ids) this.live.get(id)?.controller.abort(new InstallCancelledError(id));
  }
}
