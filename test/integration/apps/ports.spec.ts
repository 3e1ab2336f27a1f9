import { AppLab, CLEAN, pageAt } from '../../support/factories/app-lab';
import { squat } from '../../support/places';

describe('ports of apps', () => {
  let lab: AppLab;
  let from: number;
  beforeAll(async () => {
    lab = await AppLab.start();
    from = lab.server.settings.appPortRange.from;
  });
  afterAll(() => lab.close());

  it('assigns 20 different ports to 20 apps that want the same one, skipping those of five host processes', async () => {
    const image = await lab.image({ listen: [8080], page: 'here' });
    const taken = [0, 2, 4, 6, 8].map((offset) => from + offset);
    const hosts = ['0.0.0.0', '127.0.0.1', '::', '127.0.0.1', '0.0.0.0'];
    const leave = await Promise.all(taken.map((port, index) => squat(port, hosts[index])));
    const names = Array.from({ length: 20 }, (_, index) => `many${index}`);
    for (const name of names) {
      await lab.writeApp(
        name,
        `services:\n  web:\n    image: ${image}\n    ports: ["\${W9_HTTP_PORT_SET}:8080"]\n`,
        { '.env': `W9_HTTP_PORT_SET=${from}\n` },
      );
    }
    const begun = Date.now();
    const answers = await Promise.all(names.map((name) => lab.install(name)));
    expect(answers.map((answer) => answer.status)).toEqual(names.map(() => 200));
    const infos = await Promise.all(names.map((name) => lab.settled(name, '1')));
    process.stderr.write(`[ports] 20 concurrent installs running after ${Date.now() - begun} ms\n`);

    const ports = infos.map((info) => Number(info.port));
    expect(new Set(ports).size).toBe(20);
    for (const port of taken) expect(ports).not.toContain(port);
    for (const end of leave) await end();
    expect(await Promise.all(ports.map((port) => pageAt(port)))).toEqual(names.map(() => 'here'));
    const removed = await lab.admin.http.post('/uninstallAllApp', { removeData: true });
    expect(removed.body.data.every((result: { code: string }) => result.code === '1')).toBe(true);
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  it('leases TCP and UDP separately, and one number for both where the template requires it', async () => {
    const image = await lab.image({ listen: [53] });
    await lab.writeApp(
      'dns',
      `services:\n  dns:\n    image: ${image}\n    ports: ["\${DNS_PORT}:53/tcp", "\${DNS_PORT}:53/udp"]\n`,
      { '.env': `DNS_PORT=${from}\n` },
    );
    const { port } = await lab.installed('dns');
    const { HostConfig } = await (await lab.container('dns')).inspect();
    const bindings = HostConfig.PortBindings as Record<string, { HostPort: string }[]>;
    expect(bindings['53/tcp']?.[0]?.HostPort).toBe(port);
    expect(bindings['53/udp']?.[0]?.HostPort).toBe(port);
    await lab.uninstall('dns');
  });

  it('runs an app that listens in its container on the leased port number', async () => {
    const image = await lab.image({ page: 'at my number' });
    await lab.writeApp(
      'mirrored',
      `services:
  web:
    extends: { file: parts/base.yaml, service: base }
    command: ["sh", "-c", "exec httpd -f -p $WEB_PORT -h /www"]
    ports: ["\${WEB_PORT}:\${WEB_PORT}"]
`,
      {
        '.env': 'WEB_PORT=8080\n',
        'parts/base.yaml': `services: { base: { image: "${image}", labels: { part: base } } }`,
      },
    );
    const { port } = await lab.installed('mirrored');
    expect(port).not.toBe('8080');
    expect(await pageAt(port)).toBe('at my number');
    const { HostConfig, Config } = await (await lab.container('mirrored')).inspect();
    expect(Object.keys(HostConfig.PortBindings as object)).toEqual([`${port}/tcp`]);
    expect(Config.Labels).toMatchObject({ part: 'base' });
    await lab.uninstall('mirrored');
  });

  it('skips ports that a stopped container has reserved', async () => {
    const image = await lab.image({ listen: [8080] });
    const resting = await lab.engines.createContainer({
      Image: image,
      name: `${lab.prefix}resting`,
      ExposedPorts: { '8080/tcp': {} },
      HostConfig: { PortBindings: { '8080/tcp': [{ HostPort: String(from) }] } },
    });
    await lab.writeApp(
      'next',
      `services:\n  web:\n    image: ${image}\n    ports: ["${from}:8080"]\n`,
    );
    const { port } = await lab.installed('next');
    expect(Number(port)).toBe(from + 1);
    await resting.remove({ force: true });
    await lab.uninstall('next');
  });

  it('reports an exhausted port range and changes nothing', async () => {
    const image = await lab.image({ listen: [8080] });
    const narrow = await lab.startSecondServer({
      APP_PORT_RANGE: `${from + 50}-${from + 50}`,
      ROLE: 'api',
    });
    const leave = await squat(from + 50);
    await lab.writeApp(
      'late',
      `services:\n  web:\n    image: ${image}\n    ports: ["\${P:-1}:8080"]\n`,
    );
    const answer = await narrow.http
      .as(lab.admin.accessToken)
      .post('/installApp', { appName: 'late' });
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({
      error: 30000,
      message: expect.stringContaining('APP_PORT_RANGE'),
    });
    await leave();
    await narrow.close();
    expect(await lab.leftovers()).toEqual(CLEAN);
  });
});
