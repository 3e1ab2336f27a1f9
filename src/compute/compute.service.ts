import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { CurrentUser } from '../http/access/current-user';
import { Settings } from '../platform/config/settings';
import { pooledQuery } from '../platform/database/pooled-query';
import { BatchLoader } from '../platform/waiting/batch-loader';
import { UserRole } from '../accounts/user.entity';
import { NotYoursError } from './history/history.errors';
import { TaskAlreadyDoneError, TaskNotFoundError } from './tasks/task.errors';
import type { AddTaskDto } from './add-task.dto';
import { RECORD_COLUMNS, toRecordDto, type RecordRow } from './history/record.dto';
import type { TaskIdsDto, TaskStatusDto } from './task.dto';
import { TaskBacklog } from './tasks/task-backlog';
import { TaskCancellation } from './tasks/task-cancellation';
import { TaskSubmission } from './tasks/task-submission';
import { TaskStatus, type TaskFailure } from './tasks/task.entity';

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

  private readonly tasks = new BatchLoader<string, TaskRow>(async (ids) => {
    const rows = await pooledQuery<TaskRow>(this.dataSource, TASKS_WITH_RECORDS, [ids]);
    return new Map(rows.map((row) => [row.tid, row]));
  });

  /**
   * Accepts all rows or none.
   *
   * @throws ComputeBannedError, QuotaExceededError
   */
  submit(
    user: CurrentUser,
    rows: readonly AddTaskDto[],
    batch: string | null = null,
  ): Promise<string[]> {
    return this.submission.submit(
      user.userId,
      rows.map(({ pid, ctdna, cpg, hcc }) => ({ pid, ctdna, cpg, hcc: hcc ?? null })),
      batch,
    );
  }

  /**
   * Accepts all rows or none, as one batch.
   *
   * @throws ComputeBannedError, QuotaExceededError
   */
  async submitBatch(user: CurrentUser, rows: readonly AddTaskDto[]): Promise<TaskIdsDto> {
    const batch = randomUUID().replaceAll('-', '');
    return { ids: await this.submit(user, rows, batch), batch };
  }

  /** @throws TaskNotFoundError, NotYoursError */
  async status(user: CurrentUser, tid: string): Promise<TaskStatusDto> {
    const task = await this.getOwn(user, tid);
    const { status, failure } = task;
    const isQueued = status === TaskStatus.Queued;
    return {
      id: tid,
      status,
      position: isQueued
        ? await this.backlog.position(Number(task.userId), Number(task.seq))
        : null,
      failure,
      result:
        status === TaskStatus.Done && task.id !== null
          ? toRecordDto({ ...task, id: task.id }, this.settings.tzDisplay)
          : null,
    };
  }

  /**
   * Ends a task that is not done. Cancelling twice is the same as once.
   *
   * @throws TaskNotFoundError, NotYoursError, TaskAlreadyDoneError
   */
  async cancel(user: CurrentUser, tid: string): Promise<TaskStatusDto> {
    await this.getOwn(user, tid);
    await this.cancellation.cancel(tid);
    const after = await this.status(user, tid);
    if (after.status === TaskStatus.Done) throw new TaskAlreadyDoneError();
    return after;
  }

  private async getOwn(user: CurrentUser, tid: string): Promise<TaskRow> {
    const task = await this.tasks.load(tid);
    if (!task) throw new TaskNotFoundError();
    if (user.role !== UserRole.Admin && Number(task.userId) !== user.userId) {
      throw new NotYoursError();
    }
    return task;
  }
}

/** A task with the record that it made; `id` is the record's. */
type TaskRow = Omit<RecordRow, 'id'> & {
  readonly id: string | null;
  readonly tid: string;
  readonly seq: string;
  readonly userId: string;
  readonly status: TaskStatus;
  readonly failure: TaskFailure | null;
};

const TASKS_WITH_RECORDS = `SELECT t.id AS tid, t.seq, t.userId, t.status, t.failure, ${RECORD_COLUMNS}
  FROM compute_tasks t LEFT JOIN compute_records r ON r.task = t.id WHERE t.id IN (?)`;
