import { generateDocument } from '../../../scripts/openapi/generate-document';
import { passwordDigest } from '../../../src/auth/passwords/password-digest';
import { ApiProcess } from '../../support/api-process';
import { AppLab } from '../../support/factories/app-lab';
import { signIn, signUpUser, succeeded, type SignedIn } from '../../support/factories/users';
import { OpenApiValidator } from '../../support/openapi-validator';
import { OpenStream } from '../../support/open-stream';
import { pollUntil } from '../../support/poll-until';

const PATHS = [
  '/api/v1/server/events',
  '/api/v1/apps/events',
  '/api/v1/apps/quiet/events',
  '/api/v1/apps/quiet/logs?follow=true',
];

describe('an open stream', () => {
  let lab: AppLab;
  let other: ApiProcess;
  let document: OpenApiValidator;
  const latenesses: number[] = [];
  beforeAll(async () => {
    lab = await AppLab.start();
    other = await ApiProcess.start(lab.installation.environment);
    document = new OpenApiValidator(
      JSON.parse(await generateDocument()) as Record<string, unknown>,
    );
    const image = await lab.image({ listen: [8080] });
    await lab.writeApp('quiet', `services:\n  web: { image: "${image}", ports: ["9001:8080"] }\n`);
    await lab.installed('quiet');
  });
  afterAll(async () => {
    latenesses.sort((a, b) => a - b);
    const worst = latenesses.at(-1) ?? 0;
    process.stderr.write(
      `${latenesses.length} streams on two processes ended at the latest ${worst.toFixed(0)} ms after the answer\n`,
    );
    await other.kill('SIGTERM');
    await lab.uninstall('quiet');
    await lab.close();
  });

  /** Every kind of stream on both processes. */
  const openAll = ({ accessToken }: SignedIn): Promise<OpenStream[]> =>
    Promise.all(
      [lab.server.url, other.http.url].flatMap((url) =>
        PATHS.map((path) => OpenStream.open(url + path, accessToken)),
      ),
    );
  const allEnded = async (streams: readonly OpenStream[], since: number): Promise<unknown[]> => {
    await pollUntil('all streams to end', () => streams.every((one) => one.endedAt !== null));
    latenesses.push(...streams.map((one) => (one.endedAt ?? 0) - since));
    const problems = streams.flatMap(({ url, last }) =>
      document.problemsOfEvent(new URL(url).pathname, last?.event ?? 'no event', last?.data),
    );
    expect(problems).toEqual([]);
    return streams.map(({ last }) => [last?.event, last?.data['reason'], last?.data['code']]);
  };
  const administer = (path: string): Promise<unknown> =>
    lab.admin.http.post(`/api/v1/user/${path}`).then(succeeded);

  type Loss = [string, (user: SignedIn) => Promise<unknown>, string, number];
  const losses: Loss[] = [
    ['a ban', ({ uid }) => administer(`admin/modifyStatus/${uid}?status=1`), 'banned', 60102],
    [
      'deregistration',
      ({ uid }) => administer(`admin/modifyStatus/${uid}?status=2`),
      'deregistered',
      40002,
    ],
    ['a logout', ({ http }) => http.post('/api/v1/user/logout').then(succeeded), 'logout', 40002],
    [
      'a change of the own password elsewhere',
      async (user) => {
        const elsewhere = await signIn(lab.server, user);
        const passwords = { old_password: user.password, new_password: passwordDigest('new') };
        succeeded(await elsewhere.http.post(`/api/v1/user/modifyPassword/${user.uid}`, passwords));
      },
      'password-changed',
      40002,
    ],
    [
      'a reset of the password by an administrator',
      async ({ uid }) => {
        const password = { new_password: passwordDigest('new') };
        succeeded(await lab.admin.http.post(`/api/v1/user/modifyPassword/${uid}`, password));
      },
      'password-changed',
      40002,
    ],
    [
      'removal of the session',
      async (user) => {
        const elsewhere = await signIn(lab.server, user);
        const { body } = await elsewhere.http.get('/api/v1/user/sessions');
        const session = body.data.find((entry: { current: boolean }) => !entry.current);
        succeeded(await elsewhere.http.delete(`/api/v1/user/sessions/${session.sid}`));
      },
      'removed',
      40002,
    ],
    [
      'another role',
      ({ uid }) => administer(`admin/modifyRole/${uid}?role=1`),
      'account-changed',
      40300,
    ],
    [
      'a ban from computing',
      ({ uid }) => administer(`admin/modifyStatus/${uid}?status=3`),
      'account-changed',
      40300,
    ],
  ];

  it.each(losses)('ends on every process on %s and says why', async (_what, lose, reason, code) => {
    const user = await signUpUser(lab.server, lab.admin);
    const witness = await openAll(await signUpUser(lab.server, lab.admin));
    const streams = await openAll(user);
    await lose(user);
    const ended = await allEnded(streams, performance.now());
    expect(ended).toEqual(streams.map(() => ['end', reason, code]));
    // Those of others go on.
    expect(witness.map((one) => one.endedAt)).toEqual(witness.map(() => null));
    for (const one of witness) one.close();
  });

  it('ends with its access token', async () => {
    const issuer = await lab.startSecondServer({ ACCESS_TOKEN_SECONDS: '8' });
    const user = await signIn(issuer, await signUpUser(lab.server, lab.admin));
    await issuer.close();
    const streams = await openAll(user);
    const { exp } = JSON.parse(
      Buffer.from(user.accessToken.split('.')[1] ?? '', 'base64url').toString(),
    ) as { exp: number };
    const expires = performance.now() + exp * 1000 - Date.now();
    const ended = await allEnded(streams, expires);
    expect(ended).toEqual(streams.map(() => ['end', 'token-expired', 40001]));
  });

  it('of the session that changes the password goes on', async () => {
    const user = await signUpUser(lab.server, lab.admin);
    const streams = await openAll(user);
    const passwords = { old_password: user.password, new_password: passwordDigest('new') };
    succeeded(await user.http.post(`/api/v1/user/modifyPassword/${user.uid}`, passwords));
    succeeded(await user.http.post('/api/v1/user/logout'));
    const ended = await allEnded(streams, performance.now());
    expect(ended).toEqual(streams.map(() => ['end', 'logout', 40002]));
  });

  it('of an administrator ends with the role, so that no log goes on unmasked', async () => {
    const user = await signUpUser(lab.server, lab.admin);
    await administer(`admin/modifyRole/${user.uid}?role=1`);
    const streams = await openAll(user);
    await administer(`admin/modifyRole/${user.uid}?role=0`);
    const ended = await allEnded(streams, performance.now());
    expect(ended).toEqual(streams.map(() => ['end', 'account-changed', 40300]));
  });
});
