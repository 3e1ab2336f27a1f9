import { hash, verify } from '@node-rs/argon2';
import { pollUntil } from '../../support/poll-until';
import { cpuSecondsOf, type OwnServer } from './processes';
import { credentials, type World } from './world';
import { load, type LoadRequest } from './wrk';

/** A figure, or a rate together with what the server's own process can do in a second of processor time. */
export type Figure = number | Rate;

export interface Rate {
  readonly perSecond: number;
  readonly perCpuSecond: number;
}

export const SAMPLE = { pid: '2333', ctdna: 209, cpg: 5 };

/** Requests a second that a server answers, each answer checked for the text. */
export async function rate(
  server: OwnServer,
  requests: readonly LoadRequest[],
  expect: string,
  seconds: number,
  connections = 32,
): Promise<Rate> {
  const before = cpuSecondsOf(server.pid);
  const { perSecond } = await load({ url: server.url, connections, seconds, requests, expect });
  const cpu = cpuSecondsOf(server.pid) - before;
  return { perSecond, perCpuSecond: (perSecond * seconds) / cpu };
}

/** Loads of the product; `users`: so many in turn. */
export function loadsOf(world: World, seconds: number) {
  const signedIn = (users: number) => world.users.filter(({ token }) => token).slice(0, users);
  return {
    add: (connections: number, users = 32): Promise<Rate> =>
      rate(
        world.product,
        signedIn(users).map(({ token }) => ({
          path: '/api/v1/compute/add',
          method: 'POST' as const,
          token,
          body: SAMPLE,
        })),
        '"code":20000',
        seconds,
        connections,
      ),
    history: (user: number): Promise<Rate> => {
      const { uid, token } = world.users[user]!;
      const path = `/api/v1/history/query/${uid}`;
      return rate(world.product, [{ path, token }], '"pid":', seconds);
    },
    login: (users = world.users.length): Promise<Rate> =>
      rate(
        world.product,
        world.users.slice(0, users).map(({ name }) => ({
          path: '/api/v1/user/login',
          method: 'POST' as const,
          body: credentials(name),
        })),
        '"code":20000',
        seconds,
        8,
      ),
    me: (users: number): Promise<Rate> =>
      rate(
        world.product,
        signedIn(users).map(({ token }) => ({ path: '/api/v1/user/me', token })),
        '"bench',
        seconds,
      ),
    status: async (): Promise<Rate> => {
      const path = `/api/v1/compute/status/${await doneTask(world)}`;
      const { token } = world.admin;
      return rate(world.product, [{ path, token }], '"probability":0.78', seconds);
    },
  };
}

/** The id of a task that is done. */
export async function doneTask(world: World): Promise<string> {
  const { id } = (await world.call('POST', '/api/v1/compute/add', SAMPLE)).data as { id: string };
  await pollUntil('the task to be done', async () => {
    const { data } = await world.call('GET', `/api/v1/compute/status/${id}`);
    return (data as { status: number }).status === 0;
  });
  return id;
}

/** Records of a user, each later than those before; `from`: how many of them there are already. */
export async function addRecords(
  world: World,
  user: number,
  count: number,
  from = 0,
): Promise<undefined> {
  // As an import leaves them: whatever is kept beside the records is brought up to date by its repair.
  await world.db.query(
    `INSERT INTO compute_records (task, userId, pid, ctdna, cpg, hcc, hccInfer, probability,
       extrapolated, modelId, modelChecksum, createdAt)
     SELECT NULL, ?, seq % 5000, 100 + seq % 220, seq % 6, NULL, seq % 2, (seq % 1000) / 1000, 0,
       'hcc-fragment-nb@1.0.0', SHA2('x', 256), '2026-01-01' + INTERVAL seq DIV 3 SECOND
     FROM seq_${from + 1}_to_${from + count}`,
    [world.users[user]!.id],
  );
  await world.db.query('ANALYZE TABLE compute_records');
  return undefined;
}

/** Until no task is unfinished. */
export async function idle(world: World): Promise<undefined> {
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

/** Computations requested one by one at 100 a second: from the request to the result in the database. */
export async function addToDone(
  world: World,
  count: number,
): Promise<{ p50: number; p99: number }> {
  await idle(world);
  const begun = performance.now();
  const pending: Promise<number>[] = [];
  for (let i = 0; i < count; i++) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, begun + i * 10 - performance.now()))); // prettier-ignore
    pending.push(oneToDone(world, world.users[i % 32]!.token));
  }
  const times = (await Promise.all(pending)).sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(count * share)] ?? NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

async function oneToDone(world: World, token: string): Promise<number> {
  const begun = performance.now();
  const { data } = await world.call('POST', '/api/v1/compute/add', SAMPLE, token);
  const { id } = data as { id: string };
  await pollUntil(
    'the task to be done',
    async () => {
      const sql = 'SELECT status FROM compute_tasks WHERE id = ?';
      return (await world.rows<{ status: number }>(sql, [id]))[0]?.status === 0;
    },
    { everyMs: 1 },
  );
  return performance.now() - begun;
}

export async function batches(world: World, count: number): Promise<number> {
  await idle(world);
  const items = Array.from({ length: 1_000 }, (_, i) => ({ pid: String(i), ctdna: 209, cpg: 5 }));
  const begun = performance.now();
  for (let i = 0; i < count; i += 1_000)
    await world.call('POST', '/api/v1/compute/addBatch', { items }, world.users[i % 32]!.token);
  await idle(world);
  return count / ((performance.now() - begun) / 1000);
}

export async function bull(
  world: World,
  count: number,
  perSecond: number,
): Promise<{ perSecond: number; p50: number; p99: number }> {
  const url = `${world.baseline.url}/bull?count=${count}&perSecond=${perSecond}`;
  return (await (await fetch(url)).json()) as { perSecond: number; p50: number; p99: number };
}

/** Verifications a second with the parameters of the product, as many at once as there are threads. */
export async function argon2Rate(seconds: number): Promise<number> {
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

export async function idlePercent(pid: number, ms: number): Promise<number> {
  const before = cpuSecondsOf(pid);
  await new Promise((resolve) => setTimeout(resolve, ms));
  return ((cpuSecondsOf(pid) - before) / ms) * 1e5;
}
