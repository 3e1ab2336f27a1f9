/** Whether something must be waited for. */
export function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/** Goes on with a value: at once, or as soon as it is there. */
export function settle<T, R>(
  value: T | Promise<T>,
  then: (value: T) => R,
): R | Promise<Awaited<R>> {
  return isPromise(value) ? (value.then(then) as Promise<Awaited<R>>) : then(value);
}
