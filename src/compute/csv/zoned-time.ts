const PATTERN = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/;
const formatters = new Map<string, Intl.DateTimeFormat>();

/** `YYYY-MM-DD HH:mm:ss` in an IANA zone, the form of every time in the API. */
export function formatZonedTime(time: Date, zone: string): string {
  if (zone === 'UTC') return time.toISOString().slice(0, 19).replace('T', ' ');
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
  for (const { type, value } of formatterOf(zone).formatToParts(time)) parts[type] = value;
  const { year, month, day, hour, minute, second } = parts;
  return `${year}-${month}-${day} ${hour}:${minute}:${second}`;
}

/**
 * The moment that a zone's clock shows `YYYY-MM-DD HH:mm:ss`, or null where the text has another
 * form or names no day or hour that exists there (30 February, the hour that summer time skips).
 * Of an hour that comes twice it is the first.
 */
export function parseZonedTime(text: string, zone: string): Date | null {
  const match = PATTERN.exec(text);
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (year < 1900) return null;
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second);
  if (formatZonedTime(new Date(asUtc), 'UTC') !== text) return null;
  if (zone === 'UTC') return new Date(asUtc);
  // The offset a day before and a day after bracket every change of the clock.
  const offsets = [-86_400_000, 86_400_000].map((shift) => offsetAt(asUtc + shift, zone));
  const candidates = offsets.map((offset) => asUtc - offset).sort((a, b) => a - b);
  const fitting = candidates.find((time) => formatZonedTime(new Date(time), zone) === text);
  return fitting === undefined ? null : new Date(fitting);
}

/** Milliseconds by which the zone's clock is ahead of UTC. */
function offsetAt(time: number, zone: string): number {
  const shown = formatZonedTime(new Date(time), zone).replace(' ', 'T');
  return Date.parse(`${shown}Z`) - Math.floor(time / 1000) * 1000;
}

function formatterOf(zone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(zone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-CA-u-hc-h23', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formatters.set(zone, formatter);
  }
  return formatter;
}
