/** Tasks of one batch at most: one claim and one finish for all of them. */
export const MAX_BATCH_SIZE = 250;

/** Largest batch for tasks that were claimed this often without a result. */
function sizeAfter(attempts: number): number {
  return [MAX_BATCH_SIZE, 20, 5][attempts] ?? 1;
}

/**
 * Cuts tasks into batches. The more often a task was claimed without a result, the smaller its batch:
 * one that brings its worker down ends up alone.
 */
export function toBatches(
  tasks: readonly { readonly id: string; readonly attempts: number }[],
): string[][] {
  const bySize = new Map<number, string[]>();
  for (const { id, attempts } of tasks) {
    const size = sizeAfter(attempts);
    const ids = bySize.get(size);
    if (ids) ids.push(id);
    else bySize.set(size, [id]);
  }
  const batches: string[][] = [];
  for (const [size, ids] of bySize) {
    for (let i = 0; i < ids.length; i += size) batches.push(ids.slice(i, i + size));
  }
  return batches;
}
