import { sleep } from '../../../src/platform/waiting/sleep';
import {
  addRecords,
  addToDone,
  argon2Rate,
  batches,
  bull,
  doneTask,
  idle,
  idlePercent,
  loadsOf,
  rate as rateOf,
  type Figure,
} from './figures';
import { FakeEngine } from './fake-apps';
import type { OwnServer } from './processes';
import { installRowsOf } from './install-rows';
import { processRowsOf } from './process-rows';
import { shared } from './shared';
import { startRowsOf } from './start-rows';
import type { World } from './world';
import type { LoadRequest } from './wrk';

/** One line of the table: two figures measured in turn, and the mark for their ratio. */
export interface Row {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly baseline: string;
  /** Of ours divided by the baseline. */
  readonly mark: { readonly atLeast: number } | { readonly atMost: number };
  readonly measure: () => Promise<Figure>;
  readonly measureBaseline: () => Promise<Figure>;
  /** Brings about what the row needs; a text is the reason why it cannot be measured. */
  readonly prepare?: () => Promise<string | undefined>;
  /** Times that both are measured; fewer for slow rows. */
  readonly rounds?: number;
  /** Left out by `--quick`. */
  readonly onlyInFull?: true;
}

export interface Scale {
  readonly seconds: number;
  readonly bigHistory: number;
  readonly apps: number;
  readonly batchTasks: number;
}

const ENGINE_MISSING = 'no Docker Engine answers';
const PYTHON_MISSING = 'needs python3-fastapi, uvicorn, python3-psutil and python3-docker (Debian)';

export function rowsOf(world: World, scale: Scale): Row[] {
  const { seconds } = scale;
  const rate = (
    server: OwnServer,
    requests: readonly LoadRequest[],
    expect: string,
    connections = 32,
  ): Promise<Figure> => rateOf(server, requests, expect, seconds, connections);
  const { add, history, login } = loadsOf(world, seconds);
  const ours = (path: string, expect: string, token = world.admin.token): Promise<Figure> =>
    rate(world.product, [{ path, token }], expect);
  const bare = (path: string, expect = '"ok":true', token?: string): Promise<Figure> =>
    rate(world.baseline, [{ path, token }], expect);
  const python = (path: string, expect: string): Promise<Figure> =>
    rate(world.python!, [{ path }], expect);
  const needsPython = (): Promise<string | undefined> =>
    Promise.resolve(world.python ? undefined : PYTHON_MISSING);
  const needsApps = async (count: number): Promise<string | undefined> => {
    if (!world.engine) return ENGINE_MISSING;
    await world.installApps(count);
    return undefined;
  };
  let task = '';
  const addings = shared(() => addToDone(world, 150 * seconds));
  const bulls = shared(() => bull(world, 150 * seconds, 100));
  const fake = new FakeEngine(world);

  const insert = (connections: number): Promise<Figure> =>
    rate(
      world.baseline,
      [{ path: '/insert', method: 'POST', body: { pid: '2333', ctdna: 209, cpg: 5 } }],
      '"ok":true',
      connections,
    );

  return [
    {
      id: 'authenticated',
      title: 'authenticated, no I/O (searchServer)',
      unit: '/s',
      baseline: 'bare Fastify route with HS256, cached',
      mark: { atLeast: 0.5 },
      measure: () => ours('/searchServer', '"code":"1"'),
      measureBaseline: () => bare('/hs256', '"ok":true', world.admin.token),
    },
    {
      id: 'authenticated-bare',
      onlyInFull: true,
      title: 'the same',
      unit: '/s',
      baseline: 'bare Fastify route',
      mark: { atLeast: 0.4 },
      measure: () => ours('/searchServer', '"code":"1"'),
      measureBaseline: () => bare('/bare'),
    },
    {
      id: 'authenticated-logged',
      onlyInFull: true,
      title: 'the same with LOG_LEVEL=info',
      unit: '/s',
      baseline: 'bare Fastify route with HS256, cached',
      mark: { atLeast: 0.35 },
      measure: () =>
        rate(world.logged, [{ path: '/searchServer', token: world.admin.token }], '"code":"1"'),
      measureBaseline: () => bare('/hs256', '"ok":true', world.admin.token),
    },
    {
      id: 'me',
      title: 'user/me',
      unit: '/s',
      baseline: 'bare route with its one query',
      mark: { atLeast: 0.7 },
      measure: () => ours('/api/v1/user/me', '"bench-admin"'),
      measureBaseline: () => bare(`/me/${world.admin.uid}`, '"bench-admin"'),
    },
    {
      id: 'status',
      title: 'compute/status of a task that is done',
      unit: '/s',
      baseline: 'one JOIN by mysql2 behind a bare route',
      mark: { atLeast: 0.7 },
      prepare: async () => {
        task = await doneTask(world);
        return undefined;
      },
      measure: () => ours(`/api/v1/compute/status/${task}`, '"probability":0.78'),
      measureBaseline: () => bare(`/status/${task}`, '"probability":0.78'),
    },
    {
      id: 'history-10k',
      title: 'history/query, 20 of 10,000 records',
      unit: '/s',
      baseline: 'the same queries by mysql2',
      mark: { atLeast: 0.9 },
      prepare: () => addRecords(world, 0, 10_000),
      measure: () => history(0),
      measureBaseline: () => bare(`/history/${world.users[0]!.id}`, '"pid":'),
    },
    {
      id: 'history-big',
      onlyInFull: true,
      title: `history/query, 20 of ${scale.bigHistory.toLocaleString('en')} records`,
      unit: '/s',
      baseline: 'ours with 10,000 records',
      mark: { atLeast: 0.5 },
      prepare: () => addRecords(world, 1, scale.bigHistory),
      measure: () => history(1),
      measureBaseline: () => history(0),
    },
    {
      id: 'add-32',
      title: 'compute/add, committed, 32 connections',
      unit: '/s',
      baseline: 'one INSERT each',
      mark: { atLeast: 0.6 },
      measure: () => add(32),
      measureBaseline: () => insert(32),
    },
    {
      id: 'add-200',
      title: 'compute/add, committed, 200 connections',
      unit: '/s',
      baseline: 'one INSERT each',
      mark: { atLeast: 1 },
      measure: () => add(200),
      measureBaseline: () => insert(200),
    },
    ...(['p50', 'p99'] as const).map((percentile, i): Row => ({
      id: `add-to-done-${percentile}`,
      title: `add to done at 100/s, ${percentile}`,
      unit: 'ms',
      baseline: 'Bull alone',
      mark: { atMost: 4 },
      prepare: () => idle(world),
      measure: async () => (await addings(i))[percentile],
      measureBaseline: async () => (await bulls(i))[percentile],
    })),
    {
      id: 'batch',
      title: 'tasks by batch, end to end',
      unit: '/s',
      baseline: 'Bull alone',
      mark: { atLeast: 1 },
      prepare: () => idle(world),
      measure: () => batches(world, scale.batchTasks),
      measureBaseline: async () => (await bull(world, scale.batchTasks, 0)).perSecond,
      rounds: 2,
    },
    {
      id: 'login',
      title: 'login, many users, 8 connections',
      unit: '/s',
      baseline: 'argon2 on all cores',
      mark: { atLeast: 0.9 },
      measure: () => login(),
      measureBaseline: () => argon2Rate(seconds),
    },
    {
      id: 'search-python',
      title: 'searchServer',
      unit: '/s',
      baseline: 'FastAPI with psutil',
      mark: { atLeast: 5 },
      prepare: needsPython,
      measure: () => ours('/searchServer', '"code":"1"'),
      measureBaseline: () => python('/server', '"cpu"'),
    },
    {
      id: 'info-10',
      title: 'getAppInfo, 10 apps',
      unit: '/s',
      baseline: 'FastAPI with the Docker SDK',
      mark: { atLeast: 5 },
      prepare: async () => (await needsPython()) ?? needsApps(10),
      measure: () => ours('/getAppInfo?appName=bench3', '"status":"1"'),
      measureBaseline: () => python('/app?name=bench3', '"running"'),
    },
    {
      id: 'all-10',
      title: 'getAllAppInfo, 10 apps',
      unit: '/s',
      baseline: 'one engine list call',
      mark: { atLeast: 10 },
      prepare: () => needsApps(10),
      measure: () => ours('/getAllAppInfo', '"status":"1"'),
      measureBaseline: () => bare('/containers', '"Id"'),
    },
    {
      id: 'info-50',
      onlyInFull: true,
      title: 'getAppInfo, 50 apps',
      unit: '/s',
      baseline: 'FastAPI with the Docker SDK',
      mark: { atLeast: 5 },
      prepare: async () => (await needsPython()) ?? needsApps(50),
      measure: () => ours('/getAppInfo?appName=bench3', '"status":"1"'),
      measureBaseline: () => python('/app?name=bench3', '"running"'),
    },
    {
      id: 'all-50',
      onlyInFull: true,
      title: 'getAllAppInfo, 50 apps',
      unit: '/s',
      baseline: 'one engine list call',
      mark: { atLeast: 10 },
      prepare: () => needsApps(50),
      measure: () => ours('/getAllAppInfo', '"status":"1"'),
      measureBaseline: () => bare('/containers', '"Id"'),
    },
    {
      id: 'all-50-python',
      onlyInFull: true,
      title: 'the same',
      unit: '/s',
      baseline: 'FastAPI with the Docker SDK',
      mark: { atLeast: 100 },
      prepare: async () => (await needsPython()) ?? needsApps(50),
      measure: () => ours('/getAllAppInfo', '"status":"1"'),
      measureBaseline: () => python('/apps', '"running"'),
      rounds: 1,
    },
    {
      id: 'info-500',
      onlyInFull: true,
      title: 'getAppInfo, 500 apps (of a fake engine)',
      unit: '/s',
      baseline: 'the same with 10 apps',
      mark: { atLeast: 0.9 },
      prepare: () => fake.start(),
      measure: () => fake.oneApp(500, seconds),
      measureBaseline: () => fake.oneApp(10, seconds),
    },
    {
      id: 'all-500',
      onlyInFull: true,
      title: 'getAllAppInfo, 500 apps (of a fake engine)',
      unit: '/s',
      baseline: 'one list call of that engine',
      mark: { atLeast: 10 },
      prepare: () => fake.start(),
      measure: () => fake.allApps(500, seconds),
      measureBaseline: () => fake.listCall(500, seconds),
    },
    ...installRowsOf(world, { ...scale, rounds: seconds > 1 ? 2 : 1 }),
    ...startRowsOf(world, seconds),
    ...processRowsOf(world, seconds),
    {
      id: 'idle',
      onlyInFull: true,
      title: 'idle processor',
      unit: '% of a core',
      baseline: 'mark of 0.7 %',
      mark: { atMost: 1 },
      // What is watched more closely while somebody asks returns to rest after 15 s, and V8 gives memory
      // back for about a minute after work.
      prepare: async () => (await idle(world), await sleep(75_000), undefined),
      measure: () => idlePercent(world.product.pid, 30_000),
      measureBaseline: () => Promise.resolve(0.7),
      rounds: 1,
    },
  ];
}
