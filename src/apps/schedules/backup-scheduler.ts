import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Settings } from '../../platform/config/settings';
import { isDuplicateKey } from '../../platform/database/database-errors';
import { runInTransaction } from '../../platform/database/run-in-transaction';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { DomainError } from '../../platform/errors/domain-error';
import { bilingual } from '../../platform/i18n/bilingual';
import { Rounds } from '../../platform/waiting/rounds';
import { BackupBusyError } from '../backups/backup.errors';
import { BackupRunner } from '../backups/backup.runner';
import { BackupStore, type BackupFailure } from '../backups/backup.store';
import { Backups, BEGUN, newBackup } from '../backups/backups.service';
import { InstallationStore } from '../installations/installation.store';
import { Repositories } from '../backups/repositories.service';
import { BackupTurn, DEFAULT_SCHEDULE, type BackupSchedule } from './backup-schedule.entity';
import { BackupSchedules, ruleOf } from './backup-schedules.service';
import { nextTime } from './cron-times';
import { Retention } from './retention';

const EVERY_MS = 5_000;
const VERIFY_EVERY_DAYS = 7;

/** An installed app with the schedule that holds for it. */
interface ScheduledApp {
  readonly appName: string;
  /** Not so while it is upgraded. */
  readonly isFree: boolean;
  readonly rule: string;
  readonly schedule: BackupSchedule & { readonly cron: string };
  readonly turn: BackupTurn | null;
}

/**
 * Begins the saves and checks whose time has come, in whichever worker comes first, and applies the rules of
 * retention after each save. Times that passed while no worker ran are made up for once.
 */
@Injectable()
export class BackupScheduler implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(BackupScheduler.name);
  private readonly rounds = new Rounds(
    () => this.round(),
    (error) => this.logger.debug(`schedules postponed: ${String(error)}`),
  );

  constructor(
    private readonly settings: Settings,
    private readonly engine: DockerEngine,
    private readonly dataSource: DataSource,
    private readonly installations: InstallationStore,
    private readonly schedules: BackupSchedules,
    private readonly repositories: Repositories,
    private readonly backups: Backups,
    private readonly store: BackupStore,
    private readonly runner: BackupRunner,
    private readonly retention: Retention,
  ) {}

  onApplicationBootstrap(): void {
    if (this.settings.role === 'api') return;
    this.rounds.every(EVERY_MS);
  }

  onModuleDestroy(): Promise<void> {
    return this.rounds.stop();
  }

  /** Does what is due now, or joins the round that is under way. Never rejects. */
  tick(): Promise<void> {
    return this.rounds.now();
  }

  /** Installed apps of this home with a schedule, and where they stand. */
  async scheduledApps(): Promise<ScheduledApp[]> {
    const schedules = await this.schedules.all();
    if (schedules.size === 0) return [];
    const rows = (await this.installations.listHere()).filter(
      ({ state }) => state === 'installed' || state === 'upgrading',
    );
    const turns = new Map((await this.turns().find()).map((turn) => [turn.appName, turn]));
    return rows.flatMap(({ id, appName, state }) => {
      const schedule = schedules.get(appName) ?? schedules.get(DEFAULT_SCHEDULE);
      if (!schedule || schedule.cron === null) return [];
      const rule = ruleOf(id, schedule);
      const turn = turns.get(appName);
      return [
        {
          appName,
          isFree: state === 'installed',
          rule,
          schedule: { ...schedule, cron: schedule.cron },
          turn: turn?.rule === rule ? turn : null,
        },
      ];
    });
  }

  private async round(): Promise<void> {
    if (this.engine.isForeign) return;
    const now = new Date();
    for (const app of await this.scheduledApps()) {
      const { turn } = app;
      if (!app.isFree) continue;
      if (!turn) await this.plan(app, now);
      else if (turn.nextAt <= now) await this.begin(app, turn, now);
      else if (turn.retainAfter !== null) await this.retain(app, turn, turn.retainAfter);
      else if (app.schedule.verify && turn.verifyAt <= now) await this.verify(turn, now);
    }
  }

  /** Writes down when the first turn is. */
  private async plan({ appName, rule, schedule }: ScheduledApp, now: Date): Promise<void> {
    const nextAt = nextTime(schedule.cron, schedule.timeZone, now);
    if (!nextAt) return;
    await this.dataSource.query(
      `INSERT INTO backup_turns (appName, rule, nextAt, verifyAt, createdAt) VALUES (?, ?, ?, ?, ?)
       ON DUPLICATE KEY UPDATE
         createdAt = IF(rule = VALUES(rule), createdAt, VALUES(createdAt)),
         nextAt = IF(rule = VALUES(rule), nextAt, VALUES(nextAt)),
         failure = IF(rule = VALUES(rule), failure, NULL),
         rule = VALUES(rule)`,
      [appName, rule, nextAt, now, now],
    );
  }

  /** Of several workers one moves the time on, and its transaction makes the backup. */
  private async begin(app: ScheduledApp, turn: BackupTurn, now: Date): Promise<void> {
    const { appName, schedule } = app;
    const nextAt = nextTime(schedule.cron, schedule.timeZone, now);
    if (!nextAt) return;
    let repository: string;
    try {
      repository = this.repositories.addressOf(schedule.repository ?? undefined).name;
    } catch (error) {
      await this.move(turn, { nextAt, lastAt: now, failure: failureOf(error) });
      return;
    }
    const row = newBackup(appName, repository, { ...BEGUN, busyApp: appName, origin: 'schedule' });
    const patch = { nextAt, lastAt: now, backupId: row.id, retainAfter: row.id, failure: null };
    try {
      await runInTransaction(this.dataSource, async (tx) => {
        const { affected } = await tx.update(BackupTurn, keyOf(turn), patch);
        if (affected === 1) await this.store.insert(row, tx);
      });
    } catch (error) {
      // Other work on the backups of the app is under way: the time has come as long as it is over.
      if (!isDuplicateKey(error)) throw error;
      return;
    }
    this.runner.wake();
  }

  private async retain(
    { appName, schedule }: ScheduledApp,
    turn: BackupTurn,
    id: string,
  ): Promise<void> {
    const backup = await this.store.findById(id);
    if (backup?.state === 'saving') return;
    let failure = turn.failure;
    if (backup?.snapshotId) {
      try {
        const removed = await this.retention.apply(appName, schedule);
        if (removed > 0) this.logger.log({ app: appName, removed }, `${appName}: old backups go`);
      } catch (error) {
        failure = failureOf(error);
        this.logger.warn({ app: appName, err: error }, `${appName}: no old backup was removed`);
      }
    }
    await this.turns().update({ appName, retainAfter: id }, { retainAfter: null, failure });
  }

  private async verify({ appName, verifyAt }: BackupTurn, now: Date): Promise<void> {
    const newest = await this.store.findNewestSaved(appName);
    if (!newest) return;
    try {
      await this.backups.verify(appName, newest.id, null);
    } catch (error) {
      if (error instanceof BackupBusyError) return;
      throw error;
    }
    const next = new Date(now.getTime() + VERIFY_EVERY_DAYS * 86_400_000);
    await this.turns().update({ appName, verifyAt }, { verifyAt: next, verifiedId: newest.id });
  }

  private async move(turn: BackupTurn, patch: Partial<BackupTurn>): Promise<void> {
    await this.turns().update(keyOf(turn), patch);
  }

  private turns() {
    return this.dataSource.getRepository(BackupTurn);
  }
}

/** A turn that nobody has taken meanwhile. */
function keyOf({ appName, rule, nextAt }: BackupTurn) {
  return { appName, rule, nextAt };
}

/** JSON of a BackupFailure. */
function failureOf(error: unknown): string {
  const known = error instanceof DomainError;
  const failure: BackupFailure = {
    code: known ? 'refused' : 'unexpected',
    message: known
      ? error.text
      : bilingual(
          '内部错误，详情见服务器日志',
          'An internal error; the server log has the details',
        ),
  };
  return JSON.stringify(failure);
}
