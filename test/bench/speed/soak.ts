import { metric } from './metrics';
import { memoryOf } from './processes';
import type { World } from './world';

/** Calls a second: modest, so that the minutes show what is kept and not what is under way. */
const CALLS_PER_SECOND = 60;
const USERS = 32;
const SAMPLE_MS = 2_000;
/** Access tokens end after 15 minutes. */
const SIGN_IN_EVERY_MS = 10 * 60_000;

export interface Soak {
  readonly minutes: number;
  readonly calls: number;
  /** Heap after collections, in MiB: the lowest of each sixth of the time. */
  readonly heapFloors: readonly number[];
  /** Resident memory in MiB at the same times. */
  readonly resident: readonly number[];
}

/** A mix of calls over minutes, with the heap that remains after each collection of garbage. */
export async function soak(world: World, minutes: number): Promise<Soak> {
  const end = performance.now() + minutes * 60_000;
  const heap: number[] = [];
  const resident: number[] = [];
  let calls = 0;
  let failure: unknown;
  let sampledAt = -Infinity;
  let signedInAt = performance.now();
  while (performance.now() < end && failure === undefined) {
    if (performance.now() - signedInAt > SIGN_IN_EVERY_MS) {
      signedInAt = performance.now();
      for (const user of world.users.slice(0, USERS)) await world.signInAgain(user);
    }
    const due = performance.now() + 1000 / CALLS_PER_SECOND;
    call(world, calls++).catch((error: unknown) => (failure = error));
    if (performance.now() - sampledAt > SAMPLE_MS) {
      sampledAt = performance.now();
      heap.push((await metric(world.product, 'nodejs_heap_size_used_bytes')) / 2 ** 20);
      resident.push(memoryOf(world.product.pid).now);
    }
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
  }
  if (failure !== undefined) throw failure as Error;
  return {
    minutes,
    calls,
    heapFloors: sixths(heap).map((part) => Math.min(...part)),
    resident: sixths(resident).map((part) => part.at(-1) ?? 0),
  };
}

function call(world: World, turn: number): Promise<unknown> {
  const { uid, name, token } = world.users[turn % USERS]!;
  const get = (path: string) => world.call('GET', path, undefined, token);
  switch (turn % 6) {
    case 0:
      return get('/api/v1/user/me');
    case 1:
      return get(`/api/v1/history/query/${uid}`);
    case 2:
      return get('/searchServer');
    case 3:
      return turn % 60 === 3 ? world.login(name) : get('/api/v1/user/sessions');
    default: {
      const body = { pid: String(turn % 5_000), ctdna: 209, cpg: 5 };
      return world.call('POST', '/api/v1/compute/add', body, token);
    }
  }
}

function sixths(values: readonly number[]): number[][] {
  const size = Math.ceil(values.length / 6);
  return Array.from({ length: 6 }, (_, i) => values.slice(i * size, (i + 1) * size)).filter(
    (part) => part.length > 0,
  );
}
