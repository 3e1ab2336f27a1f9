import { hash, verify } from '@node-rs/argon2';
import { pollUntil } from '../../support/poll-until';
import { cpuSecondsOf, memoryOf, type OwnServer } from './processes';
import { credentials, type World } from './world';
import { load, type LoadRequest } from './wrk';

/** A figure, or a rate together with what the server's own process can do in a second of processor time. */
export type Figure = number | { readonly perSecond: number; readonly perCpuSecond: number };

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
  const rate = async (
    server: OwnServer,
    requests: readonly LoadRequest[],
    expect: string,
    connections = 32,
  ): Promise<Figure> => {
    const before = cpuSecondsOf(server.pid);
    const { perSecond } = await load({ url: server.url, connections, seconds, requests, expect });
    const cpu = cpuSecondsOf(server.pid) - before;
    return { perSecond, perCpuSecond: (perSecond * seconds) / cpu };
  };
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
    if (count > scale.apps) return `only without --quick`;
    await world.installApps(count);
    return undefined;
  };
  let task = '';

  const add = (connections: number): Promise<Figure> =>
    rate(
      world.product,
      world.users.slice(0, 32).map(({ token }) => ({
        path: '/api/v1/compute/add',
        method: 'POST' as const,
        token,
        body: { pid: '2333', ctdna: 209, cpg: 5 },
      })),
      '"code":20000',
      connections,
    );
  const insert = (connections: number): Promise<Figure> =>
    rate(
      world.baseline,
      [{ path: '/insert', method: 'POST', body: { pid: '2333', ctdna: 209, cpg: 5 } }],
      '"ok":true',
      connections,
    );
  const history = (user: number): Promise<Figure> => {
    const { uid, token } = world.users[user]!;
    return rate(world.product, [{ path: `/api/v1/history/query/${uid}`, token }], '"pid":');
  };

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
      title: 'the same',
      unit: '/s',
      baseline: 'bare Fastify route',
      mark: { atLeast: 0.4 },
      measure: () => ours('/searchServer', '"code":"1"'),
      measureBaseline: () => bare('/bare'),
    },
    {
      id: 'authenticated-logged',
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
        const body = { pid: '2333', ctdna: 209, cpg: 5 };
        task = (await world.call('POST', '/api/v1/compute/add', body)).data.id as string;
        await pollUntil('the task to be done', async () => {
          const { data } = await world.call('GET', `/api/v1/compute/status/${task}`);
          return data.status === 0;
        });
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
    ...(['p50', 'p99'] as const).map((percentile): Row => ({
      id: `add-to-done-${percentile}`,
      title: `add to done at 100/s, ${percentile}`,
      unit: 'ms',
      baseline: 'Bull alone',
      mark: { atMost: 4 },
      prepare: () => idle(world),
      measure: async () => (await addToDone(world, 300))[percentile],
      measureBaseline: async () => (await bull(world, 300, 100))[percentile],
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
      measure: () =>
        rate(
          world.product,
          world.users.map(({ name }) => ({
            path: '/api/v1/user/login',
            method: 'POST' as const,
            body: credentials(name),
          })),
          '"code":20000',
          8,
        ),
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
      id: 'ready',
      title: 'start to ready',
      unit: 'ms',
      baseline: 'bare Fastify, mysql2 and Bull',
      mark: { atMost: 4 },
      measure: () => Promise.resolve(world.product.readyMs),
      measureBaseline: () => Promise.resolve(world.baseline.readyMs),
      rounds: 1,
    },
    {
      id: 'memory',
      title: 'memory at its highest, after all this',
      unit: 'MiB',
      baseline: 'the bare servers of this bench',
      mark: { atMost: 3 },
      measure: () => Promise.resolve(memoryOf(world.product.pid).peak),
      measureBaseline: () => Promise.resolve(memoryOf(world.baseline.pid).peak),
      rounds: 1,
    },
    {
      id: 'idle',
      title: 'idle processor',
      unit: '% of a core',
      baseline: 'mark of 0.7 %',
      mark: { atMost: 1 },
      prepare: async () => (await idle(world), undefined),
      measure: () => idlePercent(world.product.pid, scale.seconds >= 3 ? 20_000 : 8_000),
      measureBaseline: () => Promise.resolve(0.7),
      rounds: 1,
    },
  ];
}

async function addRecords(world: World, user: number, count: number): Promise<undefined> {
  // As an import leaves them: whatever is kept beside the records is brought up to date by its repair.
  await world.db.query(
    `INSERT INTO compute_records (task, userId, pid, ctdna, cpg, hcc, hccInfer, probability,
       extrapolated, modelId, modelChecksum, createdAt)
     SELECT NULL, ?, seq % 5000, 100 + seq % 220, seq % 6, NULL, seq % 2, (seq % 1000) / 1000, 0,
       'hcc-fragment-nb@1.0.0', SHA2('x', 256), '2026-01-01' + INTERVAL seq DIV 3 SECOND
     FROM seq_1_to_${count}`,
    [world.users[user]!.id],
  );
  await world.db.query('ANALYZE TABLE compute_records');
  return undefined;
}

/** Until no task is unfinished. */
async function idle(world: World): Promise<undefined> {
  await pollUntil(
    'all tasks to be done',
    async () => {
      const [row] = await world.rows<{ open: number }>(
        'SELECT COUNT(*) AS open FROM compute_tasks WHERE status IN (1, 3)',
      );
      return row?.open === 0;
    },
    { deadlineMs: 300_000, everyMs: 100 },
  );
  return undefined;
}

/** Computations requested one by one at 100 a second: from their commit to their result. */
async function addToDone(world: World, count: number): Promise<{ p50: number; p99: number }> {
  await idle(world);
  const [last] = await world.rows<{ seq: number }>('SELECT MAX(seq) AS seq FROM compute_tasks');
  const begun = performance.now();
  const pending: Promise<unknown>[] = [];
  for (let i = 0; i < count; i++) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, begun + i * 10 - performance.now()))); // prettier-ignore
    const body = { pid: '1', ctdna: 209, cpg: 5 };
    pending.push(world.call('POST', '/api/v1/compute/add', body, world.users[i % 32]!.token));
  }
  await Promise.all(pending);
  await idle(world);
  const rows = await world.rows<{ ms: string }>(
    `SELECT TIMESTAMPDIFF(MICROSECOND, createdAt, endedAt) / 1000 AS ms FROM compute_tasks
     WHERE seq > ? AND status = 0 ORDER BY 1`,
    [last?.seq ?? 0],
  );
  if (rows.length !== count) throw new Error(`${rows.length} of ${count} tasks were done`);
  const at = (share: number): number => Math.max(0.5, Number(rows[Math.floor(count * share)]?.ms));
  return { p50: at(0.5), p99: at(0.99) };
}

async function batches(world: World, count: number): Promise<number> {
  await idle(world);
  const items = Array.from({ length: 1_000 }, (_, i) => ({ pid: String(i), ctdna: 209, cpg: 5 }));
  const begun = performance.now();
  for (let i = 0; i < count; i += 1_000)
    await world.call('POST', '/api/v1/compute/addBatch', { items }, world.users[i % 32]!.token);
  await idle(world);
  return count / ((performance.now() - begun) / 1000);
}

async function bull(
  world: World,
  count: number,
  perSecond: number,
): Promise<{ perSecond: number; p50: number; p99: number }> {
  const url = `${world.baseline.url}/bull?count=${count}&perSecond=${perSecond}`;
  return (await (await fetch(url)).json()) as { perSecond: number; p50: number; p99: number };
}

/** Verifications a second with the parameters of the product, as many at once as there are threads. */
async function argon2Rate(seconds: number): Promise<number> {
  const options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
  const stored = await hash('bench', options);
  const end = performance.now() + seconds * 1000;
  let count = 0;
  const lane = async (): Promise<void> => {
    for (; performance.now() < end; count++)
      if (!(await verify(stored, 'bench'))) throw new Error();
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: 8 }, lane));
  return count / ((performance.now() - begun) / 1000);
}

async function idlePercent(pid: number, ms: number): Promise<number> {
  const before = cpuSecondsOf(pid);
  await new Promise((resolve) => setTimeout(resolve, ms));
  return ((cpuSecondsOf(pid) - before) / ms) * 1e5;
}
