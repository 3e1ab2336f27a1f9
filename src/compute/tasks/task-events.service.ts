import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Settings } from '../../platform/config/settings';
import { pooledQuery } from '../../platform/database/pooled-query';
import { RECORD_COLUMNS, toRecordDto, type RecordDto, type RecordRow } from '../history/record.dto';
import { TaskStatus, type TaskFailure } from './task.entity';

/** One row: tasks that came to a state together. */
export interface TaskEventRow {
  readonly id: number;
  readonly userId: number;
  readonly batch: string | null;
  readonly status: TaskStatus;
  readonly failure: TaskFailure | null;
  readonly tasks: readonly string[];
  readonly at: Date;
  /** By the clock of the database, when it was read. */
  readonly ageMs: number;
}

/** Whose events: of a user, of a batch, or of all. */
export type TaskEventScope = { readonly userId: number } | { readonly batch: string };

const KEPT_HOURS = 24;
/** Rows of one deletion, short enough to hold nobody up. */
const PRUNED_AT_ONCE = 1_000;

/** Reads the events of tasks and drops old ones. */
@Injectable()
export class TaskEventsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
  ) {}

  /** Rows after an id, oldest first; of a scope, or all. */
  async listAfter(
    afterId: number,
    limit: number,
    scope: TaskEventScope | null = null,
  ): Promise<TaskEventRow[]> {
    const [condition, values] =
      scope === null
        ? ['', []]
        : 'batch' in scope
          ? ['AND batch = ?', [scope.batch]]
          : ['AND userId = ?', [scope.userId]];
    const rows = await pooledQuery<StoredRow>(
      this.dataSource,
      `SELECT id, userId, batch, status, failure, tasks, createdAt,
         TIMESTAMPDIFF(MICROSECOND, createdAt, UTC_TIMESTAMP(3)) DIV 1000 AS ageMs
       FROM compute_task_events WHERE id > ? ${condition} ORDER BY id LIMIT ?`,
      [afterId, ...values, limit],
    );
    return rows.map(({ id, userId, tasks, createdAt, ageMs, ...row }) => ({
      ...row,
      id: Number(id),
      userId: Number(userId),
      tasks: tasks.split(','),
      at: createdAt,
      ageMs: Number(ageMs),
    }));
  }

  async latestId(): Promise<number> {
    const [row]: { id: string | null }[] = await this.dataSource.query(
      'SELECT MAX(id) AS id FROM compute_task_events',
    );
    return Number(row?.id ?? 0);
  }

  /** The records of the tasks of a row, by task; empty unless it tells of done tasks. */
  async results({ status, tasks }: TaskEventRow): Promise<ReadonlyMap<string, RecordDto>> {
    if (status !== TaskStatus.Done) return new Map();
    const rows = await pooledQuery<RecordRow>(
      this.dataSource,
      `SELECT ${RECORD_COLUMNS} FROM compute_records r WHERE r.task IN (?)`,
      [tasks],
    );
    return new Map(rows.map((row) => [row.task ?? '', toRecordDto(row, this.settings.tzDisplay)]));
  }

  /** Drops events older than a day, some at a time. */
  async prune(): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM compute_task_events
       WHERE createdAt < UTC_TIMESTAMP(3) - INTERVAL ${KEPT_HOURS} HOUR LIMIT ${PRUNED_AT_ONCE}`,
    );
  }
}

interface StoredRow {
  readonly id: string;
  readonly userId: string;
  readonly batch: string | null;
  readonly status: TaskStatus;
  readonly failure: TaskFailure | null;
  readonly tasks: string;
  readonly createdAt: Date;
  readonly ageMs: string;
}
