import { AppLab, CLEAN, docker } from '../../support/factories/app-lab';
import { signUpUser } from '../../support/factories/users';

describe('the passwords of an app', () => {
  let lab: AppLab;
  beforeAll(async () => {
    lab = await AppLab.start();
  });
  afterAll(() => lab.close());

  it('are generated, shown to administrators only, and audited on every read', async () => {
    const image = await lab.image({ listen: [8080], requiredEnv: ['DB_PASSWORD'] });
    await lab.writeApp(
      'vaultish',
      `services:
  web:
    image: ${image}
    ports: ["\${HTTP_PORT:-9001}:8080"]
    environment: { DB_PASSWORD: "\${DB_PASSWORD:?}" }
`,
      {
        'app.json': JSON.stringify({
          variables: [
            { name: 'DB_PASSWORD', title: { zh: '密码', en: 'Password' }, type: 'password' },
          ],
        }),
      },
    );
    const path = '/api/v1/apps/vaultish/secrets';
    const before = await lab.admin.http.get(path);
    expect([before.status, before.body.code]).toEqual([404, 30000]);

    await lab.installed('vaultish');
    const { Config } = await docker.getContainer(lab.containerName('vaultish')).inspect();
    const answer = await lab.admin.http.get(path);
    const [secret] = answer.body.data as { name: string; value: string }[];
    expect(secret?.name).toBe('DB_PASSWORD');
    expect(Config.Env).toContain(`DB_PASSWORD=${secret?.value}`);
    expect(answer.headers.get('cache-control')).toContain('no-store');

    const user = await signUpUser(lab.server, lab.admin);
    expect((await user.http.get(path)).body.code).toBe(40300);
    expect((await lab.server.http.get(path)).body.code).toBe(40000);
    expect((await lab.admin.http.with({ 'sec-purpose': 'prefetch' }).get(path)).status).toBe(400);

    const log = await lab.admin.http.get('/api/v1/user/admin/audit?action=app.passwords-read');
    const text = JSON.stringify(log.body.data);
    expect(text).toContain('vaultish');
    expect(text).not.toContain(secret?.value);
    await lab.uninstall('vaultish');
    expect((await lab.admin.http.get(path)).status).toBe(404);
    expect(await lab.leftovers()).toEqual(CLEAN);
  });
});
