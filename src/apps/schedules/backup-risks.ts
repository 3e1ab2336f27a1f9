import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { risk, type Risk } from '../../server/risks/risk';
import { RiskAuditor } from '../../server/risks/risk-auditor';
import type { BackupFailure } from '../backups/backup.store';
import type { TrialOutcome } from '../trials/app-trial';
import { InstallationStore } from '../installations/installation.store';
import { BackupScheduler } from './backup-scheduler';
import { nextTime } from './cron-times';

/** A save may take so long, and the first check of a backup may come so late, before either is a risk. */
const GRACE_MS = 60 * 60_000;

/** What counts of the backups of one app. */
interface Newest {
  readonly appName: string;
  /** Of the newest complete one; null where there is none. */
  readonly savedAt: Date | null;
  /** Of the oldest complete one. */
  readonly since: Date | null;
  /** How many were ever verified or restored. */
  readonly proved: number;
}

/** Finds apps of this home whose last backup failed, is older than its schedule, or whose backups were never proved to be whole. */
@Injectable()
export class BackupRisks implements OnModuleInit {
  constructor(
    private readonly dataSource: DataSource,
    private readonly auditor: RiskAuditor,
    private readonly scheduler: BackupScheduler,
    private readonly installations: InstallationStore,
  ) {}

  onModuleInit(): void {
    this.auditor.addSource(() => this.find());
  }

  private async find(): Promise<Risk[]> {
    const here = new Set((await this.installations.listHere()).map(({ appName }) => appName));
    const newest = new Map((await this.newest()).map((row) => [row.appName, row]));
    const now = Date.now();
    const found = [
      ...(await this.failed()),
      ...(await this.notStarted()),
      ...(await this.overdue(newest, now)),
      ...[...newest.values()].flatMap(({ appName, since, proved }) => {
        if (!since || proved > 0 || now - since.getTime() < GRACE_MS) return [];
        const at = since.toISOString();
        return [
          risk(
            'backup-unproved',
            appName,
            `自 ${at} 起有备份，但从未校验或恢复过`,
            `has backups since ${at}, none of which was ever verified or restored`,
          ),
        ];
      }),
    ];
    return found.filter(({ subject }) => here.has(subject));
  }

  /** The last work on the newest backup failed, or that on the one that was verified last. */
  private async failed(): Promise<Risk[]> {
    const rows: { appName: string; failure: string; createdAt: Date }[] =
      await this.dataSource.query(
        `SELECT i.appName, COALESCE(t.failure, b.failure, v.failure) AS failure,
           COALESCE(b.createdAt, t.lastAt) AS createdAt
         FROM app_installations i
         LEFT JOIN backup_turns t ON t.appName = i.appName
         LEFT JOIN app_backups b ON b.id = (
           SELECT id FROM app_backups WHERE appName = i.appName
           ORDER BY createdAt DESC, id DESC LIMIT 1) AND b.state IN ('saved', 'failed')
         LEFT JOIN app_backups v ON v.id = t.verifiedId AND v.state = 'saved'
         WHERE i.activeApp IS NOT NULL AND COALESCE(t.failure, b.failure, v.failure) IS NOT NULL`,
      );
    return rows.map(({ appName, failure, createdAt }) => {
      const { zh, en }: Bilingual = (JSON.parse(failure) as BackupFailure).message;
      const at = createdAt.toISOString();
      return risk('backup-failed', appName, `${at} 的备份：${zh}`, `backup of ${at}: ${en}`);
    });
  }

  /** The app did not come up from the backup that was verified last. */
  private async notStarted(): Promise<Risk[]> {
    const rows: { appName: string; started: string; createdAt: Date }[] =
      await this.dataSource.query(
        `SELECT b.appName, b.started, b.createdAt
         FROM app_installations i
         JOIN app_backups b ON b.id = (
           SELECT id FROM app_backups WHERE appName = i.appName AND started IS NOT NULL
           ORDER BY verifiedAt DESC, id DESC LIMIT 1)
         WHERE i.activeApp IS NOT NULL`,
      );
    return rows.flatMap(({ appName, started, createdAt }) => {
      const outcome = JSON.parse(started) as TrialOutcome;
      if (outcome.started !== 'no') return [];
      const at = createdAt.toISOString();
      const { zh, en } = outcome.reason ?? bilingual('', '');
      return [
        risk(
          'backup-not-started',
          appName,
          `应用不能从 ${at} 的备份启动：${zh}`,
          `does not come up from the backup of ${at}: ${en}`,
        ),
      ];
    });
  }

  /** A time of the schedule has passed since the newest backup, and no save follows it. */
  private async overdue(newest: ReadonlyMap<string, Newest>, now: number): Promise<Risk[]> {
    const found: Risk[] = [];
    for (const { appName, schedule, turn } of await this.scheduler.scheduledApps()) {
      const savedAt = newest.get(appName)?.savedAt ?? null;
      const after = savedAt ?? turn?.createdAt;
      if (!after) continue;
      const due = nextTime(schedule.cron, schedule.timeZone, after);
      if (!due || now - due.getTime() < GRACE_MS) continue;
      const words = `${schedule.cron} ${schedule.timeZone}`;
      const at = savedAt?.toISOString();
      found.push(
        risk(
          'backup-overdue',
          appName,
          at ? `最近的备份是 ${at}，计划为 ${words}` : `还没有备份，计划为 ${words}`,
          at ? `the newest backup is of ${at}, the schedule ${words}` : `no backup yet, the schedule is ${words}`, // prettier-ignore
        ),
      );
    }
    return found;
  }

  private async newest(): Promise<Newest[]> {
    const rows: (Omit<Newest, 'proved'> & { proved: string })[] = await this.dataSource.query(
      `SELECT b.appName, MAX(b.createdAt) AS savedAt, MIN(b.createdAt) AS since,
         SUM(b.verifiedAt IS NOT NULL OR b.restoredAt IS NOT NULL) AS proved
       FROM app_backups b
       JOIN app_installations i ON i.activeApp = b.appName
       WHERE b.snapshotId IS NOT NULL AND b.state <> 'removing'
       GROUP BY b.appName`,
    );
    return rows.map((row) => ({ ...row, proved: Number(row.proved) }));
  }
}
