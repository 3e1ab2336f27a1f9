import { sleep } from '../../../src/platform/waiting/sleep';
import { rate } from './figures';
import { memoryOf, type OwnServer } from './processes';
import type { Row } from './rows';
import { once } from './shared';
import type { World } from './world';
import type { LoadRequest } from './wrk';

/** What a fresh process takes. */
interface Start {
  readonly readyMs: number;
  /** Resident memory in MiB, some seconds after it was ready. */
  readonly after: number;
  /** At its highest, under a load of simple requests. */
  readonly peak: number;
}

/** Time and memory of a start, beside Nest with the same modules and one route without work. */
export function startRowsOf(world: World, seconds: number): Row[] {
  const ours = once(() => measureStart(world, () => world.startApi({ ROLE: 'all' }), { path: '/searchServer', token: world.admin.token }, '"code":"1"', seconds)); // prettier-ignore
  const bare = once(() => measureStart(world, () => world.startBareNest(), { path: '/bare' }, '"ok":true', seconds)); // prettier-ignore
  const row = (id: string, title: string, unit: string, name: keyof Start): Row => ({
    id,
    title,
    unit,
    baseline: 'bare Nest with the same modules',
    mark: { atMost: 1.3 },
    measure: async () => (await ours())[name],
    measureBaseline: async () => (await bare())[name],
    rounds: 1,
  });
  return [
    row('ready', 'start to ready', 'ms', 'readyMs'),
    row('memory-start', 'memory after start', 'MiB', 'after'),
    row('memory-peak', 'memory at its highest, 32 connections with simple requests', 'MiB', 'peak'),
  ];
}

async function measureStart(
  world: World,
  start: () => Promise<OwnServer>,
  request: LoadRequest,
  expect: string,
  seconds: number,
): Promise<Start> {
  const readyMs: number[] = [];
  // The second start finds its files in the memory of the system.
  for (let i = 0; ; i++) {
    const server = await start();
    readyMs.push(server.readyMs);
    if (i === 0) {
      await world.stopServer(server);
      continue;
    }
    await sleep(seconds * 1_500);
    const after = memoryOf(server.pid).now;
    await rate(server, [request], expect, 2 * seconds);
    const { peak } = memoryOf(server.pid);
    await world.stopServer(server);
    return { readyMs: Math.min(...readyMs), after, peak };
  }
}
