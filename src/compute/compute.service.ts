import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { CurrentUser } from '../http/access/current-user';
import { Settings } from '../platform/config/settings';
import { UserRole } from '../accounts/user.entity';
import { NotYoursError } from './history/history.errors';
import { TaskAlreadyDoneError, TaskNotFoundError } from './tasks/task.errors';
import type { AddTaskDto } from './add-task.dto';
import { toRecordDto } from './history/record.dto';
import type { TaskStatusDto } from './task.dto';
import { ComputeRecord } from './history/record.entity';
import { TaskBacklog } from './tasks/task-backlog';
import { TaskCancellation } from './tasks/task-cancellation';
import { TaskSubmission } from './tasks/task-submission';
import { ComputeTask, TaskStatus } from './tasks/task.entity';

/** What a user may ask about computations: submit, follow, cancel. */
@Injectable()
export class ComputeService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
    private readonly submission: TaskSubmission,
    private readonly cancellation: TaskCancellation,
    private readonly backlog: TaskBacklog,
  ) {}

  /**
   * Accepts all rows or none.
   *
   * @throws ComputeBannedError, QuotaExceededError
   */
  submit(user: CurrentUser, rows: readonly AddTaskDto[]): Promise<string[]> {
    return this.submission.submit(
      user.userId,
      rows.map(({ pid, ctdna, cpg, hcc }) => ({ pid, ctdna, cpg, hcc: hcc ?? null })),
    );
  }

  /** @throws TaskNotFoundError, NotYoursError */
  async status(user: CurrentUser, tid: string): Promise<TaskStatusDto> {
    const task = await this.getOwn(user, tid);
    const isQueued = task.status === TaskStatus.Queued;
    return {
      id: task.id,
      status: task.status,
      position: isQueued ? await this.backlog.position(task.userId, task.seq) : null,
      failure: task.failure,
      result: task.status === TaskStatus.Done ? await this.resultOf(task) : null,
    };
  }

  /**
   * Ends a task that is not done. Cancelling twice is the same as once.
   *
   * @throws TaskNotFoundError, NotYoursError, TaskAlreadyDoneError
   */
  async cancel(user: CurrentUser, tid: string): Promise<TaskStatusDto> {
    const task = await this.getOwn(user, tid);
    await this.cancellation.cancel(task.id);
    const after = await this.status(user, tid);
    if (after.status === TaskStatus.Done) throw new TaskAlreadyDoneError();
    return after;
  }

  private async getOwn(user: CurrentUser, tid: string): Promise<ComputeTask> {
    const task = await this.dataSource.getRepository(ComputeTask).findOneBy({ id: tid });
    if (!task) throw new TaskNotFoundError();
    if (user.role !== UserRole.Admin && task.userId !== user.userId) {
      throw new NotYoursError();
    }
    return task;
  }

  private async resultOf(task: ComputeTask): Promise<TaskStatusDto['result']> {
    const record = await this.dataSource.getRepository(ComputeRecord).findOneBy({ task: task.id });
    return record && toRecordDto(record, this.settings.tzDisplay);
  }
}
