import { signUpAdmin, signUpUser, succeeded, type SignedIn } from '../support/factories/users';
import { pollUntil } from '../support/poll-until';
import type { TestApp } from '../support/test-app';
import { WorkerProcess } from './worker-process';

export interface StormPlan {
  readonly tasks: number;
  readonly users: number;
  readonly workers: number;
  readonly killEveryMs: number;
  /** Absent: as long as there is work. */
  readonly maxKills?: number;
  /** Time of a task between claim and finish. */
  readonly taskMs: number;
  /** What else happens, each once, when this share of the tasks has ended. */
  readonly blows: readonly { readonly at: number; readonly what: () => Promise<void> }[];
  readonly deadlineMs: number;
}

export interface StormOutcome {
  readonly seconds: number;
  readonly kills: number;
  /** Tasks that were claimed more than once. */
  readonly retried: number;
  readonly accepted: number;
  readonly tasks: number;
  readonly done: number;
  readonly terminated: number;
  readonly records: number;
  readonly tasksWithoutTheirOneRecord: number;
  /** Users whose used units differ from their tasks. */
  readonly wrongQuotas: number;
  /** Waits of the small users' single tasks, ascending, in milliseconds. */
  readonly smallWaits: readonly number[];
  /** The same for the one large user. */
  readonly largeWaits: readonly number[];
}

/**
 * Computes while workers are killed. One large user submits half of all tasks at once; a fifth of
 * the users are small ones, who submit one task after the other all the while; the rest shares what
 * remains. Refusals while the database is away are retried, as a client would.
 */
export async function runComputeStorm(api: TestApp, plan: StormPlan): Promise<StormOutcome> {
  const admin = await signUpAdmin(api);
  const users: SignedIn[] = [];
  for (let i = 0; i < plan.users; i++) users.push(await signUpUser(api, admin));
  await api.dataSource.query('UPDATE users SET computeQuota = 1000000');
  const [large, ...others] = users;
  const small = others.slice(0, Math.ceil(plan.users / 5));
  const middle = others.slice(small.length);

  const storm = new Workers(api, plan);
  const started = performance.now();
  storm.begin();
  const accepted: string[] = [];
  const submit = async (user: SignedIn, count: number): Promise<void> => {
    for (let left = count; left > 0; left -= 500) {
      const items = Array.from({ length: Math.min(left, 500) }, (_, i) => ({
        pid: String(i),
        ctdna: 100 + (i % 200),
        cpg: i % 6,
      }));
      accepted.push(...(await accept(user, items)));
    }
  };
  const singles = 40;
  const share = Math.floor((plan.tasks / 2 - small.length * singles) / middle.length);
  const rest = plan.tasks - plan.tasks / 2 - small.length * singles - share * middle.length;
  try {
    await Promise.all([
      submit(large!, plan.tasks / 2 + rest),
      ...middle.map((user) => submit(user, share)),
      ...small.map(async (user) => {
        // One after the other, each when the last has ended: what a person at a screen does.
        for (let i = 0; i < singles; i++) {
          const [id] = await accept(user, [{ pid: '1', ctdna: 209, cpg: 5 }]);
          accepted.push(id!);
          await untilEnded(user, id!, plan.deadlineMs);
        }
      }),
      strike(api, plan),
      pollUntil(
        'the end of all tasks',
        async () => accepted.length >= plan.tasks && (await countOpen(api).catch(() => 1)) === 0,
        { deadlineMs: plan.deadlineMs, everyMs: 250 },
      ),
    ]);
  } finally {
    await storm.end();
  }
  const seconds = (performance.now() - started) / 1000;
  return {
    seconds,
    kills: storm.kills,
    accepted: accepted.length,
    ...(await count(api, small, large!)),
  };
}

/** Keeps a number of workers alive and kills one after the other. */
class Workers {
  kills = 0;
  private readonly alive: WorkerProcess[] = [];
  private over = false;
  private killing: Promise<void> = Promise.resolve();

  constructor(
    private readonly api: TestApp,
    private readonly plan: StormPlan,
  ) {}

  begin(): void {
    for (let i = 0; i < this.plan.workers; i++) this.start();
    this.killing = this.killOneAfterTheOther();
  }

  async end(): Promise<void> {
    this.over = true;
    await this.killing;
    await Promise.all(this.alive.map((worker) => worker.kill()));
  }

  private start(): void {
    this.alive.push(
      WorkerProcess.start(
        this.api.environment,
        { CHAOS_TASK_MS: String(this.plan.taskMs) },
        'compute-worker.ts',
      ),
    );
  }

  /**
   * Kills the oldest worker, but never before the work has moved on since the last kill: on a busy
   * machine a new process needs longer to start than the pause between two kills.
   */
  private async killOneAfterTheOther(): Promise<void> {
    let endedBefore = 0;
    const { maxKills = Infinity } = this.plan;
    while (!this.over && this.kills < maxKills) {
      const next = performance.now() + this.plan.killEveryMs;
      while (!this.over && performance.now() < next) await tick();
      const ended = await countEnded(this.api).catch(() => 0);
      const computing = await countComputing(this.api).catch(() => 0);
      const moved = ended - endedBefore >= this.plan.tasks / 40;
      if (this.over || !moved || computing === 0) continue;
      endedBefore = ended;
      const victim = this.alive.shift();
      this.start();
      await victim?.kill();
      this.kills++;
    }
  }
}

async function strike(api: TestApp, plan: StormPlan): Promise<void> {
  for (const blow of plan.blows) {
    await pollUntil(
      `${blow.at * 100} % of the tasks`,
      async () => (await countEnded(api).catch(() => 0)) >= plan.tasks * blow.at,
      { deadlineMs: plan.deadlineMs, everyMs: 100 },
    );
    await blow.what();
  }
}

/** Submits until the answer is a success; only an unavailable database is a reason to try again. */
async function accept(user: SignedIn, items: readonly object[]): Promise<string[]> {
  return pollUntil('an accepted batch', async () => {
    const answer = await user.http.post('/api/v1/compute/addBatch', { items }).catch(() => null);
    if (!answer || answer.status === 503) return null;
    return succeeded(answer).body.data.ids as string[];
  });
}

async function untilEnded(user: SignedIn, id: string, deadlineMs: number): Promise<void> {
  await pollUntil(
    `the end of ${id}`,
    async () => {
      const answer = await user.http.get(`/api/v1/compute/status/${id}`).catch(() => null);
      if (!answer || answer.status === 503) return null;
      return [0, 4].includes(succeeded(answer).body.data.status as number);
    },
    { deadlineMs, everyMs: 100 },
  );
}

async function count(
  api: TestApp,
  small: readonly SignedIn[],
  large: SignedIn,
): Promise<Omit<StormOutcome, 'seconds' | 'kills' | 'accepted'>> {
  const one = async (sql: string): Promise<number> => {
    const [row] = await api.dataSource.query<{ n: string }[]>(sql);
    return Number(row?.n);
  };
  const waits = async (users: readonly SignedIn[]): Promise<number[]> => {
    const rows = await api.dataSource.query<{ ms: string }[]>(
      `SELECT TIMESTAMPDIFF(MICROSECOND, t.createdAt, t.endedAt) DIV 1000 AS ms
       FROM compute_tasks t JOIN users u ON u.id = t.userId WHERE u.uid IN (?) ORDER BY ms`,
      [users.map((user) => user.uid)],
    );
    return rows.map((row) => Number(row.ms));
  };
  return {
    tasks: await one('SELECT COUNT(*) AS n FROM compute_tasks'),
    done: await one('SELECT COUNT(*) AS n FROM compute_tasks WHERE status = 0'),
    terminated: await one('SELECT COUNT(*) AS n FROM compute_tasks WHERE status = 4'),
    retried: await one('SELECT COUNT(*) AS n FROM compute_tasks WHERE attempts > 1'),
    records: await one('SELECT COUNT(*) AS n FROM compute_records'),
    tasksWithoutTheirOneRecord: await one(
      `SELECT COUNT(*) AS n FROM compute_tasks t WHERE
         (SELECT COUNT(*) FROM compute_records r WHERE r.task = t.id) <> (t.status = 0)`,
    ),
    wrongQuotas: await one(
      `SELECT COUNT(*) AS n FROM users u WHERE
         (SELECT COUNT(*) FROM compute_tasks t WHERE t.userId = u.id) <>
         (SELECT COALESCE(SUM(used), 0) FROM compute_quotas q WHERE q.userId = u.id)`,
    ),
    smallWaits: await waits(small),
    largeWaits: await waits([large]),
  };
}

async function scalar(api: TestApp, where: string): Promise<number> {
  const sql = `SELECT COUNT(*) AS n FROM compute_tasks WHERE ${where}`;
  const [row] = await api.dataSource.query<{ n: string }[]>(sql);
  return Number(row?.n);
}
const countOpen = (api: TestApp): Promise<number> => scalar(api, 'status IN (1, 3)');
const countEnded = (api: TestApp): Promise<number> => scalar(api, 'status IN (0, 4)');
const countComputing = (api: TestApp): Promise<number> => scalar(api, 'status = 1');
const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));
