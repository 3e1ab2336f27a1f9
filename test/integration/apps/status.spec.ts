import { AppLab, CLEAN, pageAt } from '../../support/factories/app-lab';
import { onOneEngineOnly, overSwarm } from '../../support/places';
import { pollUntil } from '../../support/poll-until';

/** The promise: what happens on the engine shows within this. */
const SEEN_WITHIN_MS = 2_000;

const web = (image: string, extra = ''): string => `
services:
  web:
    image: ${image}
    restart: unless-stopped
    ports: ["\${HTTP_PORT:-9001}:8080"]
${extra}
`;

describe('status of an installed app', () => {
  let lab: AppLab;
  let image: string;
  beforeAll(async () => {
    lab = await AppLab.start();
    image = await lab.image({ listen: [8080], health: 'healthy' });
  });
  afterAll(() => lab.close());

  const container = (name: string) => lab.container(name);

  async function seen(
    name: string,
    what: string,
    isSo: (info: Awaited<ReturnType<AppLab['info']>>) => boolean,
  ) {
    const begun = Date.now();
    const info = await pollUntil(
      what,
      async () => {
        const now = await lab.info(name);
        return isSo(now) ? now : null;
      },
      { everyMs: 25 },
    );
    return { info, afterMs: Date.now() - begun };
  }

  it('reports a killed app as startable', async () => {
    // One engine leaves alone what was killed by hand; a Swarm does only where it is told to.
    const compose = overSwarm ? web(image).replace('unless-stopped', '"no"') : web(image);
    await lab.writeApp('killed', compose);
    await lab.installed('killed');
    await (await container('killed')).kill();
    const { info, afterMs } = await seen('killed', 'the kill', (i) => i.status !== '1');
    expect(afterMs).toBeLessThan(SEEN_WITHIN_MS);
    expect(info).toMatchObject({ status: '2', cause: 'exited' });
    expect(info.info).toContain('137');
    expect((await lab.admin.http.post('/api/v1/apps/killed/start')).status).toBe(200);
    await lab.settled('killed', '1');
    await lab.uninstall('killed');
  });

  it('reports an app removed by hand as installable', async () => {
    await lab.writeApp('torn', web(image));
    await lab.installed('torn');
    await lab.engines.remove(lab.containerName('torn'));
    const { info, afterMs } = await seen('torn', 'the removal', (i) => i.status !== '1');
    expect(afterMs).toBeLessThan(SEEN_WITHIN_MS);
    expect(info).toMatchObject({ status: '2', phase: 'gone', cause: 'removed' });
    await lab.installed('torn');
    await lab.uninstall('torn');
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  onOneEngineOnly('a Swarm ends what is unhealthy and starts it anew', () => {
    it('follows a health check that fails and recovers, with the last probe', async () => {
      await lab.writeApp(
        'moody',
        web(
          image,
          '    healthcheck: { test: ["CMD-SHELL", "test -f /healthy || { echo gone off; exit 1; }"], interval: 1s, retries: 1 }\n',
        ),
      );
      await lab.installed('moody');
      await run('moody', ['rm', '/healthy']);
      await engineSays('moody', 'unhealthy');
      const down = await seen('moody', 'the flip', (i) => i.status === '2');
      expect(down.afterMs).toBeLessThan(SEEN_WITHIN_MS);
      expect(down.info).toMatchObject({ phase: 'unhealthy', cause: 'unhealthy' });
      expect(down.info.info).toContain('gone off');
      await run('moody', ['touch', '/healthy']);
      await engineSays('moody', 'healthy');
      expect((await seen('moody', 'the way back', (i) => i.status === '1')).afterMs).toBeLessThan(
        SEEN_WITHIN_MS,
      );
      await lab.uninstall('moody');
    });
  });

  it.each(['no', 'unless-stopped'])(
    'reports an out-of-memory kill of a running app (restart: %s)',
    async (restart) => {
      const hungry = await lab.image({ listen: [8080], eatMemoryOnRequest: true });
      const name = `greedy-${restart.slice(0, 2)}`;
      await lab.writeApp(
        name,
        web(hungry, '    mem_limit: 24m\n').replace('unless-stopped', JSON.stringify(restart)),
      );
      const { port } = await lab.installed(name);
      const eat = () => pageAt(port, '/cgi-bin/eat');
      if (restart === 'no') {
        expect(await eat()).toBe('eating');
        const { exitCode } = await ended(name);
        expect(exitCode).toBe(137);
      } else {
        await pollUntil('it to be killed again and again', async () => {
          await eat();
          // In a Swarm each restart is another container.
          if (overSwarm) return (await lab.info(name)).status === '2';
          return (await (await container(name)).inspect()).RestartCount >= 3;
        });
      }
      const { info, afterMs } = await seen(name, 'the kill', (i) => i.status === '2');
      expect(afterMs).toBeLessThan(SEEN_WITHIN_MS);
      expect(info).toMatchObject({ cause: 'out-of-memory', info: expect.stringContaining('137') });
      await lab.uninstall(name);
    },
  );

  it('does not report a manual kill of an app with a memory limit as out of memory', async () => {
    await lab.writeApp(
      'limited',
      web(image, '    mem_limit: 24m\n').replace('unless-stopped', '"no"'),
    );
    await lab.installed('limited');
    await (await container('limited')).kill();
    const { info } = await seen('limited', 'the kill', (i) => i.status === '2');
    expect(info).toMatchObject({ cause: 'exited', info: expect.stringContaining('137') });
    await lab.uninstall('limited');
  });

  it('reports an app stopped on the engine as stopped, not failed', async () => {
    await lab.writeApp('resting', web(image));
    await lab.installed('resting');
    await lab.engines.stop(lab.containerName('resting'));
    const { info } = await seen('resting', 'the stop', (i) => i.phase === 'stopped');
    expect(info).toMatchObject({ status: '0', cause: 'stopped-by-hand' });
    await lab.uninstall('resting');
  });

  it('does not report successful one-shot containers as a failure', async () => {
    const job = await lab.image({ exitCode: 0 });
    await lab.writeApp(
      'withjob',
      `${web(image, '    depends_on: { init: { condition: service_completed_successfully } }\n')}  init: { image: ${job} }\n`,
    );
    expect((await lab.installed('withjob')).status).toBe('1');
    await lab.uninstall('withjob');
  });

  it('answers 503 with 50000 while the engine is unreachable, never from the row alone', async () => {
    await lab.writeApp('blind', web(image));
    await lab.installed('blind');
    const other = await lab.startSecondServer({
      DOCKER_HOST: 'unix:///nonexistent/docker.sock',
      ROLE: 'api',
    });
    const http = other.http.as(lab.admin.accessToken);
    const answer = await http.post('/getAppInfo', { appName: 'blind' });
    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({ code: '0', error: 50000 });
    const install = await http.post('/installApp', { appName: 'hello' });
    expect(install.status).toBe(503);
    expect(install.body.message).toContain('Docker');
    await other.close();
    await lab.uninstall('blind');
    expect(await lab.leftovers()).toEqual(CLEAN);
  });

  async function run(name: string, command: string[]): Promise<void> {
    const exec = await (await container(name)).exec({ Cmd: command });
    const stream = await exec.start({ Detach: true });
    stream.destroy(); // left open it would keep this process alive
  }

  function ended(name: string): Promise<{ exitCode: number }> {
    return pollUntil(
      `${name} to end`,
      async () => {
        const { State } = await (await container(name)).inspect();
        return State.Running ? null : { exitCode: State.ExitCode };
      },
      { everyMs: 10 },
    );
  }

  function engineSays(name: string, health: string): Promise<unknown> {
    return pollUntil(
      `the engine to call ${name} ${health}`,
      async () => {
        const { State } = await (await container(name)).inspect();
        return State.Health?.Status === health;
      },
      { everyMs: 25 },
    );
  }
});
