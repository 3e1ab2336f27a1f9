import type { StormOutcome } from './compute-storm';

/** Prints what a storm came to. */
export function reportStorm(title: string, outcome: StormOutcome): void {
  const of = (waits: readonly number[], share: number): string => {
    const at = Math.min(waits.length - 1, Math.floor(waits.length * share));
    return `${((waits[at] ?? 0) / 1000).toFixed(2)} s`;
  };
  const { smallWaits: small, largeWaits: large } = outcome;
  process.stderr.write(
    `[chaos] compute, ${title}: ${outcome.seconds.toFixed(0)} s, ${outcome.kills} workers killed, ` +
      `${outcome.retried} tasks claimed again; ${outcome.accepted} accepted, ${outcome.tasks} tasks, ` +
      `${outcome.done} done, ${outcome.terminated} terminated, ${outcome.records} records, ` +
      `${outcome.tasksWithoutTheirOneRecord} without exactly one, ${outcome.wrongQuotas} wrong quotas\n` +
      `[chaos] waits: small users median ${of(small, 0.5)}, 95 % ${of(small, 0.95)}, longest ${of(small, 1)}; ` +
      `the large one median ${of(large, 0.5)}, longest ${of(large, 1)}\n`,
  );
}
