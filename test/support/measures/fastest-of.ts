/**
 * Milliseconds that the quickest of several runs took. A busy machine makes some runs slow and none
 * quicker: work that waits for something makes all of them slow.
 */
export async function fastestOf(runs: number, work: () => Promise<unknown>): Promise<number> {
  const took: number[] = [];
  for (let i = 0; i < runs; i++) {
    const begun = performance.now();
    await work();
    took.push(performance.now() - begun);
  }
  return Math.min(...took);
}
