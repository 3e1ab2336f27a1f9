/** Bytes with a unit of 1024, e.g. `12.3 MiB`. */
export function bytes(count: number | null): string {
  if (count === null) return '–';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, count)) / 10));
  const value = count / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power] ?? ''}`;
}

/** A moment as ISO 8601 in whole seconds; milliseconds since the epoch come in. */
export function moment(ms: number | null | undefined): string {
  return ms === null || ms === undefined ? '–' : new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** A share as percent; null: undefined. */
export function percent(share: number | null): string {
  return share === null ? '–' : `${(100 * share).toFixed(1)} %`;
}
