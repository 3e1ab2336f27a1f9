import { AppLab } from '../../support/factories/app-lab';
import { signUpUser, type SignedIn } from '../../support/factories/users';
import { pollUntil } from '../../support/poll-until';

const SERVER = '/api/v1/server/events';
const APP = '/api/v1/apps/quiet';

/** An open stream, or the refusal. */
interface Opened {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly refusal: { readonly code: number; readonly msg: string; readonly data: null } | null;
  close(): void;
}

async function open(user: SignedIn, path: string, language = 'en'): Promise<Opened> {
  const hangUp = new AbortController();
  const answer = await fetch(user.http.url + path, {
    headers: { token: user.accessToken, 'accept-language': language },
    signal: hangUp.signal,
  });
  return {
    status: answer.status,
    retryAfter: answer.headers.get('retry-after'),
    refusal: answer.ok ? null : ((await answer.json()) as Opened['refusal']),
    close: () => hangUp.abort(),
  };
}

describe('the number of open event streams', () => {
  let lab: AppLab;
  const opened: Opened[] = [];
  const hold = async (user: SignedIn, path: string): Promise<Opened> => {
    const stream = await pollUntil('a free slot', async () => {
      const attempt = await open(user, path);
      return attempt.status === 200 ? attempt : null;
    });
    opened.push(stream);
    return stream;
  };

  beforeAll(async () => {
    lab = await AppLab.start({ MAX_STREAMS_PER_USER: '2', MAX_STREAMS: '3' });
    const image = await lab.image();
    await lab.writeApp('quiet', `services: { web: { image: "${image}" } }`);
    await lab.installed('quiet');
  });
  afterEach(() => opened.splice(0).forEach((stream) => stream.close()));
  afterAll(() => lab.close());

  it.each([SERVER, '/api/v1/apps/events', `${APP}/events`, `${APP}/logs?follow=true`])(
    'is limited for one user, counted over all kinds, on %s',
    async (path) => {
      await hold(lab.admin, path);
      await hold(lab.admin, SERVER);
      const refused = await open(lab.admin, path);
      expect([refused.status, refused.refusal?.code, refused.refusal?.data]).toEqual([
        429,
        30000,
        null,
      ]);
      expect(Number(refused.retryAfter)).toBeGreaterThan(0);
      expect(refused.refusal?.msg).toContain('2 event streams');
      expect((await open(lab.admin, path, 'zh')).refusal?.msg).toContain('事件流');
    },
  );

  it('comes down when a stream is closed', async () => {
    const first = await hold(lab.admin, SERVER);
    await hold(lab.admin, SERVER);
    expect((await open(lab.admin, SERVER)).status).toBe(429);
    first.close();
    await hold(lab.admin, SERVER);
  });

  it('is limited for all together, while other users may still open theirs', async () => {
    const user = await signUpUser(lab.server, lab.admin);
    await hold(lab.admin, SERVER);
    await hold(lab.admin, SERVER);
    await hold(user, SERVER);
    const refused = await open(user, SERVER);
    expect([refused.status, refused.refusal?.code]).toEqual([429, 30000]);
    expect(refused.refusal?.msg).toContain('3 event streams');
  });

  it('records a followed log as read only where it was opened', async () => {
    const readings = async (): Promise<number> =>
      (await lab.admin.http.get('/api/v1/user/admin/audit?action=app.logs-read')).body.data.total;
    const before = await readings();
    await hold(lab.admin, `${APP}/logs?follow=true`);
    expect(await readings()).toBe(before + 1);
    await hold(lab.admin, SERVER);
    expect((await open(lab.admin, `${APP}/logs?follow=true`)).status).toBe(429);
    expect(await readings()).toBe(before + 1);
  });

  it('does not count reading a log once', async () => {
    await hold(lab.admin, SERVER);
    await hold(lab.admin, SERVER);
    expect((await lab.admin.http.get(`${APP}/logs`)).status).toBe(200);
  });
});
