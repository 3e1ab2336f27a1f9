const powers = ['', 'k', 'm', 'g', 't', 'p'];

/** Bytes of a Compose size such as `512m`, `1.5gb`, `2GiB` or `1024` (units are powers of 1024); null where it is none. */
export function parseByteSize(text: string): number | null {
  const found = /^(\d+(?:\.\d+)?) ?([kmgtp]?)i?b?$/i.exec(text.trim());
  if (!found) return null;
  const bytes = Number(found[1]) * 1024 ** powers.indexOf((found[2] ?? '').toLowerCase());
  return Number.isSafeInteger(Math.floor(bytes)) ? Math.floor(bytes) : null;
}

const nanoseconds: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
  d: 86_400e9,
  w: 604_800e9,
};

/** Nanoseconds of a Compose duration such as `1m30s` or `1.5h`; null where it is none (a unit is required). */
export function parseDuration(text: string): number | null {
  const trimmed = text.trim();
  if (trimmed === '0') return 0;
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h|d|w))+$/.test(trimmed)) return null;
  let total = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d|w)/g)) {
    total += Number(amount) * (nanoseconds[unit ?? ''] ?? Number.NaN);
  }
  return Number.isSafeInteger(Math.round(total)) ? Math.round(total) : null;
}
