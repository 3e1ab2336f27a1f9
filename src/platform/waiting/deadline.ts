/**
 * Settles as `work` does, or, when that takes longer than `ms` milliseconds, with what `onTimeout`
 * returns or throws. The work itself goes on: its late result is dropped, its late rejection swallowed.
 */
export async function withDeadline<T>(
  work: Promise<T>,
  ms: number,
  onTimeout: () => T,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    return await Promise.race([work, timeout.then(onTimeout)]);
  } finally {
    clearTimeout(timer);
  }
}
