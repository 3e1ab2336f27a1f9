import { useApp } from '../../support/app-with-admin';
import { readEvents, type ReadEvent } from '../../support/event-reader';
import { submit, untilEnded, userIdOf } from '../../support/factories/compute';
import { signUpUser, succeeded, type SignedIn } from '../../support/factories/users';

const OWN = '/api/v1/compute/events';
const isFinished = (events: readonly ReadEvent[]): boolean =>
  events.at(-1)?.event === 'batch' && events.at(-1)?.data['finished'] === true;

describe('event streams of tasks', () => {
  const app = useApp();
  let user: SignedIn;
  beforeAll(async () => {
    user = await signUpUser(app, app.admin);
  });

  const addBatch = async (
    count: number,
    owner = user,
  ): Promise<{ ids: string[]; batch: string }> => {
    const items = Array.from({ length: count }, (_, i) => ({ pid: i + 1, ctdna: 209, cpg: 5 }));
    return succeeded(await owner.http.post('/api/v1/compute/addBatch', { items })).body.data;
  };
  const endsOf = (events: readonly ReadEvent[]): unknown[] =>
    events
      .filter(({ event, data }) => event === 'task' && data['status'] === 0)
      .map(({ data }) => data['id']);

  it('tell of every task of a batch, with its result, whenever the reader comes', async () => {
    const { ids, batch } = await addBatch(250);
    const url = `${app.url}/api/v1/compute/batches/${batch}/events`;
    for (let reading = 0; reading < 2; reading++) {
      const events = await readEvents(url, user.accessToken, { until: isFinished });
      expect(endsOf(events).sort()).toEqual([...ids].sort());
      expect(events.filter(({ data }) => data['status'] === 3)).toHaveLength(250);
      expect(events.at(-1)?.data).toMatchObject({ total: 250, done: 250, finished: true });
      const done = events.find(({ data }) => data['id'] === ids[7] && data['status'] === 0);
      expect(done?.data).toMatchObject({ batch, result: { pid: 8, task: ids[7] } });
    }
  });

  it('go on after any event: nothing is missing and nothing comes twice', async () => {
    const { batch } = await addBatch(120);
    const url = `${app.url}/api/v1/compute/batches/${batch}/events`;
    const tasks = (events: readonly ReadEvent[]): ReadEvent[] =>
      events.filter((e) => e.event === 'task');
    const all = tasks(await readEvents(url, user.accessToken, { until: isFinished }));
    for (const index of [0, 57, 119, 120, 200, 238]) {
      const lastEventId = all[index]?.id ?? '';
      const rest = await readEvents(url, user.accessToken, { until: isFinished, lastEventId });
      expect(tasks(rest)).toEqual(all.slice(index + 1));
    }
  });

  it('tell a user of the own tasks only, as they come', async () => {
    const [reader, other] = [await signUpUser(app, app.admin), await signUpUser(app, app.admin)];
    const reading = readEvents(`${app.url}${OWN}`, reader.accessToken, {
      until: (events) => endsOf(events).length === 2,
      lastEventId: '0',
    });
    await untilEnded(other, await submit(other));
    const ids = [await submit(reader), await submit(reader)];
    const events = await reading;
    expect(new Set(events.map(({ data }) => data['id']))).toEqual(new Set(ids));
  });

  it('are refused for another user’s batch and an unknown one', async () => {
    const { batch } = await addBatch(1);
    const other = await signUpUser(app, app.admin);
    const path = `/api/v1/compute/batches/${batch}/events`;
    expect((await other.http.get(path)).body.code).toBe(40300);
    expect((await user.http.get(path.replace(batch, '0'.repeat(32)))).status).toBe(404);
  });

  it('tell of a cancelled task', async () => {
    const owner = await signUpUser(app, app.admin);
    const { ids, batch } = await addBatch(1_000, owner);
    const canceled = ids.at(-1);
    await owner.http.post(`/api/v1/compute/cancel/${canceled}`);
    const url = `${app.url}/api/v1/compute/batches/${batch}/events`;
    const events = await readEvents(url, owner.accessToken, { until: isFinished });
    const { body } = await owner.http.get(`/api/v1/compute/status/${canceled}`);
    const last = events.filter(({ data }) => data['id'] === canceled).at(-1);
    expect(last?.data).toMatchObject({ status: body.data.status, failure: body.data.failure });
  });

  it('wait for an event that is written before a later one and committed after it', async () => {
    const reader = await signUpUser(app, app.admin);
    const userId = await userIdOf(app, reader);
    const insert = `INSERT INTO compute_task_events (userId, status, tasks, createdAt)
      VALUES (?, 3, ?, UTC_TIMESTAMP(3))`;
    const reading = readEvents(`${app.url}${OWN}`, reader.accessToken, {
      until: (events) => events.length === 3,
      lastEventId: '0',
    });
    const slow = app.dataSource.createQueryRunner();
    try {
      await app.dataSource.query(insert, [userId, '0'.repeat(32)]);
      await slow.startTransaction();
      await slow.query(insert, [userId, '1'.repeat(32)]);
      await app.dataSource.query(insert, [userId, '2'.repeat(32)]);
      // The feed has looked at least once when it answers another reader of its own.
      await readEvents(`${app.url}${OWN}`, reader.accessToken, {
        until: (events) => events.length === 1,
        lastEventId: '0',
      });
      await slow.commitTransaction();
    } finally {
      await slow.release();
    }
    expect((await reading).map(({ data }) => String(data['id'])[0])).toEqual(['0', '1', '2']);
  });
});
