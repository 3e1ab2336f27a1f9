import { Injectable, Logger } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { isEngineFailure } from '../../platform/docker/engine.errors';
import { retryDatabase } from '../../platform/database/retry-database';
import { onAbort } from '../../platform/waiting/on-abort';
import { sleep } from '../../platform/waiting/sleep';
import { isSavedWhileRunning } from '../compose/project/read-backup';
import { secretValues } from '../compose/resolve/resolved-app';
import type { Template } from '../compose/template/template';
import { ServiceData, type LoadingService } from '../install/service-data';
import type { AppInstallation } from '../installations/installation.entity';
import { manifestOf } from '../installations/installation.store';
import { AppResolver } from '../resolver/app-resolver';
import { AppSecretsService } from '../secrets/app-secrets.service';
import { secretMask, type SecretMask } from '../secrets/secret-mask';
import type { BackupRun } from './backup-run';
import {
  HookContainerError,
  HookFailedError,
  HookTimeoutError,
  type HookName,
} from './backup.errors';
import { BackupStore, backupManifestOf } from './backup.store';

/** What a command has of its time when the server stops, or the save is cancelled. */
const HURRY_MS = 15_000;
const MAX_SAID = 1_000;
/** Exit code of a command that was killed, also with its container: 128 + 9. */
const KILLED = 137;
const GOING_DOWN_MS = 2_000;

interface Hook {
  readonly name: HookName;
  readonly service: string;
  readonly container: string;
  readonly command: readonly string[];
  readonly timeoutMs: number;
}

/** Commands of an app that need not be stopped for a backup. */
export interface AppHooks {
  readonly pre: readonly Hook[];
  readonly post: readonly Hook[];
  /** Names of volumes that are saved empty, as a dump holds their data. */
  readonly without: ReadonlySet<string>;
  readonly appName: string;
  readonly secrets: readonly string[];
}

/**
 * Runs the commands of `x-backup` in the containers of the services that they stand in. That, a time limit and a
 * mask over what they print is all that a template gets.
 */
@Injectable()
export class BackupHooks extends ServiceData {
  private readonly logger = new Logger(BackupHooks.name);

  constructor(
    private readonly engine: DockerEngine,
    private readonly resolver: AppResolver,
    private readonly secrets: AppSecretsService,
    private readonly store: BackupStore,
  ) {
    super();
  }

  /** Null where the app has to be stopped: one of its services writes data and says nothing of backups. */
  of(installation: AppInstallation, template: Template | null): AppHooks | null {
    if (template?.digest !== installation.templateDigest) return null;
    const { values } = this.secrets.openVariables(installation.id, installation.variables);
    const app = this.resolver.resolve(template, values);
    const services = [...app.project.services.values()];
    if (!services.some(({ backup }) => backup) || !services.every(isSavedWhileRunning)) return null;
    const containers = manifestOf(installation)?.containers ?? [];
    const hooks = (name: 'pre' | 'post'): Hook[] =>
      services.flatMap(({ name: service, backup }) => {
        const command = backup?.[name];
        const container = containers.find((c) => c.service === service)?.name;
        if (!backup || !command || container === undefined) return [];
        return [{ name, service, container, command, timeoutMs: backup.timeoutMs }];
      });
    const without = new Set(services.flatMap(({ backup }) => backup?.without ?? []));
    return {
      pre: hooks('pre'),
      post: hooks('post'),
      without: new Set(app.volumes.filter(({ key }) => without.has(key)).map(({ name }) => name)),
      appName: installation.appName,
      secrets: secretValues(app),
    };
  }

  /**
   * Runs the hooks around some work. Those after it run whatever happens before.
   * @throws HookFailedError, HookTimeoutError, HookContainerError, and what the work throws
   */
  async around(run: BackupRun, hooks: AppHooks, work: () => Promise<void>): Promise<void> {
    await run.lease.update({ halted: true });
    await run.phase('hooks');
    try {
      const mask = await this.maskOf(hooks);
      const begun = new Map<Hook, number>();
      for (const hook of hooks.pre) {
        begun.set(hook, await this.startedAt(hook));
        await this.run(hook, mask, run.signal);
      }
      await work();
      // What a command has locked, or begun to collect, is gone with the process that it asked.
      for (const [hook, since] of begun)
        if ((await this.startedAt(hook)) !== since) throw new HookContainerError(hook.container, hook.name); // prettier-ignore
    } catch (error) {
      await this.follow(run, hooks).catch((later: unknown) => this.warn(hooks, later));
      throw error;
    }
    await this.follow(run, hooks);
  }

  /** All hooks that follow a copy, also where one of them fails. @throws the first failure */
  async follow(run: BackupRun, hooks: AppHooks): Promise<void> {
    const hurry = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const inTime = (): void => {
      timer ??= setTimeout(() => hurry.abort(run.signal.reason), HURRY_MS);
    };
    if (run.signal.aborted) inTime();
    const stopListening = onAbort(run.signal, inTime);
    const failures: unknown[] = [];
    try {
      const mask = await this.maskOf(hooks);
      for (const hook of hooks.post)
        await this.run(hook, mask, hurry.signal).catch((error: unknown) => failures.push(error));
    } finally {
      stopListening();
      clearTimeout(timer);
    }
    // The next worker runs those that there was no time for.
    if (!hurry.signal.aborted) await run.lease.update({ halted: false });
    if (failures.length > 0) throw failures[0];
  }

  async isExpected(appName: string): Promise<boolean> {
    const row = await retryDatabase(() => this.store.findBeingInstalled(appName));
    return row !== null && backupManifestOf(row)?.consistency === 'hook';
  }

  async load(loading: LoadingService, signal: AbortSignal): Promise<void> {
    const { appName, service, container, backup, secrets } = loading;
    const { restore: command, timeoutMs } = backup;
    if (!command) return;
    const mask = await this.maskOf({ appName, secrets });
    await this.run({ name: 'restore', service, container, command, timeoutMs }, mask, signal);
  }

  private async run(hook: Hook, mask: SecretMask, signal: AbortSignal): Promise<void> {
    const { name, service, container, command, timeoutMs } = hook;
    const since = await this.startedAt(hook);
    try {
      const id = await this.engine.workloads.containerHere(container);
      const { exitCode, lines } = await this.engine.containers.exec(id, command, { timeoutMs, signal }); // prettier-ignore
      if (exitCode === 0) return;
      if (exitCode === null || exitCode === KILLED) await this.requireRunning(hook, since);
      throw new HookFailedError(service, name, exitCode, mask(lines.join(' ')).slice(-MAX_SAID));
    } catch (error) {
      if (isEngineFailure(error, 'engine-timeout'))
        throw new HookTimeoutError(service, name, timeoutMs / 1000);
      throw error;
    }
  }

  /** A command is killed with its container a moment before the engine says so of the container. */
  private async requireRunning(hook: Hook, since: number): Promise<void> {
    const until = Date.now() + GOING_DOWN_MS;
    while (Date.now() < until) {
      if ((await this.startedAt(hook)) !== since) throw new HookContainerError(hook.container, hook.name); // prettier-ignore
      await sleep(GOING_DOWN_MS / 10);
    }
  }

  /** @throws HookContainerError where it does not run */
  private async startedAt({ container, name }: Hook): Promise<number> {
    const { containers, workloads } = this.engine;
    const now = await workloads
      .containerHere(container)
      .then((id) => containers.condition(id))
      .catch((error: unknown) => {
        if (isEngineFailure(error, 'container-not-found')) return null;
        throw error;
      });
    if (now?.state !== 'running') throw new HookContainerError(container, name);
    return now.startedAt?.getTime() ?? 0;
  }

  private async maskOf({ appName, secrets }: Pick<AppHooks, 'appName' | 'secrets'>) {
    const kept = await retryDatabase(() => this.secrets.findKept(appName));
    return secretMask([...secrets, ...Object.values(kept)]);
  }

  private warn({ appName }: AppHooks, error: unknown): void {
    this.logger.warn({ app: appName, err: error }, `${appName}: a command after the copy failed`);
  }
}
