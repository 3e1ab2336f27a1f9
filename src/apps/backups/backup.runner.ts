import { randomUUID } from 'node:crypto';
import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { Settings } from '../../platform/config/settings';
import { retryDatabase } from '../../platform/database/retry-database';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { isEngineFailure } from '../../platform/docker/engine.errors';
import { bilingual } from '../../platform/i18n/bilingual';
import { traceJob } from '../../platform/logging/request-trace';
import { toInstallFailure } from '../install/install-failure';
import { TooManyAttemptsError } from '../installations/installation.errors';
import { isHandOver, LeaseLostError, ShuttingDownError } from '../installations/row-lease';
import { AppEventsService } from '../progress/app-events.service';
import type { AppBackup } from './app-backup.entity';
import { AppPause } from './app-pause';
import { BackupCancelledError, BackupNotSavedError } from './backup.errors';
import { BackupLease, BackupRun } from './backup-run';
import { BackupStore, IDLE, type BackupFailure } from './backup.store';
import { Repositories } from './repositories.service';
import { Restic } from './restic';
import { Restorer } from './restorer';
import { SnapshotReader } from './snapshot-reader';
import { SnapshotTaker } from './snapshot-taker';
import { Staging } from './staging';

const SWEEP_EVERY_MS = 1_000;
const RENEW_EVERY_MS = 3_000;
/** Folders that no work needs any more are removed every so many sweeps. */
const CLEAN_EVERY = 60;
/** Work that was interrupted this often is given up. */
const MAX_ATTEMPTS = 4;
/** An app that could not be started again is tried this often. */
const MAX_START_ATTEMPTS = 10;

interface LiveRun {
  readonly appName: string;
  readonly controller: AbortController;
  readonly finished: Promise<void>;
}

/**
 * Takes up backups, restores, checks and removals: leases the row, carries the work out and ends the row in a
 * state that says how it went. Finds work whose process died by the end of its lease.
 */
@Injectable()
export class BackupRunner implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(BackupRunner.name);
  private readonly live = new Map<string, LiveRun>();
  private timer: NodeJS.Timeout | null = null;
  private sweeping: Promise<void> | null = null;
  private sweeps = 0;
  private closing = false;

  constructor(
    private readonly settings: Settings,
    private readonly engine: DockerEngine,
    private readonly store: BackupStore,
    private readonly events: AppEventsService,
    private readonly pause: AppPause,
    private readonly taker: SnapshotTaker,
    private readonly restorer: Restorer,
    private readonly reader: SnapshotReader,
    private readonly repositories: Repositories,
    private readonly restic: Restic,
    private readonly staging: Staging,
  ) {}

  onApplicationBootstrap(): void {
    if (this.settings.role === 'api') return;
    this.timer = setInterval(() => this.wake(), SWEEP_EVERY_MS);
    this.wake();
  }

  /** Interrupted work makes its app run again before this resolves. */
  async onModuleDestroy(): Promise<void> {
    this.closing = true;
    if (this.timer) clearInterval(this.timer);
    await this.sweeping;
    const runs = [...this.live.values()];
    for (const run of runs) run.controller.abort(new ShuttingDownError());
    await Promise.all(runs.map((run) => run.finished));
  }

  /** Looks for work now. */
  wake(): void {
    if (this.settings.role === 'api' || this.closing || this.engine.isForeign) return;
    this.sweeping ??= this.sweep()
      .catch((error: unknown) => this.logger.debug(`sweep postponed: ${String(error)}`))
      .finally(() => {
        this.sweeping = null;
      });
  }

  private async sweep(): Promise<void> {
    for (const id of await this.store.listCancelled([...this.live.keys()])) {
      const run = this.live.get(id);
      run?.controller.abort(new BackupCancelledError(run.appName));
    }
    const room = this.settings.backupsAtOnce - this.live.size;
    const due = room > 0 ? await this.store.findDue(room) : [];
    for (const { id, appName } of due) if (!this.live.has(id)) this.begin(id, appName);
    this.sweeps += 1;
    if (this.sweeps % CLEAN_EVERY === 1) await this.staging.sweep(await this.store.idsAtWork());
  }

  private begin(id: string, appName: string): void {
    const controller = new AbortController();
    const finished = this.hold(id, controller)
      .catch((error: unknown) =>
        this.logger.error({ err: error, backup: id }, 'run ended unexpectedly'),
      )
      .finally(() => this.live.delete(id));
    this.live.set(id, { appName, controller, finished });
  }

  private async hold(id: string, controller: AbortController): Promise<void> {
    const token = randomUUID();
    if (!(await retryDatabase(() => this.store.claim(id, token)))) return;
    const renewal = setInterval(() => void this.renew(id, token, controller), RENEW_EVERY_MS);
    try {
      const row = await retryDatabase(() => this.store.findById(id));
      if (!row) return;
      const lease = new BackupLease(id, token, controller.signal, this.store);
      await traceJob(row.requestId, () => this.work(new BackupRun(row, lease, this.events)));
    } finally {
      clearInterval(renewal);
      await this.store
        .updateOwned(id, token, { runToken: null, leaseUntil: null })
        .catch(() => false);
    }
  }

  /** A database that is away is no reason to stop: without it no other run can take the row over either. */
  private async renew(id: string, token: string, controller: AbortController): Promise<void> {
    const isHeld = await this.store.extend(id, token).catch(() => true);
    if (isHeld) return;
    const row = await this.store.findById(id).catch(() => null);
    if (row?.runToken && row.runToken !== token) controller.abort(new LeaseLostError(id));
  }

  private async work(run: BackupRun): Promise<void> {
    const { backup } = run;
    const about = { backup: backup.id, app: backup.appName, work: backup.state };
    this.logger.log(
      { ...about, attempts: backup.attempts },
      `${backup.appName}: backup work begins`,
    );
    try {
      // Whatever becomes of the work: what it has stopped runs again first.
      if (backup.state === 'saving') await this.pause.startAgain(run);
      if (backup.cancelRequested && backup.replaced === null)
        throw new BackupCancelledError(backup.appName);
      if (backup.attempts > MAX_ATTEMPTS && backup.replaced === null)
        throw new TooManyAttemptsError(backup.appName, backup.attempts - 1);
      await this.carryOut(run);
      this.logger.log(about, `${backup.appName}: backup work ended`);
    } catch (error) {
      if (isHandOver(error)) {
        this.logger.log(about, `${backup.appName}: backup work released to the next worker`);
        return;
      }
      this.logger.warn({ ...about, err: error }, `${backup.appName}: backup work failed`);
      await this.fail(run, error);
    }
  }

  private async carryOut(run: BackupRun): Promise<void> {
    const { backup } = run;
    switch (backup.state) {
      case 'saving':
        return this.taker.take(run);
      case 'restoring':
        return this.restorer.restore(run);
      case 'verifying':
        return this.verify(run);
      case 'removing':
        return this.remove(run);
      case 'saved':
      case 'failed':
      case 'cancelled':
        return;
    }
  }

  /** Restores into a folder that is thrown away, and checks the repository. */
  private async verify(run: BackupRun): Promise<void> {
    const { backup, signal } = run;
    await this.reader.read(run);
    await this.staging.remove(backup.id);
    await this.restic.check(await this.repositories.open(backup.repository, signal), { signal });
    const patch = { state: 'saved', failure: null, verifiedAt: new Date() } as const;
    await run.lease.update({ ...IDLE, ...patch });
    await run.ended('saved', bilingual('备份校验通过', 'The backup is as it was saved'));
  }

  private async remove(run: BackupRun): Promise<void> {
    const { backup, signal, lease } = run;
    if (backup.snapshotId !== null) {
      const repository = await this.repositories.open(backup.repository, signal);
      const tags = [`backup=${backup.id}`];
      const there = await this.restic.snapshots(repository, tags, { signal });
      const ids = there.map(({ id }) => id).filter((id) => id === backup.snapshotId);
      if (ids.length > 0) await this.restic.forget(repository, ids, { signal, prune: true });
    }
    await this.staging.remove(backup.id);
    await run.ended('removed', bilingual('备份已删除', 'Backup deleted'));
    await lease.removeRow();
  }

  /** Ends the row with the reason; but not while the app that the work has stopped does not run again. */
  private async fail(run: BackupRun, error: unknown): Promise<void> {
    const { backup, lease } = run;
    const now = await retryDatabase(() => this.store.findById(backup.id));
    const failure: BackupFailure = failureOf(error);
    const message = JSON.stringify(failure);
    if (now && (now.halted || now.replaced !== null)) {
      if (backup.attempts < MAX_START_ATTEMPTS) return lease.update({ failure: message });
      if (now.halted) await this.pause.startAgain(new BackupRun(now, lease, this.events)).catch(() => undefined); // prettier-ignore
    }
    await this.staging.remove(backup.id).catch(() => undefined);
    const isCancelled = error instanceof BackupCancelledError;
    const isHalf = backup.state === 'saving' && !(error instanceof BackupNotSavedError);
    const state: AppBackup['state'] = !isHalf ? 'saved' : isCancelled ? 'cancelled' : 'failed';
    await lease.update({ ...IDLE, state, failure: message });
    await run.ended(isCancelled ? 'cancelled' : 'failed', failure.message);
  }
}

function failureOf(error: unknown): BackupFailure {
  const { code, message } = toInstallFailure(error);
  if (code !== 'unexpected' || isEngineFailure(error, 'unexpected')) return { code, message };
  return {
    code,
    message: bilingual(
      '备份操作发生内部错误，详情见服务器日志',
      'The work on the backup met an internal error; the server log has the details',
    ),
  };
}
