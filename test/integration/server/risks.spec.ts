import { randomBytes } from 'node:crypto';
import Docker from 'dockerode';
import { startAppWithAdmin, type AppWithAdmin } from '../../support/app-with-admin';
import { signUpUser } from '../../support/factories/users';
import { pollUntil } from '../../support/poll-until';
import { buildStandIn, removeStandIn } from '../../support/stand-in-image';

interface FoundRisk {
  id: string;
  code: string;
  subject: string;
  evidence: string;
  acknowledged: unknown;
}

const docker = new Docker();
const unique = `risk-${randomBytes(4).toString('hex')}`;
const image = `${unique}:1`;
describe('risks', () => {
  let sut: AppWithAdmin;

  beforeAll(async () => {
    await buildStandIn(image);
    sut = await startAppWithAdmin();
  });

  afterAll(async () => {
    await docker.getContainer(unique).remove({ force: true });
    await removeStandIn(image);
    await sut.close();
  });

  const scan = async (): Promise<FoundRisk[]> => {
    const answer = await sut.admin.http
      .with({ 'accept-language': 'en' })
      .post('/api/v1/server/risks/scan');
    expect(answer.status).toBe(200);
    // Other tests share the engine.
    return (answer.body.data as FoundRisk[]).filter(({ subject }) => subject === unique);
  };
  it('can be acknowledged with a reason until an end, and counts again after it', async () => {
    // As root, with a limit and a fixed tag: one thing to complain of.
    const container = await docker.createContainer({
      name: unique,
      Image: image,
      HostConfig: { Memory: 64 * 1024 * 1024, NetworkMode: 'none' },
    });
    await container.start();
    const [found] = await scan();
    const path = `/api/v1/server/risks/${found?.id}/acknowledge`;
    const isOpen = async (): Promise<boolean> => {
      const { risks } = (await sut.admin.http.get('/searchServer')).body.data as {
        risks: FoundRisk[];
      };
      return risks.some(({ id }) => id === found?.id);
    };
    expect(await isOpen()).toBe(true);

    const past = new Date(Date.now() - 1000).toISOString();
    for (const until of [past, 1_924_905_600_000, '2027-02-30T00:00:00Z', '2027-01-01 00:00:00']) {
      const refused = await sut.admin.http.post(path, { reason: 'x', until });
      expect([until, refused.body.code]).toEqual([until, 30001]);
      expect(refused.body.details[0].field).toBe('until');
    }
    expect((await sut.admin.http.post(path, {})).body.code).toBe(30001);
    expect(
      (await sut.admin.http.post(path.replace(/[0-9a-f]{32}/, '0'.repeat(32)), { reason: 'x' }))
        .status,
    ).toBe(404);

    const until = new Date(Date.now() + 3_000).toISOString();
    expect((await sut.admin.http.post(path, { reason: 'a test', until })).status).toBe(200);
    expect(await isOpen()).toBe(false);
    expect((await scan())[0]?.acknowledged).toMatchObject({
      by: sut.admin.name,
      reason: 'a test',
      until,
    });
    await pollUntil('the acknowledgement to end', isOpen);

    expect((await sut.admin.http.post(path, { reason: 'for good' })).status).toBe(200);
    expect(await isOpen()).toBe(false);
    expect((await sut.admin.http.delete(path)).status).toBe(200);
    expect(await isOpen()).toBe(true);
    expect((await sut.admin.http.delete(path)).status).toBe(404);
  });

  it('shows users only the number of risks', async () => {
    const user = await signUpUser(sut, sut.admin);
    const state = (await user.http.get('/searchServer')).body.data;
    expect(Number(state.risk)).toBeGreaterThan(0);
    expect(state.risks).toEqual([]);
    expect((await user.http.get('/api/v1/server/risks')).status).toBe(403);
    expect((await user.http.post('/api/v1/server/risks/scan')).status).toBe(403);
    const shown = (await sut.admin.http.get('/searchServer')).body.data;
    expect(shown.risks).toHaveLength(Number(shown.risk));
  });
});
