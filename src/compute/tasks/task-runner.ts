import { Injectable, Logger } from '@nestjs/common';
import { Settings } from '../../platform/config/settings';
import { ActiveModels } from '../models/active-models';
import { TaskClaims, type ComputedTask, type FailedTask } from './task-claims';

/**
 * Carries out slices of tasks: claim, compute, finish. Running one twice does nothing twice. The
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

  /** Returns how many records were written. A slice that fails is given back and the error thrown on. */
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
          this.logger.error(`task ${task.id} cannot be computed`, error);
          failed.push({ task, failure: 'model' });
        }
      }
      return await this.claims.finish(token, computed, failed);
    } finally {
      clearInterval(heartbeat);
      this.held.delete(token);
    }
  }

  /** Gives back what still runs. A finish that comes later changes nothing. */
  async giveBackAll(): Promise<void> {
    await this.claims.giveBack([...this.held]);
  }

  get busy(): boolean {
    return this.held.size > 0;
  }
}
