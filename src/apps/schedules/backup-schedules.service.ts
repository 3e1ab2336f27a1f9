import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { AppBackup } from '../backups/app-backup.entity';
import { BackupStore, type BackupFailure } from '../backups/backup.store';
import { Repositories } from '../backups/repositories.service';
import { AppNotInstalledError } from '../installations/installation.errors';
import { InstallationStore } from '../installations/installation.store';
import { BackupSchedule, BackupTurn, DEFAULT_SCHEDULE } from './backup-schedule.entity';
import { nextTime } from './cron-times';
import { Retention, type KeepRules, type RetentionPlan } from './retention';

/** What a caller sets; the rest of a schedule is written by the server. */
export type ScheduleInput = Omit<BackupSchedule, 'appName' | 'updatedAt'>;

/** The schedule that holds for an app, and how it goes. */
export interface ScheduleView {
  /** `*` for the default. */
  readonly appName: string;
  readonly source: 'app' | 'default' | 'none';
  readonly schedule: ScheduleInput;
  readonly nextAt: Date | null;
  readonly lastAt: Date | null;
  readonly backupId: string | null;
  /** Why the last turn made no backup. */
  readonly failure: BackupFailure | null;
  readonly nextVerifyAt: Date | null;
  /** The backup that was verified last, by schedule. */
  readonly verified: AppBackup | null;
}

const NONE: ScheduleInput = {
  cron: null,
  timeZone: 'UTC',
  repository: null,
  keepLast: 0,
  keepDaily: 0,
  keepWeekly: 0,
  keepMonthly: 0,
  verify: true,
};

/** Schedules of backups: one a app, and one for all apps that have none of their own. */
@Injectable()
export class BackupSchedules {
  constructor(
    private readonly dataSource: DataSource,
    private readonly store: BackupStore,
    private readonly repositories: Repositories,
    private readonly installations: InstallationStore,
    private readonly retention: Retention,
  ) {}

  async get(appName: string): Promise<ScheduleView> {
    const { schedule, source } = await this.effective(appName);
    const turn =
      source === 'none' || schedule.cron === null
        ? null
        : await this.dataSource.getRepository(BackupTurn).findOneBy({ appName });
    const last = turn?.backupId ? await this.store.findById(turn.backupId) : null;
    const failure = turn?.failure ?? last?.failure ?? null;
    const nextAt = await this.nextOf(appName, schedule, turn);
    return {
      appName,
      source,
      schedule,
      nextAt,
      lastAt: turn?.lastAt ?? null,
      backupId: turn?.backupId ?? null,
      failure: failure === null ? null : (JSON.parse(failure) as BackupFailure),
      nextVerifyAt: nextAt && schedule.verify ? (turn?.verifyAt ?? null) : null,
      verified: turn?.verifiedId ? await this.store.findById(turn.verifiedId) : null,
    };
  }

  /** @throws UnknownRepositoryError, AppNotInstalledError */
  async put(appName: string, input: ScheduleInput): Promise<ScheduleView> {
    if (input.repository !== null) this.repositories.addressOf(input.repository);
    if (appName !== DEFAULT_SCHEDULE && !(await this.installations.findActive(appName)))
      throw new AppNotInstalledError(appName);
    await this.rows().upsert({ ...input, appName, updatedAt: new Date() }, ['appName']);
    await this.forgetTurns();
    return this.get(appName);
  }

  /** The default holds for the app again; no schedule at all, where the default itself is removed. */
  async remove(appName: string): Promise<ScheduleView> {
    await this.rows().delete({ appName });
    await this.forgetTurns();
    return this.get(appName);
  }

  /** What the rules, those given or those that hold, would keep and remove now. */
  async preview(appName: string, rules: Partial<KeepRules>): Promise<RetentionPlan> {
    const isGiven = Object.values(rules).some((count) => count !== undefined);
    if (!isGiven) return this.retention.plan(appName, (await this.effective(appName)).schedule);
    const { keepLast = 0, keepDaily = 0, keepWeekly = 0, keepMonthly = 0 } = rules;
    return this.retention.plan(appName, { keepLast, keepDaily, keepWeekly, keepMonthly });
  }

  /** All that are set, by app; `*` is the default. */
  async all(): Promise<ReadonlyMap<string, BackupSchedule>> {
    return new Map((await this.rows().find()).map((row) => [row.appName, row]));
  }

  /** Of apps that no schedule saves any more. */
  private async forgetTurns(): Promise<void> {
    await this.dataSource.query(
      `DELETE t FROM backup_turns t
       LEFT JOIN backup_schedules own ON own.appName = t.appName
       LEFT JOIN backup_schedules common ON common.appName = ?
       WHERE IF(own.appName IS NULL, common.cron, own.cron) IS NULL`,
      [DEFAULT_SCHEDULE],
    );
  }

  private async effective(
    appName: string,
  ): Promise<{ schedule: ScheduleInput; source: ScheduleView['source'] }> {
    const all = await this.all();
    const own = all.get(appName);
    if (own) return { schedule: own, source: appName === DEFAULT_SCHEDULE ? 'default' : 'app' };
    const common = all.get(DEFAULT_SCHEDULE);
    return common ? { schedule: common, source: 'default' } : { schedule: NONE, source: 'none' };
  }

  private async nextOf(
    appName: string,
    { cron, timeZone }: ScheduleInput,
    turn: BackupTurn | null,
  ): Promise<Date | null> {
    if (cron === null) return null;
    if (appName === DEFAULT_SCHEDULE) return nextTime(cron, timeZone, new Date());
    const installation = await this.installations.findActive(appName);
    if (!installation) return null;
    const isPlanned = turn?.rule === ruleOf(installation.id, { cron, timeZone });
    return isPlanned ? turn.nextAt : nextTime(cron, timeZone, new Date());
  }

  private rows() {
    return this.dataSource.getRepository(BackupSchedule);
  }
}

/** What a planned time belongs to: other words, another time zone or a new install make a new one. */
export function ruleOf(
  installationId: string,
  { cron, timeZone }: Pick<BackupSchedule, 'cron' | 'timeZone'>,
): string {
  return `${installationId} ${cron ?? ''} ${timeZone}`;
}
