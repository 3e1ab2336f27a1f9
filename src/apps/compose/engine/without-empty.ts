/** Leaves out what is undefined, and empty lists and maps, so that the engine sees only what is said. */
export function withoutEmpty<T extends object>(value: T): T {
  const said: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const item: unknown = value[key as keyof T];
    if (key === 'Labels' || !isEmpty(item)) said[key] = item;
  }
  return said as T;
}

function isEmpty(item: unknown): boolean {
  if (typeof item !== 'object' || item === null) return item === undefined;
  return Array.isArray(item) ? item.length === 0 : Object.keys(item).length === 0;
}
