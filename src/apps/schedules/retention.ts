import { Injectable } from '@nestjs/common';
import type { AppBackup } from '../backups/app-backup.entity';
import { BackupRunner } from '../backups/backup.runner';
import { BackupStore, IDLE } from '../backups/backup.store';
import { Repositories } from '../backups/repositories.service';
import { Restic } from '../backups/restic/restic';
import { backupTags } from '../backups/snapshot-taker';
import type { BackupSchedule } from './backup-schedule.entity';

/** Saves by schedule that failed are listed for so long. */
const FAILED_DAYS = 30;

/** How many backups stay, as `restic forget` has it; all of them 0: all stay. */
export type KeepRules = Pick<
  BackupSchedule,
  'keepLast' | 'keepDaily' | 'keepWeekly' | 'keepMonthly'
>;

const ARGUMENTS = {
  keepLast: '--keep-last',
  keepDaily: '--keep-daily',
  keepWeekly: '--keep-weekly',
  keepMonthly: '--keep-monthly',
} as const satisfies Record<keyof KeepRules, string>;

export interface RetentionPlan {
  readonly keep: readonly { readonly backup: AppBackup; readonly reasons: readonly string[] }[];
  readonly remove: readonly AppBackup[];
}

/**
 * Removes backups that the rules no longer keep. The rules are those of restic, which is asked; each repository has
 * its own count. Backups that a person requested, that an upgrade may still need or that work is done with neither
 * count nor go.
 */
@Injectable()
export class Retention {
  constructor(
    private readonly store: BackupStore,
    private readonly repositories: Repositories,
    private readonly restic: Restic,
    private readonly runner: BackupRunner,
  ) {}

  /** What would stay and go now. @throws RepositoryAwayError … */
  async plan(appName: string, rules: KeepRules): Promise<RetentionPlan> {
    const backups = await this.store.listRemovable(appName);
    const given = Object.entries(ARGUMENTS).flatMap(([name, argument]) => {
      const count = rules[name as keyof KeepRules];
      return count > 0 ? [argument, String(count)] : [];
    });
    if (given.length === 0 || backups.length === 0)
      return { keep: backups.map((backup) => ({ backup, reasons: [] })), remove: [] };
    const kept = new Map<string, readonly string[]>();
    const removed = new Set<string>();
    for (const name of new Set(backups.map(({ repository }) => repository))) {
      const own = backups.filter(({ repository }) => repository === name);
      const plan = await this.restic.planForget(
        await this.repositories.find(name),
        own.map(backupTags),
        given,
      );
      for (const [id, reasons] of plan.keep) kept.set(id, reasons);
      for (const id of plan.remove) removed.add(id);
    }
    const isRemoved = ({ snapshotId }: AppBackup): boolean => removed.has(snapshotId ?? '');
    return {
      keep: backups
        .filter((backup) => !isRemoved(backup))
        .map((backup) => ({ backup, reasons: kept.get(backup.snapshotId ?? '') ?? [] })),
      remove: backups.filter(isRemoved),
    };
  }

  /**
   * Hands over to the workers what the rules do not keep: snapshot and row go together, also after a kill.
   * Answers how many.
   */
  async apply(appName: string, rules: KeepRules): Promise<number> {
    const { remove } = await this.plan(appName, rules);
    const failed = await this.store.listFailedBefore(appName, FAILED_DAYS);
    let begun = 0;
    for (const id of [...remove.map((backup) => backup.id), ...failed]) {
      const patch = { ...IDLE, state: 'removing', phase: 'queued', failure: null } as const;
      if (await this.store.transition(id, ['saved', 'failed', 'cancelled'], patch)) begun += 1;
    }
    if (begun > 0) this.runner.wake();
    return begun;
  }
}
