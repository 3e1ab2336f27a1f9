import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { retryDatabase } from '../../platform/database/retry-database';
import { LeaseLostError } from '../installations/row-lease';
import type { AppEventsService } from '../progress/app-events.service';
import type { AppBackup, BackupPhase } from './app-backup.entity';
import type { BackupPatch, BackupStore } from './backup.store';
import type { ResticProgress } from './restic-output';

/** The sole right of one run to work on a backup. */
export class BackupLease {
  constructor(
    readonly id: string,
    readonly token: string,
    /** Aborted with the reason when the lease is lost, the work is cancelled or the process ends. */
    readonly signal: AbortSignal,
    private readonly store: BackupStore,
  ) {}

  /** @throws LeaseLostError */
  async update(patch: BackupPatch): Promise<void> {
    if (!(await retryDatabase(() => this.store.updateOwned(this.id, this.token, patch))))
      throw new LeaseLostError(this.id);
  }

  async removeRow(): Promise<void> {
    await retryDatabase(() => this.store.remove(this.id, this.token));
  }
}

const PHASE_TEXT: Readonly<Record<BackupPhase, Bilingual>> = {
  '': bilingual('', ''),
  queued: bilingual('备份：排队中', 'Backup: waiting'),
  stopping: bilingual('备份：停止应用', 'Backup: stopping the app'),
  copying: bilingual('备份：复制数据', 'Backup: copying its data'),
  starting: bilingual('备份：启动应用', 'Backup: starting the app'),
  uploading: bilingual('备份：写入仓库', 'Backup: saving to the repository'),
  downloading: bilingual('备份：从仓库读取', 'Backup: reading from the repository'),
  preparing: bilingual('恢复：准备数据', 'Restore: preparing the data'),
  replacing: bilingual('恢复：替换数据', 'Restore: replacing the data'),
  installing: bilingual('恢复：启动应用', 'Restore: starting the app'),
  checking: bilingual('备份：校验', 'Backup: checking'),
  returning: bilingual('恢复：还原之前的数据', 'Restore: returning the data from before'),
  cleaning: bilingual('恢复：清理', 'Restore: removing the data from before'),
};

/** One run of one piece of work on one backup. */
export class BackupRun {
  private readonly row: AppBackup;

  constructor(
    row: AppBackup,
    readonly lease: BackupLease,
    private readonly events: AppEventsService,
  ) {
    this.row = row;
  }

  /** As it was when the run began. */
  get backup(): AppBackup {
    return this.row;
  }

  get signal(): AbortSignal {
    return this.lease.signal;
  }

  /** Written at once: after a kill it says how far the work was. */
  async phase(phase: BackupPhase, bytesTotal = 0): Promise<void> {
    await this.lease.update({ phase, bytesDone: 0, bytesTotal, secondsLeft: null });
    await this.tell(phase, { bytesDone: 0, bytesTotal, secondsLeft: null });
  }

  /** Never rejects: how far the work is may be lost. */
  progress(phase: BackupPhase, progress: ResticProgress): void {
    const { bytesDone, bytesTotal, secondsLeft } = progress;
    void this.lease.update({ bytesDone, bytesTotal, secondsLeft }).catch(() => undefined);
    void this.tell(phase, progress);
  }

  private tell(phase: BackupPhase, progress: ResticProgress): Promise<void> {
    return this.events.record(null, this.row.appName, 'backup', {
      backupId: this.row.id,
      work: this.row.state,
      phase,
      ...progress,
      text: PHASE_TEXT[phase],
    });
  }

  /** The work is over; the last event of it. */
  async ended(state: AppBackup['state'] | 'removed', text: Bilingual): Promise<void> {
    await this.events.record(null, this.row.appName, 'backup', {
      backupId: this.row.id,
      work: this.row.state,
      phase: state,
      bytesDone: 0,
      bytesTotal: 0,
      secondsLeft: null,
      text,
    });
  }
}
