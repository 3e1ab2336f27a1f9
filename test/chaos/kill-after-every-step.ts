import type { AppLab, EngineLeftovers } from '../support/factories/app-lab';
import { pollUntil } from '../support/poll-until';
import { WorkerProcess } from './worker-process';

export interface ChaosOutcome {
  readonly killAt: number;
  /** False: the work was over before that many writes. */
  readonly killed: boolean;
  readonly phase: string;
  /** From the start of the second worker to the final state. */
  readonly seconds: number;
}

export interface ChaosPlan {
  readonly lab: AppLab;
  /** Name of an app of the lab's catalog for the n-th kill. */
  readonly appFor: (killAt: number) => string;
  /** Which effects count; see `worker.ts`. */
  readonly count:
    | 'install'
    | 'undo'
    | 'upgrade'
    | 'bring-back'
    | 'upgrade-data'
    | 'swarm-upgrade'
    | 'swarm-bring-back';
  /** Asks for the work and answers its job; by default an install. */
  readonly begin?: (appName: string) => Promise<string>;
  readonly killPoints: readonly number[];
  readonly atOnce: number;
}

/**
 * For each kill point: one app, one worker that dies at that point, a second one that finds the
 * wreck. Resolves with how each of them ended.
 */
export async function killAfterEveryStep(plan: ChaosPlan): Promise<ChaosOutcome[]> {
  const outcomes: ChaosOutcome[] = [];
  const waiting = [...plan.killPoints];
  const lane = async (): Promise<void> => {
    for (let point = waiting.shift(); point !== undefined; point = waiting.shift()) {
      outcomes.push(await killOnce(plan, point));
    }
  };
  await Promise.all(Array.from({ length: plan.atOnce }, lane));
  return outcomes.sort((a, b) => a.killAt - b.killAt);
}

async function install(lab: AppLab, appName: string): Promise<string> {
  const answer = await lab.install(appName);
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return answer.body.data.info as string;
}

async function killOnce(
  { lab, appFor, count, begin = (appName) => install(lab, appName) }: ChaosPlan,
  killAt: number,
): Promise<ChaosOutcome> {
  const appName = appFor(killAt);
  const chaos = { CHAOS_INSTALLATION: await begin(appName), CHAOS_COUNT: count };
  const doomed = WorkerProcess.start(lab.installation.environment, {
    ...chaos,
    CHAOS_KILL_AT: String(killAt),
  });
  const over = async (): Promise<string | null> => {
    const { phase } = await lab.info(appName);
    return ['running', 'failed', 'cancelled'].includes(phase) ? phase : null;
  };
  try {
    await pollUntil(
      `worker ${killAt} to die or to be done`,
      async () => !doomed.isAlive || (await over()),
      { deadlineMs: 180_000, everyMs: 250 }, // a busy machine takes its time to start a worker
    );
  } finally {
    if (doomed.isAlive) await doomed.stop();
  }
  const killed = (await doomed.ended()) === 'SIGKILL';
  const rescuer = WorkerProcess.start(lab.installation.environment, {
    ...chaos,
    CHAOS_KILL_AT: '0',
  });
  const begun = Date.now();
  try {
    const phase = await pollUntil(`the wreck of step ${killAt} to be mended`, over, {
      deadlineMs: 60_000,
      everyMs: 100,
    });
    return { killAt, killed, phase, seconds: (Date.now() - begun) / 1000 };
  } finally {
    await rescuer.stop();
  }
}

/** What of the engine and the database belongs to none of the apps that run. */
export function orphansOf(found: EngineLeftovers): number {
  const { containers, networks, volumes, files, leases } = found;
  return [containers, networks, volumes, files].flat().length + leases;
}
