import { FakeEngine } from './fake-apps';
import { addRecords, idle, loadsOf } from './figures';
import type { World } from './world';

/** What grows. */
export type Dimension = 'users' | 'apps' | 'records';

/** One figure at one size. */
export interface GrowthPoint {
  readonly dimension: Dimension;
  readonly size: number;
  readonly figure: string;
  readonly unit: string;
  readonly value: number;
}

/** Records that one statement adds: its undo log stays small. */
const PIECE = 500_000;
/** No more records are added after this time, however many are missing. */
const MAX_FILL_MS = 45 * 60_000;

/** The figures at each number of users, of apps (on a fake engine), and of records of one user. */
export async function* measureGrowth(
  world: World,
  sizes: Readonly<Record<Dimension, readonly number[]>>,
  seconds: number,
): AsyncGenerator<GrowthPoint> {
  const figures = loadsOf(world, seconds);
  const record = world.users[1]!;
  for (const size of sizes.users) {
    await world.addUsers(size);
    for (const user of world.users.slice(0, size)) await world.signIn(user);
    await idle(world);
    const point = (figure: string, value: number): GrowthPoint => ({ dimension: 'users', size, figure, unit: '/s', value }); // prettier-ignore
    yield point('login', (await figures.login(size)).perSecond);
    yield point('compute/add', (await figures.add(32, size)).perSecond);
    yield point('user/me', (await figures.me(size)).perSecond);
  }
  const fake = new FakeEngine(world);
  const missing = sizes.apps.length > 0 ? await fake.start() : undefined;
  if (missing) console.log(`\napps: ${missing}`);
  for (const [i, size] of (missing ? [] : sizes.apps).entries()) {
    if (i === 0) {
      // Unmeasured: code that was never run is many times slower.
      await fake.oneApp(size, seconds);
      await fake.allApps(size, seconds);
    }
    const point = (figure: string, value: number): GrowthPoint => ({ dimension: 'apps', size, figure, unit: '/s', value }); // prettier-ignore
    yield point('getAppInfo', (await fake.oneApp(size, seconds)).perSecond);
    yield point('getAllAppInfo', (await fake.allApps(size, seconds)).perSecond);
  }
  const begun = Date.now();
  let filled = 0;
  for (const size of sizes.records) {
    for (; filled < size && Date.now() - begun < MAX_FILL_MS;) {
      const piece = Math.min(PIECE, size - filled);
      await addRecords(world, 1, piece, filled);
      filled += piece;
    }
    if (filled < size) {
      console.log(`\n${size} records were not reached within ${MAX_FILL_MS / 60_000} minutes`);
      return;
    }
    await idle(world);
    const point = (figure: string, unit: string, value: number): GrowthPoint => ({ dimension: 'records', size, figure, unit, value }); // prettier-ignore
    const first = performance.now();
    await world.call('GET', `/api/v1/history/query/${record.uid}`, undefined, record.token);
    yield point('first call of history/query', 'ms', performance.now() - first);
    yield point('history/query', '/s', (await figures.history(1)).perSecond);
    yield point('compute/add', '/s', (await figures.add(32)).perSecond);
    yield point('compute/status', '/s', (await figures.status()).perSecond);
  }
}
