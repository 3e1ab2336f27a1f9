/** A slice of tasks for one worker to carry out together; the rows are the truth. */
export interface TaskSliceJob {
  readonly ids: readonly string[];
}
