import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../../src/platform/config/load-settings';
import { ApiProcess } from '../support/api-process';
import { AppLab, CLEAN, type AppInfo } from '../support/factories/app-lab';
import { signUpAdmin } from '../support/factories/users';
import { pollUntil } from '../support/poll-until';
import { publishStandIn, type StandInBehaviour } from '../support/stand-in-image';
import { SwarmLab } from '../support/swarm/swarm-lab';
import { createInstallation } from '../support/test-app';

jest.setTimeout(240_000);

interface Kept {
  readonly ID: string;
  readonly Spec: { readonly Name: string; readonly Labels: Readonly<Record<string, string>> };
}

/** Shows at `/cgi-bin/seen` what the container has of its files. */
const SEEN = `#!/bin/sh
printf 'content-type: text/plain\\r\\n\\r\\n'
for f in /run/secrets/word /etc/shop.conf; do /bin/busybox ls -lnL $f; /bin/busybox cat $f; echo; done
`;

const SHOP = (image: string): string => `
services:
  web:
    image: "${image}"
    user: "65534:65534"
    restart: always
    ports: ["\${HTTP_PORT:-9001}:8080"]
    secrets: [word]
    configs:
      - { source: conf, target: /etc/shop.conf }
    deploy: { placement: { constraints: [node.role==worker] } }
secrets: { word: { content: "\${SHOP_PASSWORD}" } }
configs: { conf: { file: ./shop.conf } }
`;

describe('configs and secrets of an app in a Swarm', () => {
  let swarm: SwarmLab;
  let lab: AppLab;
  let environment: Environment;
  beforeAll(async () => {
    swarm = await SwarmLab.start(2);
    const { host, docker } = swarm.manager;
    environment = { ORCHESTRATOR: 'swarm', APP_BIND: '0.0.0.0', DOCKER_HOST: host };
    lab = await AppLab.start(environment, docker);
  });
  afterAll(async () => {
    await lab?.close();
    await swarm?.destroy();
  });

  const image = (behaviour: StandInBehaviour): Promise<string> =>
    publishStandIn(`files-${randomBytes(5).toString('hex')}:1`, behaviour);
  const shopImage = (): Promise<string> =>
    image({ listen: [8080], files: { '/www/cgi-bin/seen': SEEN } });
  const kept = async (): Promise<{ secrets: Kept[]; configs: Kept[] }> => ({
    secrets: (await swarm.manager.docker.listSecrets()) as unknown as Kept[],
    configs: (await swarm.manager.docker.listConfigs()) as unknown as Kept[],
  });
  const seen = async ({ port }: AppInfo): Promise<string> => {
    const url = `http://${swarm.nodes[1]!.address}:${port}/cgi-bin/seen`;
    return (await fetch(url, { signal: AbortSignal.timeout(5_000) })).text();
  };
  const expectClean = async (): Promise<void> => {
    expect(await swarm.manager.docker.listServices()).toEqual([]);
    expect(await kept()).toEqual({ secrets: [], configs: [] });
    expect(await lab.leftovers()).toEqual(CLEAN);
  };
  const installed = async (name: string, word: string): Promise<AppInfo> => {
    const answer = await lab.install(name, { variables: { SHOP_PASSWORD: word } });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return lab.settled(name, '1', 90_000);
  };

  it('reach any node, for the one user that reads them, and go with the app', async () => {
    const files = { 'shop.conf': 'colour=red' };
    await lab.writeApp('shop', SHOP(await shopImage()), files);
    const word = `word-${randomBytes(9).toString('hex')}`;
    const info = await installed('shop', word);
    const text = await seen(info);
    expect(text).toMatch(new RegExp(`^-r--r----- +1 65534 +65534 .*\\n${word}\\n`, 'm'));
    expect(text).toMatch(/^-r--r--r-- +1 0 +0 .*\ncolour=red\n/m);

    const { secrets, configs } = await kept();
    const all = [...secrets, ...configs];
    expect(all.map(({ Spec }) => Spec.Name)).toEqual([
      expect.stringMatching(new RegExp(`^${lab.containerName('shop')}_word-[0-9a-f]{16}$`)),
      expect.stringMatching(new RegExp(`^${lab.containerName('shop')}_conf-[0-9a-f]{16}$`)),
    ]);
    for (const { Spec } of all) {
      expect(Spec.Labels).toMatchObject({
        'io.stackscape.installation': info.jobId,
        'io.stackscape.app': 'shop',
      });
    }
    const steps: object[] = await lab.server.dataSource.query(
      `SELECT kind, state, engineId FROM app_install_steps WHERE kind IN ('config', 'secret') ORDER BY kind`,
    );
    expect(steps).toEqual([
      { kind: 'config', state: 'done', engineId: configs[0]!.ID },
      { kind: 'secret', state: 'done', engineId: secrets[0]!.ID },
    ]);
    const events = await lab.admin.http.get('/api/v1/apps/shop/plan');
    const told = [await swarm.manager.docker.listServices(), secrets, info, steps, events.body];
    expect(JSON.stringify(told)).not.toContain(word);
    expect((await lab.admin.http.get('/api/v1/apps/drift')).body.data).toEqual([]);

    const plan = await lab.admin.http.get('/api/v1/apps/shop/uninstallPlan');
    expect(plan.body.data).toMatchObject({
      configs: configs.map(({ Spec }) => Spec.Name),
      secrets: secrets.map(({ Spec }) => Spec.Name),
    });
    const { files: left } = await lab.leftovers();
    expect(left.sort()).toEqual(all.map(({ Spec }) => Spec.Name).sort());
    expect((await lab.uninstall('shop')).status).toBe(200);
    await expectClean();
  });

  it('are made anew where their content has changed, and the old ones go', async () => {
    const files = { 'shop.conf': 'colour=red' };
    await lab.writeApp('shop', SHOP(await shopImage()), files);
    await installed('shop', 'same-word-as-ever');
    // What is kept of an earlier installation is the user's own to edit.
    expect((await lab.uninstall('shop', false)).status).toBe(200);
    await installed('shop', 'same-word-as-ever');
    const before = await kept();
    const folder = join(lab.installation.environment['DATA_DIR']!, 'apps', 'shop');
    await writeFile(join(folder, 'shop.conf'), 'colour=blue');
    const [service] = (await swarm.manager.docker.listServices()) as { ID: string }[];
    await swarm.manager.docker.getService(service!.ID).remove();
    const repair = await lab.admin.http.post('/api/v1/apps/drift/repair', {});
    expect(repair.body.data).toMatchObject([{ kind: 'app-without-containers', done: true }]);
    expect(await seen(await lab.settled('shop', '1', 60_000))).toContain('colour=blue');
    const after = await kept();
    expect(after.secrets.map(({ ID }) => ID)).toEqual(before.secrets.map(({ ID }) => ID));
    expect(after.configs).toHaveLength(1);
    expect(after.configs[0]!.ID).not.toBe(before.configs[0]!.ID);
    expect((await lab.uninstall('shop')).status).toBe(200);
    await expectClean();
  });

  it('are taken back with an install that fails, and told by name', async () => {
    const broken = await image({ prints: ['no licence'], exitCode: 3 });
    await lab.writeApp('shop', SHOP(broken).replace('restart: always', 'restart: "no"'), {
      'shop.conf': 'colour=red',
    });
    await lab.install('shop', { variables: { SHOP_PASSWORD: 'word-of-a-failure' } });
    expect((await lab.ended('shop')).phase).toBe('failed');
    await expectClean();
  });

  it.each([
    ['an empty one', 'word: { content: "" }', 'secrets.word', 'has 0 bytes'],
    ['a large file', 'word: { file: ./large }', 'secrets.word', 'has 512000 bytes'],
    ['a user by name', 'word: { content: w }', 'configs.conf', 'must be numbers'],
  ])('are refused before anything is made: %s', async (_what, secret, field, reason) => {
    const web = await image({ listen: [8080] });
    await lab.writeApp(
      'odd',
      `services:\n  web: { image: "${web}", secrets: [word], configs: [{ source: conf, target: /c, uid: ${field === 'configs.conf' ? 'root' : '0'} }] }\nsecrets: { ${secret} }\nconfigs: { conf: { content: c } }\n`,
      { large: 'x'.repeat(512_000) },
    );
    const http = lab.admin.http.with({ 'accept-language': 'en' });
    const answer = await http.post('/installApp', { appName: 'odd' });
    expect(answer.body.error).toBe(30000);
    expect(answer.body.message).toContain(field);
    expect(answer.body.message).toContain(reason);
    await expectClean();
  });

  it('without an app are told as drift, and removed by a repair', async () => {
    const Name = `${lab.containerName('gone')}_word-0123456789abcdef`;
    const Labels = {
      'com.docker.compose.project': lab.containerName('gone'),
      'io.stackscape.installation': '00000000-0000-4000-8000-000000000000',
      'io.stackscape.app': 'gone',
    };
    const Data = Buffer.from('left behind').toString('base64');
    await swarm.manager.docker.createSecret({ Name, Labels, Data });
    await swarm.manager.docker.createConfig({ Name, Labels, Data });
    // Of another server.
    const other = await swarm.manager.docker.createSecret({ Name: 'theirs', Labels: {}, Data }); // prettier-ignore
    const found = await lab.admin.http.get('/api/v1/apps/drift');
    expect(found.body.data).toMatchObject([
      { kind: 'config-without-app', subject: Name, remedy: 'remove' },
      { kind: 'secret-without-app', subject: Name, remedy: 'remove' },
    ]);
    const repair = await lab.admin.http.post('/api/v1/apps/drift/repair', {});
    expect(repair.body.data).toMatchObject([{ done: true }, { done: true }]);
    const { secrets, configs } = await kept();
    expect([secrets.map(({ Spec }) => Spec.Name), configs]).toEqual([['theirs'], []]);
    await other.remove();
    await expectClean();
  });

  it('leave nothing behind when the server is killed while it installs', async () => {
    const slow = await image({ listen: [8080], listenAfterSeconds: 120 });
    await lab.writeApp('shop', SHOP(slow), { 'shop.conf': 'c' });
    // The lab's own database belongs to this Swarm, too: one of its own, as it is killed.
    const { CATALOG_PATHS, APP_PORT_RANGE, DB_PORT_RANGE } = lab.installation.environment;
    const ranges = { CATALOG_PATHS, APP_PORT_RANGE, DB_PORT_RANGE };
    const installation = await createInstallation({ ...environment, ...ranges });
    let server = await ApiProcess.start(installation.environment, { role: 'all' });
    try {
      const admin = await signUpAdmin(server);
      const body = { appName: 'shop', variables: { SHOP_PASSWORD: 'word-of-the-killed' } };
      expect((await admin.http.post('/installApp', body)).status).toBe(200);
      const isThere = async () => (await kept()).secrets.length === 1;
      await pollUntil('the secret to be made', isThere, { deadlineMs: 60_000 });
      await server.kill('SIGKILL');
      server = await ApiProcess.start(installation.environment, { role: 'all' });
      const http = server.http.as(admin.accessToken);
      await http.post('/api/v1/apps/shop/cancel', {});
      await pollUntil('the install to be taken back', async () => {
        const { body: info } = await http.post('/getAppInfo', { appName: 'shop' });
        return info.data?.phase === 'cancelled';
      }, { deadlineMs: 90_000 }); // prettier-ignore
    } finally {
      await server.kill('SIGTERM');
      await installation.destroy();
    }
    await expectClean();
  });
});
