/** Leaves out what is undefined, and empty lists and maps, so that the engine sees only what is said. */
export function withoutEmpty<T extends object>(value: T): T {
  return Object.fromEntries(
    Object.entries(value).filter(
      ([key, item]) =>
        key === 'Labels' ||
        (item !== undefined &&
          (typeof item !== 'object' || item === null || Object.keys(item as object).length > 0)),
    ),
  ) as T;
}
