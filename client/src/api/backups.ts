import type { CallOptions, QueryOf, Schema } from '../calls/call-types.js';
import type { Caller } from '../calls/caller.js';

type Backup = Schema<'BackupDto'>;

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

  /** Begins to bring the app back to the backup, over what is installed or where nothing is. */
  restore(appName: string, id: string, options: CallOptions = {}): Promise<Backup> {
    return this.caller.call('restoreBackup', { path: { appName, id }, ...options });
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
