/** Whether an unchecked value is an object with keys. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The entries of an object; none where the value is none. */
export function entriesAt(value: unknown, key: string): [string, unknown][] {
  const found = valueAt(value, key);
  return isMapping(found) ? Object.entries(found) : [];
}

/** The value at a key of an object; null where there is none. */
export function valueAt(value: unknown, key: string): unknown {
  return isMapping(value) && Object.hasOwn(value, key) ? value[key] : null;
}

/** Text that is not empty, or a number as text; null otherwise. */
export function textAt(value: unknown, key: string): string | null {
  const found = valueAt(value, key);
  if (typeof found === 'number') return String(found);
  return typeof found === 'string' && found.trim() !== '' ? found.trim() : null;
}

/** The items of a list; none where the value is none. */
export function listAt(value: unknown, key: string): unknown[] {
  const found = valueAt(value, key);
  return Array.isArray(found) ? found : [];
}

/** The same object without some keys. */
export function withoutKeys(
  value: Record<string, unknown>,
  ...keys: readonly string[]
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}
