/** The UTC day of a moment, `YYYY-MM-DD`: the unit of the quota. */
export function utcDay(now: Date): string {
  return now.toISOString().slice(0, 10);
}

export function secondsToMidnightUtc(now: Date): number {
  return Math.ceil((86_400_000 - (now.getTime() % 86_400_000)) / 1000);
}
