import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { CacheInvalidation } from '../../auth/cache/cache-invalidation';
import { Settings } from '../../platform/config/settings';
import { retryDatabase } from '../../platform/database/retry-database';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { isEngineFailure } from '../../platform/docker/engine.errors';
import { bilingual } from '../../platform/i18n/bilingual';
import { traceJob } from '../../platform/logging/request-trace';
import { Rounds } from '../../platform/waiting/rounds';
import { sleep } from '../../platform/waiting/sleep';
import { toInstallFailure } from '../install/install-failure';
import { TooManyAttemptsError } from '../installations/installation.errors';
import { InstallationStore } from '../installations/installation.store';
import { isHandOver, ShuttingDownError } from '../installations/leased-rows';
import { AppEventsService } from '../progress/app-events.service';
import { BACKUP_WORK_STATES, type AppBackup } from './app-backup.entity';
import { BackupCancelledError } from './backup.errors';
import { BackupCheck } from './backup-check';
import { BackupLease, BackupRun } from './backup-run';
import { BackupStore, IDLE, type BackupFailure } from './backup.store';
import { PinnedTemplates } from './pinned-templates';
import { Repositories } from './repositories.service';
import { Restic, type OpenRepository } from './restic/restic';
import { Restorer } from './restorer';
import { backupTag, SNAPSHOT_TAG, SnapshotTaker } from './snapshot-taker';
import { Staging } from './staging';

const TICK_MS = 1_000;
/** Ticks from one sweep to the next while this process works on no backup. */
const IDLE_TICKS = 3;
/** Folders that no work needs any more are removed every so many sweeps. */
const CLEAN_EVERY = 60;
/** Rows that one sweep looks at. */
const BATCH = 32;
/** Work that was interrupted this often is given up. */
const MAX_ATTEMPTS = 4;
/** For removing the lock of a call that was cancelled while it was made. */
const UNLOCK_WITHIN_MS = 10_000;
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
  private readonly rounds = new Rounds(
    () => this.sweep(),
    (error) => this.logger.debug(`sweep postponed: ${String(error)}`),
  );
  private ticks = 0;
  private sweeps = 0;

  constructor(
    private readonly settings: Settings,
    private readonly engine: DockerEngine,
    private readonly store: BackupStore,
    private readonly events: AppEventsService,
    private readonly taker: SnapshotTaker,
    private readonly restorer: Restorer,
    private readonly check: BackupCheck,
    private readonly repositories: Repositories,
    private readonly restic: Restic,
    private readonly staging: Staging,
    private readonly templates: PinnedTemplates,
    private readonly installations: InstallationStore,
    private readonly messages: CacheInvalidation,
  ) {
    messages.onInvalidate((topic) => {
      if (topic === 'backups' && settings.role !== 'api') this.look();
    });
  }

  onApplicationBootstrap(): void {
    if (this.settings.role === 'api') return;
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.wake();
  }

  /** Interrupted work makes its app run again before this resolves. */
  async onModuleDestroy(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.rounds.stop();
    const runs = [...this.live.values()];
    for (const run of runs) run.controller.abort(new ShuttingDownError());
    await Promise.all(runs.map((run) => run.finished));
  }

  /** Looks for work now, in this process or in those that do it. */
  wake(): void {
    if (this.settings.role === 'api') this.messages.announce('backups');
    else this.look();
  }

  private tick(): void {
    this.ticks += 1;
    if (this.live.size > 0 || this.ticks % IDLE_TICKS === 0) this.look();
  }

  private look(): void {
    if (!this.engine.isForeign) void this.rounds.now();
  }

  private async sweep(): Promise<void> {
    for (const id of await this.store.listCancelled([...this.live.keys()])) {
      const run = this.live.get(id);
      run?.controller.abort(new BackupCancelledError(run.appName));
    }
    const room = this.settings.backupsAtOnce - this.live.size;
    const due = room > 0 ? await this.store.findDue(BATCH) : [];
    const idle = due.filter(({ id }) => !this.live.has(id));
    for (const { id, appName } of idle.slice(0, room)) this.begin(id, appName);
    this.sweeps += 1;
    if (this.sweeps % CLEAN_EVERY !== 1) return;
    await this.check.sweep();
    await this.staging.sweep(await this.store.idsAtWork());
    await this.templates.sweep(await this.installations.listTemplates());
  }

  private begin(id: string, appName: string): void {
    const controller = new AbortController();
    const finished = this.hold(id, controller)
      .catch((error: unknown) =>
        this.logger.error({ err: error, backup: id }, 'run ended unexpectedly'),
      )
      .finally(() => {
        this.live.delete(id);
        // For what waited for room, or for the app.
        this.wake();
      });
    this.live.set(id, { appName, controller, finished });
  }

  private async hold(id: string, controller: AbortController): Promise<void> {
    const { signal } = controller;
    const work = async (token: string): Promise<void> => {
      const row = await retryDatabase(() => this.store.findById(id));
      if (!row) return;
      const lease = new BackupLease(id, token, signal, this.store);
      await traceJob(row.requestId, () => this.work(new BackupRun(row, lease, this.events)));
    };
    await this.store.leased.hold(id, BACKUP_WORK_STATES, {}, work, controller);
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
      if (backup.state === 'saving') await this.taker.release(run);
      await this.check.clear(backup);
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
        return this.check.verify(run, { starts: true });
      case 'removing':
        return this.remove(run);
      case 'saved':
      case 'failed':
      case 'cancelled':
        return;
    }
  }

  private async remove(run: BackupRun): Promise<void> {
    const { backup, signal, lease } = run;
    // A save that failed may have left a snapshot.
    if (backup.snapshotId !== null || backup.manifest !== null) {
      const repository = await this.repositories.find(backup.repository);
      const ids = await this.snapshotsOf(backup, repository, signal);
      await this.restic.forget(repository, ids, { signal }).catch(async (error: unknown) => {
        // Of a call that was interrupted nobody knows whether it had its effect.
        signal.throwIfAborted();
        if ((await this.snapshotsOf(backup, repository, signal)).length > 0) throw error;
      });
      // Of several that are removed from a repository the last one frees the space of all.
      if (!(await this.store.hasLaterRemoval(backup)))
        await this.restic.prune(repository, { signal }).catch((error: unknown) => {
          signal.throwIfAborted();
          const about = { err: error, repository: backup.repository };
          this.logger.warn(about, 'data of a deleted backup stay until the next one is deleted');
        });
    }
    await this.staging.remove(backup.id);
    await run.ended('removed', bilingual('备份已删除', 'Backup deleted'));
    await lease.removeRow();
  }

  /** One that another server made has the tag of its row there. */
  private async snapshotsOf(
    { id: backupId, snapshotId }: AppBackup,
    repository: OpenRepository,
    signal: AbortSignal,
  ): Promise<string[]> {
    const all = await this.restic.snapshots(repository, [SNAPSHOT_TAG], { signal });
    const own = backupTag(backupId);
    return all
      .filter(({ id, tags }) => id === snapshotId || tags.includes(own))
      .map(({ id }) => id);
  }

  /** Ends the row with the reason; but not while the app that the work has stopped does not run again. */
  private async fail(run: BackupRun, error: unknown): Promise<void> {
    const { backup, lease } = run;
    const now = await retryDatabase(() => this.store.findById(backup.id));
    const failure: BackupFailure = failureOf(error);
    const message = JSON.stringify(failure);
    if (now && (now.halted || now.replaced !== null)) {
      if (backup.attempts < MAX_START_ATTEMPTS) {
        await lease.update({ failure: message });
        await sleep(TICK_MS, lease.signal).catch(() => undefined);
        return;
      }
      if (now.halted) await this.taker.release(new BackupRun(now, lease, this.events)).catch(() => undefined); // prettier-ignore
    }
    await this.staging.remove(backup.id).catch(() => undefined);
    const isCancelled = error instanceof BackupCancelledError;
    const isSave = backup.state === 'saving';
    // An upload begins while the app starts.
    const mayBeThere = isSave && (now?.phase === 'starting' || now?.phase === 'uploading');
    if (mayBeThere) await this.taker.discard(run).catch(() => undefined);
    if (isCancelled) await this.unlock(backup).catch(() => undefined);
    const without = isSave && isCancelled ? 'cancelled' : 'failed';
    const state = !isSave && backup.snapshotId !== null ? 'saved' : without;
    await lease.update({ ...IDLE, state, failure: message });
    await run.ended(isCancelled ? 'cancelled' : 'failed', failure.message);
  }

  private async unlock({ repository }: AppBackup): Promise<void> {
    const signal = AbortSignal.timeout(UNLOCK_WITHIN_MS);
    await this.restic.unlock(await this.repositories.find(repository), { signal });
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
