import { Injectable, Logger } from '@nestjs/common';
import { Settings } from '../../platform/config/settings';
import { ActiveModels } from '../model-store/active-models';
import { traceJob } from '../../platform/logging/request-trace';
import { TaskClaims, type ClaimedTask, type ComputedTask, type FailedTask } from './task-claims';

/**
 * Carries out batches of tasks: claim, compute, finish. Running one twice does nothing twice. The
 * lease is kept up while the process lives, so that it may be short.
 */
@Injectable()
export class TaskRunner {
  private readonly logger = new Logger(TaskRunner.name);
  private readonly held = new Set<string>();

  constructor(
    private readonly settings: Settings,
    private readonly claims: TaskClaims,
    private readonly models: ActiveModels,
  ) {}

  /** Returns how many records were written. A batch that fails is given back and the error thrown on. */
  async run(ids: readonly string[]): Promise<number> {
    const { token, tasks } = await this.claims.claim(ids);
    if (tasks.length === 0) return 0;
    this.held.add(token);
    const heartbeat = setInterval(() => {
      this.claims.extend(token).catch((error: Error) => {
        this.logger.warn(`a lease could not be extended: ${error.message}`);
      });
    }, this.settings.computeLeaseSeconds * 333);
    try {
      return await this.computeAll(token, tasks);
    } catch (error) {
      eachRequest(tasks, (own) => {
        const text = `${own.length} tasks could not be finished and will be tried again`;
        this.logger.warn({ err: error as Error, task: own[0]?.id }, text);
      });
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
        if (!model) throw new Error(`model ${String(task.modelId)} is not there`);
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

  /** Gives back what still runs. A finish that comes later changes nothing. */
  async giveBackAll(): Promise<void> {
    await this.claims.giveBack([...this.held]);
  }

  get busy(): boolean {
    return this.held.size > 0;
  }
}

/** Tells of the tasks of a batch, those of each request under that request's id. */
function eachRequest(
  tasks: readonly ClaimedTask[],
  tell: (own: readonly ClaimedTask[]) => void,
): void {
  const byRequest = new Map<string | null, ClaimedTask[]>();
  for (const task of tasks) {
    const own = byRequest.get(task.requestId);
    if (own) own.push(task);
    else byRequest.set(task.requestId, [task]);
  }
  for (const [requestId, own] of byRequest) traceJob(requestId, () => tell(own));
}
