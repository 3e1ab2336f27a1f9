import { passwordDigest } from '../../src/auth/passwords/password-digest';
import { useApp } from '../support/app-with-admin';
import { signUpUser, uniqueName, type SignedIn } from '../support/factories/users';

const ROUNDS = 60;
const wrong = passwordDigest('wrong');

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
}

describe('response time of a rejected login', () => {
  const app = useApp({ THROTTLE_LOGIN: '1000000/60' });

  it('is the same for an unknown name, a wrong password and a deregistered account', async () => {
    const { admin } = app;
    const known: SignedIn[] = [];
    const gone: SignedIn[] = [];
    for (let i = 0; i < 15; i++) {
      known.push(await signUpUser(app, admin));
      const user = await signUpUser(app, admin);
      await admin.http.post(`/api/v1/user/admin/modifyStatus/${user.uid}?status=2`);
      gone.push(user);
    }
    const names: Record<string, (i: number) => string> = {
      unknown: () => uniqueName(),
      wrong: (i) => known[i % 15]?.name ?? '',
      gone: (i) => gone[i % 15]?.name ?? '',
    };
    const times: Record<string, number[]> = { unknown: [], wrong: [], gone: [] };
    const kinds = Object.entries(names);
    // In turns, each time another one first, so that what else the machine does meets each kind alike.
    for (let i = 0; i < ROUNDS; i++) {
      const first = i % kinds.length;
      for (const [kind, name] of [...kinds.slice(first), ...kinds.slice(0, first)]) {
        const begun = performance.now();
        const answer = await app.http.post('/api/v1/user/login', {
          user_name: name(i),
          password: wrong,
        });
        times[kind]?.push(performance.now() - begun);
        expect(answer.body.code).toBe(60101);
      }
    }
    const quick = Object.fromEntries(
      Object.entries(times).map(([kind, values]) => [kind, quantile(values, 0.1)]),
    );
    const lines = Object.entries(times).map(([kind, values]) => {
      const [p10, p50, p90] = [0.1, 0.5, 0.9].map((q) => quantile(values, q).toFixed(1));
      return `${kind}: ${p10} / ${p50} / ${p90} ms`;
    });
    process.stderr.write(`refused sign-ins, p10 / p50 / p90: ${lines.join(', ')}\n`);
    // Without the verification an unknown name would answer in a fraction of the time. The quick ones
    // are compared: what else the machine does makes slow ones slower, not quick ones quicker.
    for (const time of Object.values(quick)) {
      expect(time / (quick['wrong'] ?? NaN)).toBeGreaterThan(0.6);
      expect(time / (quick['wrong'] ?? NaN)).toBeLessThan(1.6);
    }
  });
});
