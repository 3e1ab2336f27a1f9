/** Work that may pause at each `yield`, and its result. */
export type Steps<T> = Generator<undefined, T>;

/** Does all of it now. */
export function runAtOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Does it in pieces of about `pieceMs`, so that requests are answered in between. */
export async function runInPieces<T>(steps: Steps<T>, pieceMs = 10): Promise<T> {
  for (let begun = performance.now(); ;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() - begun < pieceMs) continue;
    await new Promise((resolve) => setImmediate(resolve));
    begun = performance.now();
  }
}
