/**
 * Runs one task for each node as soon as those that it waits for are done, everything else side by
 * side. The first failure stops what has not begun yet, waits for what has, and is thrown. Names
 * that are no nodes are ignored; a cycle throws before anything runs.
 */
export async function runGraph(
  waitsFor: ReadonlyMap<string, readonly string[]>,
  task: (node: string) => Promise<void>,
): Promise<void> {
  refuseCycles(waitsFor);
  const running = new Map<string, Promise<void>>();
  let failed = false;
  const run = (node: string): Promise<void> => {
    const known = running.get(node);
    if (known) return known;
    const before = (waitsFor.get(node) ?? []).filter((name) => waitsFor.has(name));
    const work = Promise.all(before.map(run)).then(async () => {
      if (failed) return;
      try {
        await task(node);
      } catch (error) {
        failed = true;
        throw error;
      }
    });
    running.set(node, work);
    return work;
  };
  const results = await Promise.allSettled([...waitsFor.keys()].map(run));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}

function refuseCycles(waitsFor: ReadonlyMap<string, readonly string[]>): void {
  const settled = new Set<string>();
  const onPath: string[] = [];
  const visit = (node: string): void => {
    if (settled.has(node) || !waitsFor.has(node)) return;
    if (onPath.includes(node))
      throw new Error(`dependency cycle: ${[...onPath, node].join(' → ')}`);
    onPath.push(node);
    for (const next of waitsFor.get(node) ?? []) visit(next);
    onPath.pop();
    settled.add(node);
  };
  for (const node of waitsFor.keys()) visit(node);
}
