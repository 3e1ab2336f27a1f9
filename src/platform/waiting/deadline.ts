/**
 * Settles as `work` does, or, when that takes longer than `ms` milliseconds, with what `onTimeout`
 * returns or throws. The work itself goes on: its late result is dropped, its late rejection swallowed.
 */
export function withDeadline<T>(work: Promise<T>, ms: number, onTimeout: () => T): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      try {
        resolve(onTimeout());
      } catch (error) {
        reject(error);
      }
    }, ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
