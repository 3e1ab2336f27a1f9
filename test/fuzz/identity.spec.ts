import fc, { type Arbitrary } from 'fast-check';
import { addFigures } from '../../scripts/readme/suite-figures';
import { useApp } from '../support/app-with-admin';
import { IdentityDriver } from './identity-driver';
import { EMPTY, interleavings, observe, step, type Model, type Operation } from './identity-model';
import { RUNS, SEED } from './settings';

jest.setTimeout(300_000 + RUNS * 20_000);

const user = fc.constantFrom('u0' as const, 'u1' as const, 'u2' as const);
const code = fc.constantFrom('c0' as const, 'c1' as const);
const session = fc.constantFrom('s0', 's1', 's2');
const password = fc.constantFrom('p0' as const, 'p1' as const);
const address = fc.constantFrom('a0' as const, 'a1' as const);

/** Calls that a parallel branch makes; it leaves the names of the common beginning as they are. */
const branchCall: Arbitrary<Operation> = fc.oneof(
  fc.record({ op: fc.constant('revoke' as const), code }),
  fc.record({ op: fc.constant('register' as const), user, code }),
  fc.record({
    op: fc.constantFrom('me' as const, 'list' as const, 'refresh' as const, 'logout' as const),
    session,
  }),
  fc.record({ op: fc.constant('password' as const), session, old: password, next: password }),
  fc.record({ op: fc.constant('reset' as const), user, next: password }),
  fc.record({
    op: fc.constant('status' as const),
    user,
    status: fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const),
  }),
  fc.record({
    op: fc.constant('role' as const),
    user,
    role: fc.constantFrom(0 as const, 1 as const),
  }),
  fc.record({ op: fc.constant('ban' as const), address }),
);
const login = fc.record({
  op: fc.constant('login' as const),
  user,
  password: fc.oneof({ weight: 3, arbitrary: fc.constant('p0' as const) }, password),
  from: address,
  as: session,
});
const call: Arbitrary<Operation> = fc.oneof(
  { weight: 8, arbitrary: branchCall },
  { weight: 4, arbitrary: login },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('issue' as const),
      as: code,
      maxUses: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('lift' as const), address }) },
);

/** Two codes, two users and a session each, so that the random calls have something to act on. */
const BEGINNING: readonly Operation[] = [
  { op: 'issue', as: 'c0', maxUses: 3 },
  { op: 'issue', as: 'c1', maxUses: 1 },
  { op: 'register', user: 'u0', code: 'c0' },
  { op: 'register', user: 'u1', code: 'c0' },
  { op: 'login', user: 'u0', password: 'p0', from: 'a0', as: 's0' },
  { op: 'login', user: 'u1', password: 'p0', from: 'a1', as: 's1' },
];

async function runAll(driver: IdentityDriver, calls: readonly Operation[]): Promise<string[]> {
  const outcomes: string[] = [];
  for (const each of calls) outcomes.push(await driver.run(each));
  return outcomes;
}

function specified(
  model: Model,
  calls: readonly Operation[],
): { model: Model; outcomes: string[] } {
  const outcomes: string[] = [];
  let now = model;
  for (const each of calls) {
    const [next, outcome] = step(now, each);
    outcomes.push(outcome);
    now = next;
  }
  return { model: now, outcomes };
}

describe('users, codes, bans, sessions and refreshes against their model', () => {
  const app = useApp({ TRUSTED_PROXIES: '127.0.0.1' });
  let calls = 0;
  let failures = 0;
  const holds = async (property: Parameters<typeof fc.assert>[0], runs: number): Promise<void> => {
    failures++;
    await fc.assert(property, { seed: SEED, numRuns: runs });
    failures--;
  };
  beforeAll(() => void process.stderr.write(`model: seed ${SEED}, ${RUNS} runs\n`));
  afterAll(() => {
    process.stderr.write(`model: ${calls} calls checked\n`);
    addFigures('fuzz', (before) => ({
      modelCalls: before.modelCalls + calls,
      failures: before.failures + failures,
    }));
  });

  it('answers any sequence of calls as the model does', async () => {
    await holds(
      fc.asyncProperty(fc.array(call, { maxLength: 25 }), async (random) => {
        const all = [...BEGINNING, ...random];
        const driver = new IdentityDriver(app);
        const { model, outcomes } = specified(EMPTY, all);
        expect(await runAll(driver, all)).toEqual(outcomes);
        expect(await driver.observe()).toEqual(observe(model));
        calls += all.length;
      }),
      RUNS,
    );
  });

  it('answers parallel calls as the model does in some order', async () => {
    const branch = (name: string) =>
      fc
        .array(fc.oneof({ weight: 4, arbitrary: branchCall }, login), {
          minLength: 1,
          maxLength: 4,
        })
        .map((list): Operation[] =>
          list.map((each, i) => (each.op === 'login' ? { ...each, as: `${name}${i}` } : each)),
        );
    const beginning = fc.array(call, { maxLength: 6 });
    await holds(
      fc.asyncProperty(beginning, branch('left'), branch('right'), async (more, left, right) => {
        const driver = new IdentityDriver(app);
        const first = [...BEGINNING, ...more];
        const start = specified(EMPTY, first);
        expect(await runAll(driver, first)).toEqual(start.outcomes);
        const [leftSeen, rightSeen] = await Promise.all([
          runAll(driver, left),
          runAll(driver, right),
        ]);
        const finally_ = await driver.observe();
        calls += first.length + left.length + right.length;

        const outcomeOf = new Map<Operation, string>();
        left.forEach((each, i) => outcomeOf.set(each, leftSeen[i] ?? ''));
        right.forEach((each, i) => outcomeOf.set(each, rightSeen[i] ?? ''));
        for (const order of interleavings(left, right)) {
          const { model, outcomes } = specified(start.model, order);
          const fits = order.every((each, i) => outcomeOf.get(each) === outcomes[i]);
          if (fits && JSON.stringify(sorted(observe(model))) === JSON.stringify(sorted(finally_)))
            return;
        }
        throw new Error(
          `no order of the calls explains ${JSON.stringify({ leftSeen, rightSeen, finally_ })}`,
        );
      }),
      RUNS * 2,
    );
  });
});

const sorted = (record: Record<string, string>): [string, string][] =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
