import { Injectable, Logger } from '@nestjs/common';
import { Settings } from '../../platform/config/settings';
import { ActiveModels } from '../model-store/active-models';
import { storageErrorOf } from '../../platform/database/storage-errors';
import { traceJob } from '../../platform/logging/request-trace';
import type { ClaimedTask, ComputedTask, FailedTask } from './claimed-task';
import { TaskClaims } from './task-claims';

/**
 * Runs batches of tasks: claim, compute, finish. Running a batch twice has no further effect. The
 * lease is renewed while the process lives, so it may be short.
 */
@Injectable()
export class TaskRunner {
  private readonly logger = new Logger(TaskRunner.name);
  private readonly held = new Set<string>();
  private running = 0;

  constructor(
    private readonly settings: Settings,
    private readonly claims: TaskClaims,
    private readonly models: ActiveModels,
  ) {}

  /** Resolves with the number of records written. A batch that fails is left to its lease and the error rethrown. */
  async run(ids: readonly string[]): Promise<number> {
    this.running++;
    try {
      return await this.claimAndCompute(ids);
    } finally {
      this.running--;
    }
  }

  private async claimAndCompute(ids: readonly string[]): Promise<number> {
    const { token, tasks } = await this.claims.claim(ids);
    if (tasks.length === 0) return 0;
    this.held.add(token);
    const heartbeat = setInterval(() => {
      this.claims.renew(token).catch((error: Error) => {
        this.logger.warn(`a lease was not renewed: ${error.message}`);
      });
    }, this.settings.computeLeaseSeconds * 333);
    try {
      return await this.computeAll(token, tasks);
    } catch (error) {
      eachRequest(tasks, (own) => {
        const text = `${own.length} tasks were not finished and will be retried`;
        this.logger.warn({ err: error as Error, task: own[0]?.id }, text);
      });
      // A database that is full for hours must not use up the attempts of accepted tasks.
      if (storageErrorOf(error)) await this.claims.discount(token).catch(() => undefined);
      throw error;
    } finally {
      clearInterval(heartbeat);
      this.held.delete(token);
    }
  }

  private async computeAll(token: string, tasks: readonly ClaimedTask[]): Promise<number> {
    const computed: ComputedTask[] = [];
    const failed: FailedTask[] = [];
    for (const task of tasks) {
      if (task.ownerId === null) {
        failed.push({ task, failure: 'deleted' });
        continue;
      }
      const model = await this.models.get(task.modelId);
      try {
        if (!model) throw new Error(`model ${String(task.modelId)} does not exist`);
        computed.push({ task, model, prediction: model.predict(task) });
      } catch (error) {
        traceJob(task.requestId, () =>
          this.logger.error({ err: error as Error }, `task ${task.id} cannot be computed`),
        );
        failed.push({ task, failure: 'model' });
      }
    }
    const written = await this.claims.finish(token, computed, failed);
    eachRequest(tasks, (own) => {
      this.logger.debug({ tasks: own.length, task: own[0]?.id }, `${own.length} tasks ended`);
    });
    return written;
  }

  /** Requeues what still runs. A later finish changes nothing. */
  async releaseAll(): Promise<void> {
    await this.claims.release([...this.held]);
  }

  get busy(): boolean {
    return this.running > 0;
  }
}

/** Calls `log` once per request with its tasks of the batch, so that the line carries the request's id. */
function eachRequest(
  tasks: readonly ClaimedTask[],
  log: (own: readonly ClaimedTask[]) => void,
): void {
  const byRequest = new Map<string | null, ClaimedTask[]>();
  for (const task of tasks) {
    const own = byRequest.get(task.requestId);
    if (own) own.push(task);
    else byRequest.set(task.requestId, [task]);
  }
  for (const [requestId, own] of byRequest) traceJob(requestId, () => log(own));
}
