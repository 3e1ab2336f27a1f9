import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppLab } from '../../../support/factories/app-lab';
import { LOCKED_LOGIN, LockedRegistry } from '../../../support/factories/refusing-registry';
import { publishStandIn } from '../../../support/stand-in-image';

describe('images of a registry that wants a login', () => {
  let folder: string;
  let locked: LockedRegistry;
  let lab: AppLab;
  let image: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'logins-'));
    locked = await LockedRegistry.start({ hasLogin: true });
    lab = await AppLab.start({ REGISTRY_AUTH_FILE: join(folder, 'config.json') });
    const target = { address: locked.address, ...LOCKED_LOGIN };
    image = lab.track(
      await publishStandIn(`own-${randomBytes(5).toString('hex')}:1`, { listen: [8080] }, target),
    );
  });
  afterAll(async () => {
    await lab?.close();
    await locked?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const keep = (text: string): Promise<void> => writeFile(join(folder, 'config.json'), text);
  async function logIn(password: string): Promise<void> {
    const auth = Buffer.from(`${LOCKED_LOGIN.username}:${password}`).toString('base64');
    await keep(JSON.stringify({ auths: { [`http://${locked.address}`]: { auth } } }));
  }
  const plan = async (app: string) =>
    (await lab.admin.http.with({ 'accept-language': 'en' }).get(`/api/v1/apps/${app}/plan`)).body;

  it('are planned, pulled and built upon with the login in the file, as it is at that time', async () => {
    await lab.writeApp('own', `services:\n  web: { image: "${image}", ports: ["9001:8080"] }\n`);
    await logIn('wrong-word');
    expect(JSON.stringify(await plan('own'))).toContain(
      `Images that their registry refuses: ${image}`,
    );
    await lab.install('own');
    expect(await lab.ended('own')).toMatchObject({
      phase: 'failed',
      info: expect.stringContaining('needs a login that is not stored'),
    });

    await logIn(LOCKED_LOGIN.password);
    const planned = (await plan('own')).data;
    expect(planned.images).toEqual([
      { reference: image, action: 'pull', size: expect.any(Number) },
    ]);
    await lab.installed('own');
    expect((await lab.uninstall('own')).status).toBe(200);
    await lab.engine.getImage(image).remove({ force: true });

    await lab.writeApp(
      'upon',
      'services:\n  web: { build: ., ports: ["9001:8080"] }\n',
      { Dockerfile: `FROM ${image}\nENV ADDED=1\n` }, // prettier-ignore
    );
    await lab.installed('upon');
    expect((await lab.uninstall('upon')).status).toBe(200);
  });

  it('are pulled with the login that is stored, which goes before the file and is shown by nobody', async () => {
    await lab.engine.getImage(image).remove({ force: true });
    await lab.writeApp('kept', `services:\n  web: { image: "${image}", ports: ["9001:8080"] }\n`);
    await logIn('wrong-word');
    const path = `/api/v1/registries/${encodeURIComponent(locked.address)}`;
    const { username, password } = LOCKED_LOGIN;
    const http = lab.admin.http.with({ 'accept-language': 'en' });
    const refusals = [
      [path, { username, password: 'wrong-word' }, 400, 'does not accept that user and password'],
      ['/api/v1/registries/127.0.0.1%3A1', LOCKED_LOGIN, 503, 'cannot be reached'],
      ['/api/v1/registries/a%20b', LOCKED_LOGIN, 400, 'registry'],
      [path, { username }, 400, 'password'],
    ] as const;
    for (const [where, body, status, words] of refusals) {
      const answer = await http.send('PUT', where, body);
      expect([answer.status, JSON.stringify(answer.body)]).toEqual([status, expect.stringContaining(words)]); // prettier-ignore
      expect(JSON.stringify(answer.body)).not.toContain('wrong-word');
    }
    expect((await http.get('/api/v1/registries')).body.data).toEqual([]);

    const kept = (await http.send('PUT', path, LOCKED_LOGIN)).body.data;
    expect(kept).toEqual({ registry: locked.address, username, updatedAt: expect.any(Number) });
    expect((await http.get('/api/v1/registries')).body.data).toEqual([kept]);
    const [row] = await lab.server.dataSource.query('SELECT * FROM registry_logins');
    expect(row.sealedPassword.toString('latin1')).not.toContain(password);
    await lab.installed('kept');
    expect((await lab.uninstall('kept')).status).toBe(200);

    await lab.engine.getImage(image).remove({ force: true });
    expect((await http.delete(path)).status).toBe(200);
    expect((await http.delete(path)).status).toBe(404);
    await lab.install('kept');
    expect((await lab.ended('kept')).info).toContain('needs a login that is not stored');
    const actions = (await http.get('/api/v1/user/admin/audit?limit=50')).body;
    expect(JSON.stringify(actions)).not.toContain(password);
  });

  it.each([
    ['is no JSON', '{"auths": {"x": {"auth": "c2VjcmV0LXdvcmQ="', 'no JSON'],
    ['leaves the login to a helper', '{"auths": {"x.lan": {}}, "credsStore": "pass"}', 'helper'],
  ])('are not pulled with a file that %s: it says so', async (_what, text, reason) => {
    const app = `bad-${randomBytes(3).toString('hex')}`;
    const other = image.replace(/:1$/, ':2');
    await lab.writeApp(app, `services:\n  web: { image: "${other}" }\n`);
    await keep(text);
    const answer = await lab.admin.http.with({ 'accept-language': 'en' }).post('/installApp', { appName: app }); // prettier-ignore
    expect([answer.status, answer.body.error]).toEqual([503, 50000]);
    expect(JSON.stringify(answer.body)).toContain('REGISTRY_AUTH_FILE');
    expect(JSON.stringify(answer.body)).toContain(reason);
    expect(JSON.stringify(answer.body)).not.toContain('c2VjcmV0');
  });
});
