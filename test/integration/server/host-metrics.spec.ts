import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import Docker from 'dockerode';
import { startAppWithAdmin, type AppWithAdmin } from '../../support/app-with-admin';
import {
  compareContainers,
  compareMachine,
  untilAgreed,
  type Compared,
  type ReportedMetrics,
} from '../../support/measures/metric-comparison';
import { pollUntil } from '../../support/poll-until';
import { buildStandIn, removeStandIn } from '../../support/stand-in-image';

const docker = new Docker();
const unique = `metrics-${randomBytes(4).toString('hex')}`;

describe('metrics of searchServer', () => {
  let sut: AppWithAdmin;
  const burners: ChildProcess[] = [];

  beforeAll(async () => {
    sut = await startAppWithAdmin();
    await buildStandIn(`${unique}:1`);
    const container = await docker.createContainer({
      name: unique,
      Image: `${unique}:1`,
      HostConfig: { Memory: 64 * 1024 * 1024, NanoCpus: 150_000_000, NetworkMode: 'none' },
    });
    await container.start();
  });
  afterEach(() => {
    for (const burner of burners) burner.kill('SIGKILL');
  });
  afterAll(async () => {
    await docker.getContainer(unique).remove({ force: true });
    await removeStandIn(`${unique}:1`);
    await sut.close();
  });

  const state = async (): Promise<ReportedMetrics> =>
    (await sut.admin.http.get('/searchServer')).body.data as ReportedMetrics;

  it('agree with /proc/stat, free, df and docker stats at the same time, idle and under load', async () => {
    const compareAll = async (): Promise<Compared[]> =>
      (await Promise.all([compareMachine(state), compareContainers(state, [unique])])).flat();
    await untilAgreed(compareAll);

    const burn = 'const held = Buffer.alloc(1 << 30, 1); for (;;) held[0]++;';
    burners.push(spawn(process.execPath, ['-e', burn], { stdio: 'ignore' }));
    const inside = 'dd if=/dev/zero of=/dev/shm/held bs=1M count=40; yes > /dev/null';
    execFileSync('docker', ['exec', '-d', unique, '/bin/sh', '-c', inside]);
    await pollUntil('load to show', async () => {
      const { cpu, docker: engine } = await state();
      const use = engine.usage.find(({ name }) => name === unique);
      return parseInt(cpu, 10) > 40 && (use?.cpuPercent ?? 0) > 5 && use!.memoryBytes > 40e6;
    });
    await untilAgreed(compareAll);
  });

  it('tell the traffic of containers that have a network of their own', async () => {
    const name = `${unique}-net`;
    const container = await docker.createContainer({ name, Image: `${unique}:1` });
    try {
      await container.start();
      const { NetworkSettings } = await container.inspect();
      const address = Object.values(NetworkSettings.Networks)[0]?.IPAddress ?? '';
      const ping = ['ping', '-s', '8000', address];
      const pinging = spawn('/bin/busybox', ping, { stdio: 'ignore' });
      burners.push(pinging);
      await pollUntil('traffic to show', async () => {
        const use = (await state()).docker.usage.find((one) => one.name === name);
        return (use?.receivedPerSecond ?? 0) > 2_000 && (use?.sentPerSecond ?? 0) > 2_000;
      });
      const { usage } = (await state()).docker;
      const without = usage.find((one) => one.name === unique);
      expect([without?.receivedPerSecond, without?.sentPerSecond]).toEqual([null, null]);
    } finally {
      await container.remove({ force: true });
    }
  });

  it('are taken again and again, and told while they are new', async () => {
    let last = '';
    for (let i = 0; i < 3; i++) {
      last = await pollUntil('a newer sample, told within two seconds', async () => {
        const { sampledAt } = await state();
        return sampledAt > last && Date.now() - Date.parse(sampledAt) < 2_000 && sampledAt;
      });
    }
  });

  it('are streamed as events and kept as a history', async () => {
    const response = await fetch(`${sut.url}/api/v1/server/events`, {
      headers: { token: sut.admin.accessToken },
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    await pollUntil('two events', async () => {
      text += (await reader?.read())?.value ?? '';
      return (text.match(/event: figures/g)?.length ?? 0) >= 2;
    });
    await reader?.cancel();
    const data = JSON.parse(/^data: (.+)$/m.exec(text)?.[1] ?? '{}');
    expect(data.cpu).toMatch(/%$/);
    expect((await sut.http.get('/api/v1/server/events')).status).toBe(401);

    const points = (await sut.admin.http.get('/api/v1/server/history')).body.data as object[];
    expect(points.at(-1)).toMatchObject({ seconds: 5, memoryPercent: expect.any(Number) });
    expect((await sut.admin.http.get('/api/v1/server/history?minutes=0')).body.code).toBe(30001);
    expect((await sut.admin.http.get('/api/v1/server/history?minutes=')).status).toBe(200);
  });
});
