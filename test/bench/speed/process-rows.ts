import { doneTask, idle, rate, SAMPLE, type Rate } from './figures';
import type { OwnServer } from './processes';
import type { Row } from './rows';
import type { World } from './world';
import type { LoadRequest } from './wrk';

/** What a second process that answers gives, each beside a worker, against one process that does everything. */
export function processRowsOf(world: World, seconds: number): Row[] {
  const servers = new Map<number, OwnServer>();
  const load = (
    processes: number,
    requests: readonly LoadRequest[],
    expect: string,
  ): Promise<Rate> => rate(servers.get(processes)!, requests, expect, seconds);
  const row = (
    id: string,
    title: string,
    request: () => { readonly requests: readonly LoadRequest[]; readonly expect: string },
  ): Row => ({
    id: `processes-${id}`,
    title: `${title}, two processes that answer`,
    unit: '/s',
    baseline: 'one process for everything',
    mark: { atLeast: 1.2 },
    onlyInFull: true,
    prepare: async () => {
      for (const processes of [1, 2])
        if (!servers.has(processes)) servers.set(processes, await world.startWhole(processes));
      await idle(world);
      return undefined;
    },
    measure: () => load(2, request().requests, request().expect),
    measureBaseline: () => load(1, request().requests, request().expect),
  });
  const { token } = world.admin;
  let task = '';
  const status = row('status', 'compute/status of a task that is done', () => ({
    requests: [{ path: `/api/v1/compute/status/${task}`, token }],
    expect: '"probability":0.78',
  }));
  return [
    row('authenticated', 'searchServer', () => ({
      requests: [{ path: '/searchServer', token }],
      expect: '"code":"1"',
    })),
    {
      ...status,
      prepare: async () => {
        task ||= await doneTask(world);
        return status.prepare?.();
      },
    },
    row('add', 'compute/add, committed', () => ({
      requests: world.users.slice(0, 32).map((user) => ({
        path: '/api/v1/compute/add',
        method: 'POST',
        token: user.token,
        body: SAMPLE,
      })),
      expect: '"code":20000',
    })),
  ];
}
