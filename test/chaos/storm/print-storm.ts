import type { StormReport } from './storm';

const counted = (counts: ReadonlyMap<string | number, number>): string =>
  [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([what, count]) => `${what}×${count}`)
    .join(' ');

/** Prints what a storm came to. */
export function printStorm(name: string, { told, faults, seconds, violations }: StormReport): void {
  process.stderr.write(
    `${name}: ${faults.length} faults, ${told.requests} requests, ` +
      `${told.answers} answers checked (${counted(told.byStatus)}), ${told.lost} answers lost, ` +
      `${[...told.tasks.values()].flat().length} tasks, ${told.accounts.length} accounts, ` +
      `${told.installs} installs (failed: ${counted(told.causes) || 'none'}), ` +
      `${told.uninstalls} uninstalls, ${told.bansChecked} ban checks, ` +
      `${violations.length} violations, ${seconds.toFixed(0)} s\n` +
      violations.map((violation) => `  ${violation}\n`).join('') +
      (process.env['CHAOS_FAULT_LOG'] ? `${faults.join('\n')}\n` : ''),
  );
}
