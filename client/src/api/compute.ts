import type { CallOptions, QueryOf, Schema } from '../calls/call-types.js';
import type { Caller } from '../calls/caller.js';
import { delay } from '../calls/retry.js';
import { OPERATIONS } from '../operations.js';
import { follow, type StreamOptions } from '../streams/follow.js';
import { upload, type UploadBody, type UploadOptions } from '../calls/upload.js';

const MOST_PER_BATCH = 1_000;
const FIRST_LOOK_MS = 200;
const LONGEST_PAUSE_MS = 2_000;
const LOOKS_AT_ONCE = 8;

/** A task came to a state, or the state of the batch that is followed. */
export type TaskEvent =
  | { readonly type: 'task'; readonly id: string; readonly task: Schema<'TaskEventDto'> }
  | { readonly type: 'batch'; readonly batch: Schema<'BatchDto'> };

/** A page of an answer whose total travels in a header. */
export interface Page<T> {
  readonly items: T[];
  readonly total: number;
}

/** Computations and what the models make of them. Research use only. */
export class ComputeApi {
  constructor(private readonly caller: Caller) {}

  /**
   * Queues a computation and answers its id.
   *
   * @throws QuotaExceeded, ComputeBanned, AddressBanned, InvalidParameter
   */
  async add(item: Schema<'AddTaskDto'>, options: CallOptions = {}): Promise<string> {
    return (await this.caller.call('addTask', { body: item, ...options })).id;
  }

  /** Queues up to 1000 computations, all or none, and answers their ids in order. */
  async addBatch(
    items: readonly Schema<'AddTaskDto'>[],
    options: CallOptions = {},
  ): Promise<string[]> {
    return (await this.submit(items, options)).ids;
  }

  /** As `addBatch`, with the id of the batch, for `batch` and `events`. */
  async submit(
    items: readonly Schema<'AddTaskDto'>[],
    options: CallOptions = {},
  ): Promise<Schema<'TaskIdsDto'>> {
    if (items.length > MOST_PER_BATCH)
      throw new RangeError(`At most ${MOST_PER_BATCH} items a batch`);
    const body = { items: [...items] };
    return this.caller.call('addTasks', { body, ...options });
  }

  /** Tasks by state, batch, patient and time, newest first. */
  tasks(
    query: QueryOf<'listTasks'> = {},
    options: CallOptions = {},
  ): Promise<Schema<'TaskPageDto'>> {
    return this.caller.call('listTasks', { query, ...options });
  }

  /** How many tasks of a batch are in which state. */
  batch(id: string, options: CallOptions = {}): Promise<Schema<'BatchDto'>> {
    return this.caller.call('batchStatus', { path: { bid: id }, ...options });
  }

  /**
   * Own tasks as they are queued and end, from now on; with `batch` all events of that batch, up to
   * its end. After `lastEventId` where that is given. Over lost connections and restarts of the
   * server, until the signal or `break`.
   */
  async *events({
    batch,
    ...options
  }: StreamOptions & { readonly batch?: string } = {}): AsyncGenerator<TaskEvent, void, undefined> {
    const path =
      batch === undefined
        ? OPERATIONS.followTasks[1]
        : this.caller.pathOf('followBatch', { path: { bid: batch } });
    for await (const { id, type, data } of follow(this.caller, path, options)) {
      if (type === 'task')
        yield { type, id: id ?? '', task: JSON.parse(data) as Schema<'TaskEventDto'> };
      if (type !== 'batch') continue;
      const progress = JSON.parse(data) as Schema<'BatchDto'>;
      yield { type, batch: progress };
      if (progress.finished) return;
    }
  }

  /** The end of each task of a batch as the server tells of it, in the order in which they end. */
  async *batchResults(
    batch: string,
    options: StreamOptions = {},
  ): AsyncGenerator<Schema<'TaskEventDto'>, void, undefined> {
    for await (const event of this.events({ batch, ...options }))
      if (event.type === 'task' && hasEnded(event.task)) yield event.task;
  }

  status(id: string, options: CallOptions = {}): Promise<Schema<'TaskStatusDto'>> {
    return this.caller.call('taskStatus', { path: { tid: id }, ...options });
  }

  cancel(id: string, options: CallOptions = {}): Promise<Schema<'TaskStatusDto'>> {
    return this.caller.call('cancelTask', { path: { tid: id }, ...options });
  }

  /** The end of each task, whatever it is: done (0) or terminated (4). Asks for each; of a batch use `batchResults`. */
  async *results(
    ids: readonly string[],
    options: CallOptions = {},
  ): AsyncGenerator<Schema<'TaskStatusDto'>, void, undefined> {
    let waiting = [...ids];
    for (let look = 0; waiting.length > 0; look++) {
      const still: string[] = [];
      for (let from = 0; from < waiting.length; from += LOOKS_AT_ONCE) {
        const some = waiting.slice(from, from + LOOKS_AT_ONCE);
        for (const task of await Promise.all(some.map((id) => this.status(id, options)))) {
          if (hasEnded(task)) yield task;
          else still.push(task.id);
        }
      }
      waiting = still;
      if (waiting.length > 0)
        await delay(Math.min(LONGEST_PAUSE_MS, FIRST_LOOK_MS * 2 ** look), options.signal);
    }
  }

  /** How the models did on confirmed records. */
  stats(
    query: QueryOf<'computeStats'> = {},
    options: CallOptions = {},
  ): Promise<Schema<'StatsDto'>> {
    return this.caller.call('computeStats', { query, ...options });
  }

  /** How long the fragments were, by confirmed status. */
  lengths(
    query: QueryOf<'lengthHistogram'> = {},
    options: CallOptions = {},
  ): Promise<Schema<'LengthsDto'>> {
    return this.caller.call('lengthHistogram', { query, ...options });
  }

  models(options: CallOptions = {}): Promise<Schema<'ModelListDto'>> {
    return this.caller.call('listModels', options);
  }

  /** What a model says over fragment length and CpG sites, for a heat map. */
  surface(id: string, options: CallOptions = {}): Promise<Schema<'ModelSurfaceDto'>> {
    return this.caller.call('modelSurface', { path: { id }, ...options });
  }

  /** Fits a model to the confirmed records; it is not activated. For administrators. */
  train(options: CallOptions = {}): Promise<Schema<'ModelDto'>> {
    return this.caller.call('trainModel', { timeoutMs: 600_000, ...options });
  }

  /** New computations use this model. For administrators. */
  activate(id: string, options: CallOptions = {}): Promise<Schema<'ModelDto'>> {
    return this.caller.call('activateModel', { path: { id }, ...options });
  }

  /** Queues all records again with this model. For administrators. */
  rerun(
    id: string,
    query: QueryOf<'rerunModel'> = {},
    options: CallOptions = {},
  ): Promise<Schema<'RerunDto'>> {
    return this.caller.call('rerunModel', { path: { id }, query, ...options });
  }
}

function hasEnded({ status }: Pick<Schema<'TaskEventDto'>, 'status'>): boolean {
  return status === 0 || status === 4;
}

/** Records of finished computations. Research use only. */
export class HistoryApi {
  constructor(private readonly caller: Caller) {}

  /** Newest first. */
  async list(
    uid: string,
    query: QueryOf<'queryHistory'> = {},
    options: CallOptions = {},
  ): Promise<Page<Schema<'RecordDto'>>> {
    const answer = await this.caller.answer('queryHistory', { path: { uid }, query, ...options });
    return { items: answer.data, total: Number(answer.headers.get('x-total-count') ?? NaN) };
  }

  /** Sets the confirmed diagnosis of a sample. */
  confirm(rid: number, hcc: boolean, options: CallOptions = {}): Promise<Schema<'RecordDto'>> {
    return this.caller.call('confirmRecord', { path: { rid }, query: { hcc }, ...options });
  }

  async delete(rid: number, options: CallOptions = {}): Promise<void> {
    await this.caller.call('deleteRecord', { path: { rid }, ...options });
  }

  /** All records as CSV; read its `body` as a stream, or its `text()`. */
  export(uid: string, options: Pick<CallOptions, 'signal'> = {}): Promise<Response> {
    const path = this.caller.pathOf('exportHistory', { path: { uid } });
    return this.caller.download(path, options.signal);
  }

  /**
   * Imports labelled records from CSV of any length; bad lines are in the report. `again` takes a
   * file that was imported before. For administrators.
   *
   * @throws AlreadyExists, InvalidParameter
   */
  async import(
    uid: string,
    csv: UploadBody,
    { again, ...options }: UploadOptions & { readonly again?: boolean } = {},
  ): Promise<Schema<'ImportReportDto'>> {
    const path = this.caller.pathOf('importHistory', {
      path: { uid },
      query: again === undefined ? {} : { again },
    });
    return (await upload(this.caller, path, 'text/csv', csv, options)) as Schema<'ImportReportDto'>;
  }
}
