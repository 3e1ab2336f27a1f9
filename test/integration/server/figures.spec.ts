import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Docker from 'dockerode';
import { busyPercent, parseCpuTimes, type CpuTimes } from '../../../src/server/figures/cpu-times';
import { signUpAdmin, type SignedIn } from '../../support/factories/users';
import { pollUntil } from '../../support/poll-until';
import { buildStandIn, removeStandIn } from '../../support/stand-in-image';
import { startTestApp, type TestApp } from '../../support/test-app';

interface State {
  cpu: string;
  memory: string;
  hdd: string;
  sampledAt: string;
  docker: {
    usage: {
      name: string;
      cpuPercent: number | null;
      memoryBytes: number;
      memoryLimitBytes: number;
    }[];
  };
}

const docker = new Docker();
const unique = `figures-${randomBytes(4).toString('hex')}`;

describe('figures of searchServer', () => {
  let sut: TestApp;
  let admin: SignedIn;
  const burners: ChildProcess[] = [];

  beforeAll(async () => {
    sut = await startTestApp();
    admin = await signUpAdmin(sut);
  });
  afterAll(async () => {
    for (const burner of burners) burner.kill('SIGKILL');
    await sut.close();
  });

  const state = async (): Promise<State> =>
    (await admin.http.get('/searchServer')).body.data as State;
  const cpuTimes = (): CpuTimes => {
    const times = parseCpuTimes(readFileSync('/proc/stat', 'utf8'));
    if (!times) throw new Error('no /proc/stat');
    return times;
  };

  /** Reads `/proc/stat` beside the sampler: at the same moments, or nearly so. */
  async function compareCpu(): Promise<number> {
    const first = (await state()).sampledAt;
    const readings: CpuTimes[] = [cpuTimes()];
    let last = first;
    while (readings.length < 3) {
      await pollUntil('a new sample', async () => (await state()).sampledAt !== last, {
        everyMs: 5,
      });
      readings.push(cpuTimes());
      last = (await state()).sampledAt;
    }
    const [before, , after] = readings as [CpuTimes, CpuTimes, CpuTimes];
    const expected = busyPercent(before, after) ?? NaN;
    return Math.abs(parseInt((await state()).cpu, 10) - expected);
  }

  async function compareMemory(): Promise<number> {
    const free = execFileSync('free', ['-b'], { encoding: 'utf8' });
    const [total = 0, , , , , available = 0] =
      /^Mem:\s+(.+)$/m.exec(free)?.[1]?.trim().split(/\s+/).map(Number) ?? [];
    const expected = ((total - available) / total) * 100;
    return Math.abs(parseInt((await state()).memory, 10) - expected);
  }

  it('agree with /proc/stat, free and df, idle and under load', async () => {
    await pollUntil('two seconds of samples', async () => (await compareCpu()) <= 2);
    expect(await compareMemory()).toBeLessThanOrEqual(2);

    const burn = 'const held = Buffer.alloc(1 << 30, 1); for (;;) held[0]++;';
    burners.push(spawn(process.execPath, ['-e', burn], { stdio: 'ignore' }));
    await pollUntil('load to show', async () => parseInt((await state()).cpu, 10) > 40);
    await pollUntil('CPU to agree under load', async () => (await compareCpu()) <= 2);
    await pollUntil('memory to agree under load', async () => (await compareMemory()) <= 2);
    const df = execFileSync('df', ['--output=pcent', '/'], { encoding: 'utf8' });
    const used = Number(/(\d+)%/.exec(df)?.[1]);
    expect(Math.abs(parseInt((await state()).hdd, 10) - used)).toBeLessThanOrEqual(2);
  });

  it('are never older than two seconds', async () => {
    for (let i = 0; i < 20; i++) {
      const { sampledAt } = await state();
      expect(Date.now() - Date.parse(sampledAt)).toBeLessThan(2_000);
    }
  });

  it('agree with docker stats', async () => {
    const image = `${unique}:1`;
    await buildStandIn(image);
    const container = await docker.createContainer({
      name: unique,
      Image: image,
      Cmd: ['/bin/sh', '-c', 'while :; do :; done'],
      HostConfig: { Memory: 64 * 1024 * 1024, NanoCpus: 300_000_000, NetworkMode: 'none' },
    });
    try {
      await container.start();
      await pollUntil('the container to show', async () => {
        const use = (await state()).docker.usage.find((u) => u.name === unique);
        if (!use || use.cpuPercent === null) return false;
        const line = execFileSync(
          'docker',
          ['stats', '--no-stream', '--format', '{{.CPUPerc}} {{.MemPerc}}', unique],
          { encoding: 'utf8' },
        );
        const [cpu = NaN, memory = NaN] = line.trim().split(' ').map(parseFloat);
        const percent = (use.memoryBytes / use.memoryLimitBytes) * 100;
        return Math.abs(use.cpuPercent - cpu) <= 2 && Math.abs(percent - memory) <= 2;
      });
    } finally {
      await container.remove({ force: true });
      await removeStandIn(image);
    }
  });

  it('come as events, and as a history', async () => {
    const response = await fetch(`${sut.url}/api/v1/server/events`, {
      headers: { token: admin.accessToken },
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

    const points = (await admin.http.get('/api/v1/server/history')).body.data as object[];
    expect(points.at(-1)).toMatchObject({ seconds: 5, memoryPercent: expect.any(Number) });
    expect((await admin.http.get('/api/v1/server/history?minutes=0')).body.code).toBe(30001);
    expect((await admin.http.get('/api/v1/server/history?minutes=')).status).toBe(200);
  });
});
