import { AppLab, CLEAN, docker, pageAt } from '../../support/factories/app-lab';
import { ThrottledRegistry } from '../../support/factories/throttled-registry';
import { onOneEngineOnly, squat } from '../../support/places';
import { pollUntil } from '../../support/poll-until';
import { publishStandIn } from '../../support/stand-in-image';

const web = (image: string, extra = ''): string => `
services:
  web:
    image: ${image}
    ports: ["\${HTTP_PORT:-9001}:8080"]
    volumes: ["data:/data"]
${extra}
volumes: { data: }
`;

describe('installs that go wrong', () => {
  let lab: AppLab;
  beforeAll(async () => {
    lab = await AppLab.start();
  });
  afterAll(() => lab.close());
  afterEach(async () => {
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  async function failureOf(
    name: string,
    compose: string,
    files = {},
  ): Promise<{ cause: string | null; info: string; logs: string[] }> {
    await lab.writeApp(name, compose, files);
    expect((await lab.install(name)).status).toBe(200);
    const info = await lab.ended(name);
    expect(info).toMatchObject({ status: '2', phase: 'failed' });
    return info;
  }

  it('removes the report of a failed install on uninstall, once', async () => {
    await lab.writeApp('gone-wrong', web(`${process.env['TEST_REGISTRY']}/no-such-image:1`));
    await lab.install('gone-wrong');
    await lab.settled('gone-wrong', '2');
    expect((await lab.uninstall('gone-wrong')).body.code).toBe('1');
    expect((await lab.admin.http.get('/getAppInfo?appName=gone-wrong')).status).toBe(404);
    expect((await lab.admin.http.get('/getAllAppInfo')).body.data).not.toContainEqual(
      expect.objectContaining({ appName: 'gone-wrong' }),
    );
    expect((await lab.uninstall('gone-wrong')).body).toMatchObject({
      code: '1',
      message: 'gone-wrong并未安装，无需卸载',
    });
  });

  it('lists at once everything that an app needs and the machine lacks', async () => {
    const image = await lab.image({ listen: [8080] });
    await lab.writeApp('giant', web(image), {
      'app.json': JSON.stringify({
        title: { zh: '巨', en: 'Giant' },
        main: { service: 'web', port: 8080 },
        requirements: { memory: '90000g', disk: '900000g', architectures: ['s390x'] },
      }),
    });
    const answer = await lab.install('giant');
    expect(answer.status).toBe(409);
    const fields = answer.body.details.map(
      (problem: { field: string }) => problem.field,
    ) as string[];
    expect(fields.sort()).toEqual(['architecture', 'disk', 'memory']);
  });

  it('reports the exit code and last log lines of a container that exits at once', async () => {
    const image = await lab.image({ exitCode: 7, prints: ['cannot open the books'] });
    const failure = await failureOf('exits', web(image));
    expect(failure.cause).toBe('exited');
    expect(failure.info).toContain('7');
    expect(failure.logs.join('\n')).toContain('cannot open the books');
  });

  it('reports a container that ran out of memory', async () => {
    const image = await lab.image({ eatMemory: true });
    const failure = await failureOf('hungry', web(image, '    mem_limit: 16m\n'));
    expect(failure.cause).toBe('out-of-memory');
  });

  it('fails an app that never becomes healthy, with the output of its last probe', async () => {
    const image = await lab.image({ listen: [8080] });
    const failure = await failureOf(
      'sick',
      web(
        image,
        `    healthcheck: { test: ["CMD-SHELL", "echo the heart stopped; exit 1"], interval: 1s, retries: 1 }\n`,
      ),
      {
        'app.json': JSON.stringify({
          title: { zh: '病', en: 'Sick' },
          main: { service: 'web', port: 8080 },
          health: { path: '/', seconds: 10 },
        }),
      },
    );
    expect(failure.cause).toBe('unhealthy');
    expect(failure.info).toContain('the heart stopped');
  });

  it('names a command that does not exist', async () => {
    const image = await lab.image({ listen: [8080] });
    const failure = await failureOf('nocommand', web(image, '    command: ["/no/such/thing"]\n'));
    expect(failure.cause).toBe('command-not-found');
  });

  it('rejects and keeps a foreign volume of the same name', async () => {
    const image = await lab.image({ listen: [8080] });
    const name = `${lab.prefix}foreign_data`;
    await docker.createVolume({ Name: name, Labels: { owner: 'somebody' } });
    await lab.writeApp('foreign', web(image));
    const answer = await lab.install('foreign');
    expect(answer.status).toBe(409);
    expect(answer.body.message).toContain(name);
    expect((await docker.getVolume(name).inspect()).Labels).toEqual({ owner: 'somebody' });
    await docker.getVolume(name).remove();
  });

  it('leases another port when a host process takes the leased one before the start', async () => {
    const slow = await lab.image({ exitCode: 0, exitAfterSeconds: 2 });
    const image = await lab.image({ listen: [8080], page: 'moved' });
    await lab.writeApp(
      'moved',
      `
services:
  web:
    image: ${image}
    ports: ["\${HTTP_PORT:-9001}:8080"]
    depends_on: { wait: { condition: service_completed_successfully } }
  wait: { image: ${slow} }
`,
    );
    const answer = await lab.install('moved');
    const leased = Number(answer.body.data.port);
    const leave = await squat(leased);
    const info = await lab.settled('moved', '1');
    expect(Number(info.port)).not.toBe(leased);
    expect(await pageAt(info.port)).toBe('moved');
    await leave();
    await lab.uninstall('moved');
  });

  /** An install that waits for a short job, up to where its main container is there but not started. */
  async function tornDuringInstall(app: string): Promise<string> {
    const slow = await lab.image({ exitCode: 0, exitAfterSeconds: 2 });
    const image = await lab.image({ listen: [8080] });
    await lab.writeApp(
      app,
      `
services:
  web:
    image: ${image}
    ports: ["\${HTTP_PORT:-9001}:8080"]
    depends_on: { wait: { condition: service_completed_successfully } }
  wait: { image: ${slow} }
`,
    );
    await lab.install(app);
    const name = lab.containerName(app);
    await pollUntil('the container to be created', async () =>
      (await lab.leftovers()).containers.includes(name),
    );
    return name;
  }

  async function endsWhole(app: string): Promise<void> {
    await lab.settled(app, '1');
    const name = lab.containerName(app);
    expect((await lab.leftovers()).containers.sort()).toEqual([name, `${name}-wait`]);
    await lab.uninstall(app);
  }

  it('recreates a container that was removed by hand during the install', async () => {
    await lab.engines.remove(await tornDuringInstall('removed'));
    await endsWhole('removed');
  });

  onOneEngineOnly('services keep their name for life', () => {
    it('recreates a container that was renamed by hand during the install', async () => {
      const name = await tornDuringInstall('renamed');
      await docker.getContainer(name).rename({ name: `${lab.prefix}renamed-by-hand` });
      await endsWhole('renamed');
    });
  });

  it('stops a process that ignores TERM after its grace and removes it', async () => {
    const image = await lab.image({ listen: [8080], ignoreTerm: true });
    await lab.writeApp('stubborn', web(image, '    stop_grace_period: 1s\n'));
    await lab.installed('stubborn');
    const begun = Date.now();
    expect((await lab.uninstall('stubborn')).status).toBe(200);
    expect(Date.now() - begun).toBeLessThan(9_500); // the engine's own grace is 10 s
  });

  it('cancels a throttled pull at once, leaves nothing and does not delay another install', async () => {
    const registry = await ThrottledRegistry.start(150_000);
    const image = await publishStandIn(`slow-${Date.now()}:1`, { layersMebibytes: [8] });
    await lab.writeApp('slow', web(registry.through(image)));
    const quick = await lab.image({ listen: [8080] });
    await lab.writeApp('quick', web(quick));

    await lab.install('slow');
    await pollUntil('the pull to show progress', async () => {
      const info = await lab.info('slow');
      return info.phase === 'pulling' && info.progress > 2;
    });
    await lab.installed('quick');
    expect((await lab.info('slow')).phase).toBe('pulling');

    const answer = await lab.admin.http.post('/api/v1/apps/slow/cancel');
    expect(answer.status).toBe(200);
    expect((await lab.ended('slow')).phase).toBe('cancelled');
    await expect(docker.getImage(registry.through(image)).inspect()).rejects.toMatchObject({
      statusCode: 404,
    });
    expect((await lab.admin.http.post('/api/v1/apps/slow/cancel')).status).toBe(409);
    await lab.uninstall('quick');
    await registry.stop();
  });

  it('cancels while waiting for an app to become healthy and reports what was undone', async () => {
    const image = await lab.image({ listen: [8080], health: 'unhealthy' });
    await lab.writeApp('waiting', web(image));
    await lab.install('waiting');
    await pollUntil(
      'the install to wait',
      async () => (await lab.info('waiting')).phase === 'waiting',
    );
    const answer = await lab.admin.http.post('/api/v1/apps/waiting/cancel');
    expect(answer.status).toBe(200);
    const name = lab.containerName('waiting');
    expect(['cancelled', 'rolling-back']).toContain(answer.body.data.state);
    expect((await lab.ended('waiting')).phase).toBe('cancelled');
    // On a busy machine the answer may come before the undo is over; the last event has all of it.
    const [last] = await lab.server.dataSource.query(
      `SELECT data FROM app_events WHERE appName = 'waiting' AND data LIKE '%"cancelled"%'`,
    );
    expect(JSON.parse(last.data).undone).toContain(`container ${name}`);
  });
});
