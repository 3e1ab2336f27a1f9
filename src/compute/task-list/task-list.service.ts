import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { UserRole } from '../../accounts/user.entity';
import type { CurrentUser } from '../../http/access/current-user';
import { pageOf } from '../../http/fields/paging';
import { Settings } from '../../platform/config/settings';
import { pooledQuery } from '../../platform/database/pooled-query';
import { NotYoursError } from '../history/history.errors';
import { MAX_COUNTED, utcText } from '../history/record-filter';
import { HistoryService } from '../history/history.service';
import { RECORD_COLUMNS, toRecordDto, type RecordRow } from '../history/record.dto';
import { BatchNotFoundError } from '../tasks/task.errors';
import { TaskStatus, type TaskFailure } from '../tasks/task.entity';
import type { BatchDto, TaskDto, TaskQueryDto } from './task-list.dto';

/** Lists of tasks and the state of batches. Own ones, or anyone's for an administrator. */
@Injectable()
export class TaskListService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
    private readonly history: HistoryService,
  ) {}

  /**
   * Newest first.
   *
   * @throws NotYoursError, ComputeUserNotFoundError
   */
  async page(user: CurrentUser, query: TaskQueryDto): Promise<{ total: number; items: TaskDto[] }> {
    const userId = query.uid ? await this.history.ownerId(user, query.uid) : user.userId;
    const { skip, take } = pageOf(query);
    const { index, where, values, order } = selectionOf(userId, query);
    const [counted, rows] = await Promise.all([
      pooledQuery<{ total: string }>(
        this.dataSource,
        `SELECT COUNT(*) AS total FROM (SELECT 1 FROM compute_tasks ${index} WHERE ${where} LIMIT ?) matching`,
        [...values, MAX_COUNTED],
      ),
      pooledQuery<TaskRow>(
        this.dataSource,
        `SELECT t.id AS tid, t.batch, t.status, t.failure, t.pid AS taskPid, t.ctdna AS taskCtdna,
           t.cpg AS taskCpg, t.createdAt AS submittedAt, t.startedAt, t.endedAt, ${RECORD_COLUMNS}
         FROM (SELECT seq FROM compute_tasks ${index} WHERE ${where} ORDER BY ${order} LIMIT ? OFFSET ?) page
         JOIN compute_tasks t ON t.seq = page.seq LEFT JOIN compute_records r ON r.task = t.id
         ORDER BY ${order.replace(/\w+ DESC/g, 't.$&')}`,
        [...values, take, skip],
      ),
    ]);
    return {
      total: Number(counted[0]?.total ?? 0),
      items: rows.map((row) => toTaskDto(row, this.settings.tzDisplay)),
    };
  }

  /** @throws BatchNotFoundError, NotYoursError */
  async batch(user: CurrentUser, id: string): Promise<BatchDto> {
    const rows = await pooledQuery<BatchRow>(this.dataSource, BATCH, [id]);
    const [first] = rows;
    if (!first) throw new BatchNotFoundError();
    if (user.role !== UserRole.Admin && Number(first.userId) !== user.userId)
      throw new NotYoursError();
    return toBatchDto(id, rows);
  }
}

/**
 * The tasks that match, newest first, and the index that finds them. Left alone, the optimizer reads
 * a million rows in the order of the primary key instead.
 */
function selectionOf(
  userId: number,
  { status, batch, from, to }: TaskQueryDto,
): { index: string; where: string; values: (string | number)[]; order: string } {
  const conditions: [string, string | number][] = [['userId = ?', userId]];
  if (status !== undefined) conditions.push(['status = ?', status]);
  if (batch) conditions.push(['batch = ?', batch]);
  if (from) conditions.push(['createdAt >= ?', utcText(from)]);
  if (to) conditions.push(['createdAt < ?', utcText(to)]);
  // Most tasks are done: by time they are found sooner than by state.
  const byState = status !== undefined && !(status === TaskStatus.Done && (from || to));
  const index = batch ? 'batch' : byState ? 'dispatch' : 'user';
  return {
    index: `FORCE INDEX (compute_tasks_${index})`,
    where: conditions.map(([condition]) => condition).join(' AND '),
    values: conditions.map(([, value]) => value),
    order: index === 'user' ? 'createdAt DESC, seq DESC' : 'seq DESC',
  };
}

type TaskRow = Omit<RecordRow, 'id'> & {
  readonly id: string | null;
  readonly tid: string;
  readonly batch: string | null;
  readonly status: TaskStatus;
  readonly failure: TaskFailure | null;
  readonly taskPid: string;
  readonly taskCtdna: number;
  readonly taskCpg: number;
  readonly submittedAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
};

function toTaskDto(row: TaskRow, zone: string): TaskDto {
  return {
    id: row.tid,
    batch: row.batch,
    status: row.status,
    failure: row.failure,
    pid: Number(row.taskPid),
    ctdna: row.taskCtdna,
    cpg: row.taskCpg,
    submitted_at: row.submittedAt.toISOString(),
    started_at: row.startedAt?.toISOString() ?? null,
    ended_at: row.endedAt?.toISOString() ?? null,
    result: row.id === null ? null : toRecordDto({ ...row, id: row.id }, zone),
  };
}

const BATCH = `SELECT userId, status, COUNT(*) AS tasks, MIN(createdAt) AS submittedAt
  FROM compute_tasks WHERE batch = ? GROUP BY userId, status`;

interface BatchRow {
  readonly userId: string;
  readonly status: TaskStatus;
  readonly tasks: string;
  readonly submittedAt: Date;
}

function toBatchDto(id: string, rows: readonly BatchRow[]): BatchDto {
  const count = (status?: TaskStatus): number =>
    rows
      .filter((row) => status === undefined || row.status === status)
      .reduce((sum, row) => sum + Number(row.tasks), 0);
  const [queued, computing] = [count(TaskStatus.Queued), count(TaskStatus.Computing)];
  return {
    id,
    total: count(),
    queued,
    computing,
    done: count(TaskStatus.Done),
    terminated: count(TaskStatus.Terminated),
    finished: queued + computing === 0,
    submitted_at: new Date(Math.min(...rows.map((row) => +row.submittedAt))).toISOString(),
  };
}
