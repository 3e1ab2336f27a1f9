import type { BodyOf, CallOptions, QueryOf, Schema } from '../calls/call-types.js';
import type { Caller } from '../calls/caller.js';
import { StackScapeError } from '../errors.js';
import { OPERATIONS } from '../operations.js';
import { follow, type StreamOptions } from '../streams/follow.js';
import { LogPosition } from '../streams/log-position.js';
import type { AppEvent, AppPhase } from './app-event.js';
import { newKey } from './new-key.js';

export interface InstallOptions extends CallOptions {
  /** Values of the template's variables by name. */
  readonly variables?: Record<string, string>;
  /** Id or host name of the one node that is to run it; absent: any that can. */
  readonly node?: string;
  /** Installs the app beside its first installation, as `app--instance`. */
  readonly instance?: string;
}

/** An install or upgrade ended in another way than with a running app. */
export class AppJobFailed extends StackScapeError {
  constructor(
    readonly appName: string,
    readonly phase: AppPhase,
    message: string,
    /** The last lines of the containers' log. */
    readonly logs: readonly string[],
  ) {
    super(message);
  }
}

/** What is installed, and all that can be done with it. Changes are for administrators. */
export class AppsApi {
  constructor(private readonly caller: Caller) {}

  /** Everything that is installed. */
  list(options: CallOptions = {}): Promise<Schema<'AppInfoDto'>[]> {
    return this.caller.call('getAllAppInfo', options);
  }

  /** @throws NotFound when it is not installed */
  info(appName: string, options: CallOptions = {}): Promise<Schema<'AppInfoDto'>> {
    return this.caller.call('getAppInfo', { query: { appName }, ...options });
  }

  /** What an install would do, and whether it can. */
  plan(
    appName: string,
    { node, instance, ...options }: CallOptions & Pick<InstallOptions, 'node' | 'instance'> = {},
  ): Promise<Schema<'InstallPlanDto'>> {
    const query = { ...(node ? { node } : {}), ...(instance ? { instance } : {}) };
    return this.caller.call('planInstall', { path: { appName }, query, ...options });
  }

  /**
   * Begins an install. It goes on when this client goes away. `watch` of the `appName` and the
   * `info` (the job) that it answers shows how far it is.
   *
   * @throws AlreadyExists, NotFound, InvalidParameter, Conflict
   */
  install(
    appName: string,
    { variables, node, instance, idempotencyKey = newKey(), ...options }: InstallOptions = {},
  ): Promise<Schema<'InstallAnswerDto'>> {
    const body = {
      appName,
      ...(variables ? { variables } : {}),
      ...(node ? { node } : {}),
      ...(instance ? { instance } : {}),
    };
    return this.caller.call('installAppByPost', { body, idempotencyKey, ...options });
  }

  /**
   * The events of an install from its beginning to its end; `jobId` is the `info` of its answer.
   *
   * @throws AppJobFailed when it does not end with a running app
   */
  watch(
    appName: string,
    jobId: string,
    options: StreamOptions = {},
  ): AsyncGenerator<AppEvent, void, undefined> {
    return untilEnd(this.events({ ...options, appName }), appName, jobId);
  }

  /** What an upgrade of each installed app would change; apps with work under way are left out. */
  updates(options: CallOptions = {}): Promise<Schema<'AppUpdateDto'>[]> {
    return this.caller.call('listUpdates', options);
  }

  /** Lets the server ask the registries again, in the background. Answers for how many images. */
  async checkUpdates(options: CallOptions = {}): Promise<number> {
    return (await this.caller.call('checkUpdates', options)).images;
  }

  /** What is done about updates of an app. For administrators. */
  updatePolicy(appName: string, options: CallOptions = {}): Promise<Schema<'UpdatePolicyDto'>> {
    return this.caller.call('getUpdatePolicy', { path: { appName }, ...options });
  }

  /** @throws NotFound, InvalidParameter */
  setUpdatePolicy(
    appName: string,
    body: BodyOf<'putUpdatePolicy'>,
    options: CallOptions = {},
  ): Promise<Schema<'UpdatePolicyDto'>> {
    return this.caller.call('putUpdatePolicy', { path: { appName }, body, ...options });
  }

  /**
   * Begins an upgrade to the template as it is now, and gives its events up to its end. A failed
   * upgrade leaves the old version running: reading the events throws AppJobFailed then. It begins with
   * the backup that the answer names, and returns the data where it fails, unless `backup` is false.
   */
  async upgrade(
    appName: string,
    { variables, backup, ...options }: InstallOptions & { readonly backup?: boolean } = {},
  ): Promise<{
    jobId: string;
    backup: string | null;
    events: AsyncGenerator<AppEvent, void, undefined>;
  }> {
    const body = {
      ...(variables ? { variables } : {}),
      ...(backup === undefined ? {} : { backup }),
    };
    const { answer, events } = await this.begin(appName, options, () =>
      this.caller.call('upgradeApp', { path: { appName }, body, ...options }),
    );
    return { ...answer, events };
  }

  /**
   * Begins to move an app to another node of the Swarm, by its id or host name, and gives the events up to the end. A
   * failed move leaves it running where it was: reading the events throws AppJobFailed then. Data go by way of a backup
   * repository, which the answer names the backup in.
   *
   * @throws NotFound, Conflict
   */
  async move(
    appName: string,
    {
      node,
      repository,
      ...options
    }: CallOptions & { readonly node: string; readonly repository?: string },
  ): Promise<{
    jobId: string;
    /** Of its data; null: it has none. */
    backup: string | null;
    /** Its host name. */
    node: string;
    events: AsyncGenerator<AppEvent, void, undefined>;
  }> {
    const body = { node, ...(repository === undefined ? {} : { repository }) };
    const { answer, events } = await this.begin(appName, options, () =>
      this.caller.call('moveApp', { path: { appName }, body, ...options }),
    );
    return { ...answer, events };
  }

  /** The stream stands before the work begins, so that none of its events is missed. */
  private async begin<Answer extends { jobId: string }>(
    appName: string,
    { signal }: CallOptions,
    call: () => Promise<Answer>,
  ): Promise<{ answer: Answer; events: AsyncGenerator<AppEvent, void, undefined> }> {
    const ended = new AbortController();
    const { promise: opened, resolve: onOpen } = deferred();
    const feed = this.events({
      signal: signal ? AbortSignal.any([signal, ended.signal]) : ended.signal,
      onConnection: (lost) => (lost ? undefined : onOpen()),
    });
    const first = feed.next();
    first.catch(() => undefined);
    try {
      await Promise.race([opened, first]);
      const answer = await call();
      const events = untilEnd(continued(first, feed, ended), appName, answer.jobId);
      return { answer, events };
    } catch (error) {
      ended.abort();
      throw error;
    }
  }

  /** Resolves when the app is gone. Its volumes stay for the next install unless `removeData`. */
  async uninstall(
    appName: string,
    { removeData = false, ...options }: CallOptions & { readonly removeData?: boolean } = {},
  ): Promise<void> {
    const body = { appName, removeData };
    await this.caller.call('uninstallAppByPost', { body, timeoutMs: 600_000, ...options });
  }

  uninstallAll({
    removeData = false,
    ...options
  }: CallOptions & { readonly removeData?: boolean } = {}): Promise<
    Schema<'UninstallResultDto'>[]
  > {
    const body = { removeData };
    return this.caller.call('uninstallAllAppByPost', { body, timeoutMs: 600_000, ...options });
  }

  /** Where it can go, and by which repositories where it has data. */
  movePlan(appName: string, options: CallOptions = {}): Promise<Schema<'MovePlanDto'>> {
    return this.caller.call('planMove', { path: { appName }, ...options });
  }

  uninstallPlan(appName: string, options: CallOptions = {}): Promise<Schema<'UninstallPlanDto'>> {
    return this.caller.call('planUninstall', { path: { appName }, ...options });
  }

  start(appName: string, options: CallOptions = {}): Promise<Schema<'AppInfoDto'>> {
    return this.caller.call('startApp', { path: { appName }, ...options });
  }

  stop(appName: string, options: CallOptions = {}): Promise<Schema<'AppInfoDto'>> {
    return this.caller.call('stopApp', { path: { appName }, ...options });
  }

  restart(appName: string, options: CallOptions = {}): Promise<Schema<'AppInfoDto'>> {
    return this.caller.call('restartApp', { path: { appName }, ...options });
  }

  /** Cancels an install or upgrade in whatever phase it is. */
  cancel(appName: string, options: CallOptions = {}): Promise<Schema<'CancelReportDto'>> {
    return this.caller.call('cancelInstall', { path: { appName }, ...options });
  }

  /** Passwords that were generated for the app. Each reading is in the audit log. */
  secrets(appName: string, options: CallOptions = {}): Promise<Schema<'AppSecretDto'>[]> {
    return this.caller.call('readAppSecrets', { path: { appName }, ...options });
  }

  stats(appName: string, options: CallOptions = {}): Promise<Schema<'ServiceStatsDto'>[]> {
    return this.caller.call('getAppStats', { path: { appName }, ...options });
  }

  logs(
    appName: string,
    query: Omit<QueryOf<'getAppLogs'>, 'follow'> = {},
    options: CallOptions = {},
  ): Promise<Schema<'LogLineDto'>[]> {
    return this.caller.call('getAppLogs', { path: { appName }, query, ...options });
  }

  /** Log lines as they are written, until the signal or `break`. */
  async *followLogs(
    appName: string,
    query: Omit<QueryOf<'getAppLogs'>, 'follow'> = {},
    options: Omit<StreamOptions, 'lastEventId'> = {},
  ): AsyncGenerator<Schema<'LogLineDto'>, void, undefined> {
    const ended = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, ended.signal]) : ended.signal;
    const position = new LogPosition();
    const path = (): string =>
      this.caller.pathOf('getAppLogs', {
        path: { appName },
        query: { ...query, ...position.query(), follow: true },
      });
    // Over the end of a token it goes on. Any other end is that of the containers, or looks like it.
    const onConnection = (lost: Error | null): void => {
      options.onConnection?.(lost);
      if (lost) ended.abort();
    };
    for await (const { data } of follow(this.caller, path, { signal, onConnection })) {
      const line = JSON.parse(data) as Schema<'LogLineDto'>;
      if (position.pass(line)) yield line;
    }
  }

  /**
   * What happens to all apps from now on, or to one from the beginning of its installation; after
   * `lastEventId` where that is given. Over lost connections and restarts of the server, until the
   * signal or `break`.
   */
  async *events(
    options: StreamOptions & { readonly appName?: string } = {},
  ): AsyncGenerator<AppEvent, void, undefined> {
    const { appName } = options;
    const path =
      appName === undefined
        ? OPERATIONS.followAllAppEvents[1]
        : this.caller.pathOf('followAppEvents', { path: { appName } });
    for await (const { id, type, data } of follow(this.caller, path, options))
      yield { id: id ?? '', type, ...(JSON.parse(data) as object) } as AppEvent;
  }

  /** Where rows and engine disagree. For administrators. */
  drift(options: CallOptions = {}): Promise<Schema<'DriftFindingDto'>[]> {
    return this.caller.call('getDrift', options);
  }

  repairDrift(options: CallOptions = {}): Promise<Schema<'RepairOutcomeDto'>[]> {
    return this.caller.call('repairDrift', { timeoutMs: 600_000, ...options });
  }
}

async function* untilEnd(
  events: AsyncIterable<AppEvent>,
  appName: string,
  jobId: string,
): AsyncGenerator<AppEvent, void, undefined> {
  let reason = '';
  let logs: readonly string[] = [];
  for await (const event of events) {
    if (event.jobId !== jobId) continue;
    yield event;
    if (event.type !== 'phase') continue;
    reason = event.text ?? reason;
    logs = event.logs ?? logs;
    if (event.phase === 'running') {
      if (event.text === undefined) return;
      throw new AppJobFailed(appName, event.phase, event.text, logs);
    }
    if (event.phase === 'failed' || event.phase === 'cancelled' || event.phase === 'removed')
      throw new AppJobFailed(appName, event.phase, reason || event.phase, logs);
  }
}

async function* continued<T>(
  first: Promise<IteratorResult<T, void>>,
  rest: AsyncGenerator<T, void, undefined>,
  ended: AbortController,
): AsyncGenerator<T, void, undefined> {
  try {
    const { done, value } = await first;
    if (done) return;
    yield value;
    yield* rest;
  } finally {
    ended.abort();
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** What can be installed. */
export class CatalogApi {
  constructor(private readonly caller: Caller) {}

  list(
    query: QueryOf<'listApps'> = {},
    options: CallOptions = {},
  ): Promise<Schema<'CatalogueAppPageDto'>> {
    return this.caller.call('listApps', { query, ...options });
  }

  get(appName: string, options: CallOptions = {}): Promise<Schema<'CatalogueAppDetailsDto'>> {
    return this.caller.call('getApp', { path: { appName }, ...options });
  }

  /** What was found wrong in the catalogue's folders, a page of it. For administrators. */
  report(
    query: QueryOf<'catalogueReport'> = {},
    options: CallOptions = {},
  ): Promise<Schema<'CatalogueReportDto'>> {
    return this.caller.call('catalogueReport', { query, ...options });
  }

  /** Reads the folders anew. For administrators. */
  reload(options: CallOptions = {}): Promise<Schema<'CatalogueReportDto'>> {
    return this.caller.call('reloadCatalogue', options);
  }
}
