import type { Prediction } from '../inference/compute-model';
import type { TaskFailure } from './task.entity';

export interface ClaimedTask {
  readonly id: string;
  readonly seq: number;
  /** Who asked for it. */
  readonly userId: number;
  readonly batch: string | null;
  /** Whose record it will be: of a rerun, the owner of the first record; null when that is gone. */
  readonly ownerId: number | null;
  readonly pid: number;
  readonly ctdna: number;
  readonly cpg: number;
  readonly hcc: boolean | null;
  readonly modelId: string | null;
  readonly originId: number | null;
  /** Of the request that asked for it. */
  readonly requestId: string | null;
}

/** What a result needs to know of its task. */
export type TaskOfResult = Omit<ClaimedTask, 'seq' | 'modelId' | 'requestId'>;

export interface ComputedTask<T extends TaskOfResult = ClaimedTask> {
  readonly task: T;
  readonly model: { readonly id: string; readonly checksum: string };
  readonly prediction: Prediction;
}

export interface FailedTask {
  readonly task: ClaimedTask;
  readonly failure: TaskFailure;
}

/** From a row of the claim. */
export function toClaimedTask(row: Record<string, unknown>): ClaimedTask {
  return {
    seq: Number(row['seq']),
    userId: Number(row['userId']),
    batch: row['batch'] as string | null,
    id: String(row['id']),
    ownerId: row['ownerId'] === null ? null : Number(row['ownerId']),
    pid: Number(row['pid']),
    ctdna: Number(row['ctdna']),
    cpg: Number(row['cpg']),
    hcc: row['hcc'] === null ? null : Boolean(row['hcc']),
    modelId: row['modelId'] as string | null,
    originId: row['originId'] === null ? null : Number(row['originId']),
    requestId: row['requestId'] as string | null,
  };
}
