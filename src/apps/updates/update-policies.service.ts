import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { AppNotInstalledError } from '../installations/installation.errors';
import { InstallationStore } from '../installations/installation.store';
import { nextTime } from '../schedules/cron-times';
import { whyNotAlone, type AppUpdate } from './app-update';
import { AppUpdates } from './app-updates.service';
import { UpdateWindowError } from './update.errors';
import { UpdatePolicy, type UpdateMode } from './update-policy.entity';

/** What a caller sets. */
export type PolicyInput = Pick<UpdatePolicy, 'mode' | 'cron' | 'timeZone' | 'minutes'>;

export interface PolicyView extends PolicyInput {
  readonly appName: string;
  /** When the window opens next; null without one. */
  readonly nextAt: Date | null;
  readonly isOpen: boolean;
  readonly triedAt: Date | null;
  /** Why the update that there is is not made by itself, or the last one did not begin. */
  readonly obstacle: Bilingual | null;
}

const DEFAULT: PolicyInput = { mode: 'told', cron: null, timeZone: 'UTC', minutes: 0 };
const MINUTE_MS = 60_000;
/** Whoever has claimed an update begins its upgrade within this, or is dead. */
const CLAIM_MS = MINUTE_MS;
const TRIED = bilingual(
  '这个更新已经自动尝试过一次，请手动升级或等待下一个更新',
  'this update was tried by itself once; upgrade by hand, or wait for the next one',
);

/** What is done about updates, by app. */
@Injectable()
export class UpdatePolicies {
  constructor(
    private readonly dataSource: DataSource,
    private readonly installations: InstallationStore,
    private readonly updates: AppUpdates,
  ) {}

  /** How updates of an app are treated; by name, those that have a policy. */
  async modes(): Promise<ReadonlyMap<string, UpdateMode>> {
    return new Map((await this.rows().find()).map(({ appName, mode }) => [appName, mode]));
  }

  /** @throws AppNotInstalledError */
  async get(appName: string): Promise<PolicyView> {
    if (!(await this.installations.findActive(appName))) throw new AppNotInstalledError(appName);
    const row = await this.rows().findOneBy({ appName });
    const { mode, cron, timeZone, minutes } = row ?? DEFAULT;
    const now = new Date();
    const update = mode === 'window' ? await this.updateOf(appName) : undefined;
    return {
      appName,
      mode,
      cron,
      timeZone,
      minutes,
      nextAt: cron === null ? null : nextTime(cron, timeZone, now),
      isOpen: isOpen({ cron, timeZone, minutes }, now),
      triedAt: row?.triedAt ?? null,
      obstacle: row && update ? obstacleOf(row, update) : null,
    };
  }

  /** @throws AppNotInstalledError, UpdateWindowError */
  async put(appName: string, input: PolicyInput): Promise<PolicyView> {
    requireWindow(input);
    if (!(await this.installations.findActive(appName))) throw new AppNotInstalledError(appName);
    await this.rows().upsert({ ...input, appName, updatedAt: new Date() }, ['appName']);
    return this.get(appName);
  }

  /** Policies whose window is open. */
  async open(now: Date): Promise<UpdatePolicy[]> {
    const rows = await this.rows().findBy({ mode: 'window' });
    return rows.filter((row) => isOpen(row, now));
  }

  /**
   * Of several workers one may make this update by itself, once. A claim whose process died before the upgrade had
   * begun counts for a minute: the app's row tells whether it had.
   */
  async claim({ appName }: UpdatePolicy, mark: string): Promise<boolean> {
    const now = new Date();
    const { affectedRows } = await this.dataSource.query<{ affectedRows: number }>(
      `UPDATE update_policies p SET triedMark = ?, triedAt = ?, failure = NULL
       WHERE appName = ? AND mode = 'window' AND (
         NOT (triedMark <=> ?)
         OR (failure IS NULL AND triedAt < ? AND EXISTS (
           SELECT 1 FROM app_installations i
           WHERE i.activeApp = p.appName AND NOT (i.windowMark <=> ?))))`,
      [mark, now, appName, mark, new Date(now.getTime() - CLAIM_MS), mark],
    );
    return affectedRows === 1;
  }

  /** It could not begin now, and may later. */
  async giveBack({ appName, triedMark, triedAt }: UpdatePolicy, mark: string): Promise<void> {
    await this.rows().update({ appName, triedMark: mark }, { triedMark, triedAt });
  }

  async fail({ appName }: UpdatePolicy, mark: string, reason: Bilingual): Promise<void> {
    const failure = JSON.stringify(reason);
    await this.rows().update({ appName, triedMark: mark }, { failure });
  }

  private async updateOf(appName: string): Promise<AppUpdate | undefined> {
    return (await this.updates.list()).find((update) => update.appName === appName);
  }

  private rows() {
    return this.dataSource.getRepository(UpdatePolicy);
  }
}

function requireWindow({ mode, cron, minutes }: PolicyInput): void {
  const isWindow = mode === 'window';
  const given = { cron: cron !== null, minutes: minutes > 0 };
  const wrong = (['cron', 'minutes'] as const).filter((field) => given[field] !== isWindow);
  if (wrong.length > 0) throw new UpdateWindowError(wrong, isWindow);
}

function obstacleOf({ triedMark, failure }: UpdatePolicy, update: AppUpdate): Bilingual | null {
  if (!update.available) return null;
  if (triedMark !== update.mark) return whyNotAlone(update);
  return failure === null ? TRIED : (JSON.parse(failure) as Bilingual);
}

/** Whether a time of the window is at most its length ago. */
export function isOpen(
  { cron, timeZone, minutes }: Pick<UpdatePolicy, 'cron' | 'timeZone' | 'minutes'>,
  now: Date,
): boolean {
  if (cron === null) return false;
  const opened = nextTime(cron, timeZone, new Date(now.getTime() - minutes * MINUTE_MS));
  return opened !== null && opened <= now;
}
