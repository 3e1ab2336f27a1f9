import { Injectable } from '@nestjs/common';
import type { EventStream, StreamEvent } from '../../http/streams/event-stream';
import type { RecordDto } from '../history/record.dto';
import type { TaskEventDto } from './task-event.dto';
import { MAX_TASKS_OF_EVENT } from '../tasks/record-task-events';
import {
  TaskEventsService,
  type TaskEventRow,
  type TaskEventScope,
} from '../tasks/task-events.service';

const POLL_MS = 250;
const ROWS_AT_ONCE = 100;
/**
 * Ids are given out when a row is written and visible when it is committed. Behind a missing id the
 * feed waits this long before it counts as given up, so events come in the order of their ids and a
 * reader that resumes misses none.
 */
const GAP_MS = 2_000;
/** A new feed begins this many rows before the latest: one of them may not be committed yet. */
const LOOK_BACK = 100;

interface Reader {
  readonly scope: TaskEventScope;
  readonly stream: EventStream;
  /** Read when it begins and after each look that sent something; sent once no event is older than it. */
  readonly summary: (() => Promise<StreamEvent>) | undefined;
  /** Position of the last event that the reader has. */
  after: Position;
  /** Something was sent since the last summary. */
  sent: boolean;
}

/** A task within a row: the id of an event is `row * MAX_TASKS_OF_EVENT + index`. */
interface Position {
  readonly row: number;
  readonly index: number;
}

/** Feeds the streams of task events from their rows; a reader resumes after the id that it had last. */
@Injectable()
export class TaskEventFeed {
  private readonly readers = new Set<Reader>();
  private timer: NodeJS.Timeout | null = null;
  /** Every row up to this one has been handed to the readers. */
  private tail = 0;
  private feeding = false;

  constructor(private readonly events: TaskEventsService) {}

  /**
   * Sends what came after `lastEventId`, then everything new, until the reader goes. Without an id it
   * begins now, or with `fromStart` at the oldest event that is kept.
   */
  async follow(
    stream: EventStream,
    scope: TaskEventScope,
    options: {
      readonly lastEventId: string | undefined;
      readonly fromStart?: boolean;
      readonly summary?: () => Promise<StreamEvent>;
    },
  ): Promise<void> {
    const latest = await this.events.latestId();
    if (!this.timer) this.tail = Math.max(0, latest - LOOK_BACK);
    const start = options.fromStart ? 0 : latest;
    const reader: Reader = {
      scope,
      stream,
      summary: options.summary,
      after: positionOf(options.lastEventId) ?? { row: start, index: MAX_TASKS_OF_EVENT },
      sent: true,
    };
    await this.catchUp(reader);
  }

  /** Sends the rows up to the tail, and joins the readers in the turn in which none is left. */
  private async catchUp(reader: Reader): Promise<void> {
    const { signal } = reader.stream;
    for (let tail = -1; tail !== this.tail && reader.after.row <= this.tail;) {
      tail = this.tail;
      for (;;) {
        const rows = await this.events.listAfter(reader.after.row - 1, ROWS_AT_ONCE, reader.scope);
        const due = rows.filter(({ id }) => id <= tail);
        for (const row of due) this.send(reader, row, await this.events.results(row));
        if (signal.aborted) return;
        if (due.length < ROWS_AT_ONCE) break;
      }
      reader.after = later(reader.after, tail);
    }
    if (signal.aborted) return; // no event would take the reader out again
    this.readers.add(reader);
    signal.addEventListener('abort', () => this.leave(reader), { once: true });
    this.timer ??= setInterval(() => void this.feed(), POLL_MS);
    await this.feed();
  }

  /** One look for all readers, however many. */
  private async feed(): Promise<void> {
    if (this.feeding) return;
    this.feeding = true;
    try {
      for (const row of await this.events.listAfter(this.tail, ROWS_AT_ONCE)) {
        if (row.id > this.tail + 1 && row.ageMs < GAP_MS) break;
        const isWanted = [...this.readers].some((reader) => concerns(row, reader.scope));
        const results = isWanted ? await this.events.results(row) : new Map<string, RecordDto>();
        // From here to the end of the row nobody can join.
        this.tail = row.id;
        for (const reader of this.readers)
          if (concerns(row, reader.scope)) this.send(reader, row, results);
      }
      for (const reader of this.readers) await this.summarise(reader);
    } catch {
      // The database is away; the next look starts from the same id.
    } finally {
      this.feeding = false;
    }
  }

  private async summarise(reader: Reader): Promise<void> {
    if (!reader.sent || !reader.summary) return;
    const summary = await reader.summary();
    const later = await this.events.listAfter(reader.after.row, 1, reader.scope);
    if (later.length > 0) return;
    reader.stream.send(summary);
    reader.sent = false;
  }

  /** Sends what of the row is new to the reader. */
  private send(reader: Reader, row: TaskEventRow, results: ReadonlyMap<string, RecordDto>): void {
    row.tasks.forEach((id, index) => {
      if (!isAfter({ row: row.id, index }, reader.after)) return;
      const data: TaskEventDto = {
        id,
        batch: row.batch,
        status: row.status,
        failure: row.failure,
        at: row.at.toISOString(),
        result: results.get(id) ?? null,
      };
      reader.stream.send({ id: idOf({ row: row.id, index }), event: 'task', data });
      reader.after = { row: row.id, index };
      reader.sent = true;
    });
  }

  private leave(reader: Reader): void {
    this.readers.delete(reader);
    if (this.readers.size > 0 || !this.timer) return;
    clearInterval(this.timer);
    this.timer = null;
  }
}

function concerns(row: TaskEventRow, scope: TaskEventScope): boolean {
  return 'batch' in scope ? row.batch === scope.batch : row.userId === scope.userId;
}

function isAfter(one: Position, other: Position): boolean {
  return one.row > other.row || (one.row === other.row && one.index > other.index);
}

/** Past all rows up to this one. */
function later(position: Position, row: number): Position {
  const end = { row, index: MAX_TASKS_OF_EVENT };
  return isAfter(end, position) ? end : position;
}

function idOf({ row, index }: Position): string {
  return String(BigInt(row) * BigInt(MAX_TASKS_OF_EVENT) + BigInt(index));
}

function positionOf(id: string | undefined): Position | null {
  if (id === undefined) return null;
  const tasks = BigInt(MAX_TASKS_OF_EVENT);
  return { row: Number(BigInt(id) / tasks), index: Number(BigInt(id) % tasks) };
}
