import type { BodyOf, CallOptions, QueryOf, Schema } from '../calls/call-types.js';
import type { Caller } from '../calls/caller.js';

type Backup = Schema<'BackupDto'>;
type Schedule = Schema<'BackupScheduleDto'>;
type ScheduleBody = BodyOf<'putBackupSchedule'>;

/** A schedule to be set: what is left out has its default. */
export type ScheduleInput = Pick<ScheduleBody, 'cron'> & Partial<ScheduleBody>;

const KEEP_ALL = {
  keepLast: 0,
  keepDaily: 0,
  keepWeekly: 0,
  keepMonthly: 0,
  verify: true,
} as const;

const AT_WORK: readonly Backup['state'][] = ['saving', 'restoring', 'verifying', 'removing'];
const POLL_MS = 1_000;

/** Whether something is being done with it. */
export function isBackupAtWork({ state }: Pick<Backup, 'state'>): boolean {
  return AT_WORK.includes(state);
}

/** Backups of apps. For administrators. */
export class BackupsApi {
  constructor(private readonly caller: Caller) {}

  /** Newest first; also of an app that is not installed. */
  list(
    appName: string,
    query: QueryOf<'listBackups'> = {},
    options: CallOptions = {},
  ): Promise<Schema<'BackupPageDto'>> {
    return this.caller.call('listBackups', { path: { appName }, query, ...options });
  }

  /** @throws NotFound */
  get(appName: string, id: string, options: CallOptions = {}): Promise<Backup> {
    return this.caller.call('getBackup', { path: { appName, id }, ...options });
  }

  /**
   * Begins a save; it goes on when this client goes away.
   * @throws NotFound, Conflict while other work on the app is under way
   */
  save(
    appName: string,
    { repository, ...options }: CallOptions & { readonly repository?: string } = {},
  ): Promise<Backup> {
    const body = repository === undefined ? {} : { repository };
    return this.caller.call('backUpApp', { path: { appName }, body, ...options });
  }

  /**
   * Begins to bring the app back to the backup, over what is installed or where nothing is; with an `instance`
   * beside it, as the installation `app--instance`.
   */
  restore(
    appName: string,
    id: string,
    { instance, ...options }: CallOptions & { readonly instance?: string } = {},
  ): Promise<Backup> {
    const body = instance ? { instance } : {};
    return this.caller.call('restoreBackup', { path: { appName, id }, body, ...options });
  }

  /** Begins to compare what the repository holds with what was saved. */
  verify(appName: string, id: string, options: CallOptions = {}): Promise<Backup> {
    return this.caller.call('verifyBackup', { path: { appName, id }, ...options });
  }

  cancel(appName: string, id: string, options: CallOptions = {}): Promise<Backup> {
    return this.caller.call('cancelBackup', { path: { appName, id }, ...options });
  }

  remove(appName: string, id: string, options: CallOptions = {}): Promise<Backup> {
    return this.caller.call('deleteBackup', { path: { appName, id }, ...options });
  }

  /** The backup once a second, until nothing is being done with it any more. */
  async *watch(
    appName: string,
    id: string,
    options: CallOptions = {},
  ): AsyncGenerator<Backup, Backup, undefined> {
    for (;;) {
      const backup = await this.get(appName, id, options);
      if (!isBackupAtWork(backup)) return backup;
      yield backup;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** The schedule that holds for an app, or without one the default of all apps. */
  schedule(appName: string | null, options: CallOptions = {}): Promise<Schedule> {
    return appName === null
      ? this.caller.call('getDefaultBackupSchedule', options)
      : this.caller.call('getBackupSchedule', { path: { appName }, ...options });
  }

  /**
   * Replaces the schedule of an app, or without one the default of all apps.
   * @throws NotFound, InvalidParameter
   */
  setSchedule(
    appName: string | null,
    input: ScheduleInput,
    options: CallOptions = {},
  ): Promise<Schedule> {
    const body: ScheduleBody = { ...KEEP_ALL, ...input };
    return appName === null
      ? this.caller.call('putDefaultBackupSchedule', { body, ...options })
      : this.caller.call('putBackupSchedule', { path: { appName }, body, ...options });
  }

  /** The default holds for the app again; without an app the default itself goes. */
  removeSchedule(appName: string | null, options: CallOptions = {}): Promise<Schedule> {
    return appName === null
      ? this.caller.call('deleteDefaultBackupSchedule', options)
      : this.caller.call('deleteBackupSchedule', { path: { appName }, ...options });
  }

  /**
   * The next times at which words of cron come true, in milliseconds since the epoch.
   * @throws InvalidParameter
   */
  async times(cron: string, timeZone: string, options: CallOptions = {}): Promise<number[]> {
    const query = { cron, timeZone };
    return (await this.caller.call('previewTimes', { query, ...options })).times;
  }

  /** What the rules of retention, those given or those that hold, would keep and remove now. */
  previewRetention(
    appName: string,
    query: QueryOf<'previewRetention'> = {},
    options: CallOptions = {},
  ): Promise<Schema<'RetentionPreviewDto'>> {
    return this.caller.call('previewRetention', { path: { appName }, query, ...options });
  }

  /** Where backups are kept. */
  repositories(options: CallOptions = {}): Promise<Schema<'BackupRepositoryDto'>[]> {
    return this.caller.call('listBackupRepositories', options);
  }

  /** The key of a repository, once. Keep it: it opens the backups when the server is lost. */
  async showKey(name: string, options: CallOptions = {}): Promise<string> {
    return (await this.caller.call('showBackupKey', { path: { name }, ...options })).key;
  }

  /** Lists what a repository holds that another server has filled. Answers how many backups. */
  async open(name: string, key: string, options: CallOptions = {}): Promise<number> {
    const call = { path: { name }, body: { key }, ...options };
    return (await this.caller.call('openBackupRepository', call)).added;
  }
}
