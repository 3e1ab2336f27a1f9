import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { retryDatabase } from '../../platform/database/retry-database';
import type { AppInstallation } from '../installations/installation.entity';
import { Lease } from '../installations/leased-rows';
import type { RowLease } from '../installations/row-lease';
import type { AppEventsService } from '../progress/app-events.service';
import type { AppBackup, BackupPhase } from './app-backup.entity';
import type { BackupPatch, BackupStore } from './backup.store';
import type { ResticProgress } from './restic/restic-output';

/** The sole right of one run to work on a backup. */
export class BackupLease extends Lease<BackupPatch> {
  constructor(
    id: string,
    token: string,
    signal: AbortSignal,
    private readonly store: BackupStore,
  ) {
    super(id, token, signal, store);
  }

  async removeRow(): Promise<void> {
    await retryDatabase(() => this.store.remove(this.id, this.token));
  }
}

const PHASE_TEXT: Readonly<Record<BackupPhase, Bilingual>> = {
  '': bilingual('', ''),
  queued: bilingual('备份：排队中', 'Backup: waiting'),
  hooks: bilingual('备份：运行模板的备份命令', 'Backup: running the commands of the template'),
  stopping: bilingual('备份：停止应用', 'Backup: stopping the app'),
  copying: bilingual('备份：复制数据', 'Backup: copying its data'),
  starting: bilingual('备份：启动应用', 'Backup: starting the app'),
  uploading: bilingual('备份：写入仓库', 'Backup: saving to the repository'),
  downloading: bilingual('备份：从仓库读取', 'Backup: reading from the repository'),
  preparing: bilingual('恢复：准备数据', 'Restore: preparing the data'),
  replacing: bilingual('恢复：替换数据', 'Restore: replacing the data'),
  installing: bilingual('恢复：启动应用', 'Restore: starting the app'),
  checking: bilingual('备份：校验', 'Backup: checking'),
  trying: bilingual(
    '备份：在隔离网络中试启动应用',
    'Backup: starting the app apart from the network',
  ),
  returning: bilingual('恢复：还原之前的数据', 'Restore: returning the data from before'),
  cleaning: bilingual('恢复：清理', 'Restore: removing the data from before'),
};

/** An installed app, held by its lease. */
export interface HeldApp {
  readonly installation: AppInstallation;
  readonly lease: RowLease;
}

/** One run of one piece of work on one backup. */
export class BackupRun {
  private readonly row: AppBackup;
  private now: BackupPhase = '';

  constructor(
    row: AppBackup,
    readonly lease: BackupLease,
    private readonly events: AppEventsService,
    /** The app, where whoever began the work holds it already. */
    readonly held: HeldApp | null = null,
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

  /** Written at once, with what is to be known of it: after a kill it says how far the work was. */
  async phase(phase: BackupPhase, bytesTotal = 0, known: BackupPatch = {}): Promise<void> {
    this.now = phase;
    await this.lease.update({ ...known, phase, bytesDone: 0, bytesTotal, secondsLeft: null });
    await this.tell(phase, { bytesDone: 0, bytesTotal, secondsLeft: null });
  }

  /** Never rejects: how far the work is may be lost. Of a phase that begins while another lasts nothing is told. */
  progress(phase: BackupPhase, progress: ResticProgress): void {
    if (phase !== this.now) return;
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
