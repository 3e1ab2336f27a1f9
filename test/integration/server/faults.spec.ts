import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAppWithAdmin } from '../../support/app-with-admin';
import { fastestOf } from '../../support/measures/fastest-of';
import { pollUntil } from '../../support/poll-until';

interface State {
  cpu: string;
  memory: string;
  hdd: string;
  info: string;
  docker: { state: string; running: number | null };
  risks: { code: string }[];
}

describe('searchServer without a usable engine', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'engine-faults-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function check(dockerHost: string, state: string, words: RegExp): Promise<void> {
    const sut = await startAppWithAdmin({ DOCKER_HOST: dockerHost });
    try {
      const ask = async (): Promise<State> => {
        const answer = await sut.admin.http.with({ 'accept-language': 'en' }).get('/searchServer');
        expect(answer.status).toBe(200);
        return answer.body.data as State;
      };
      expect(await fastestOf(3, ask)).toBeLessThan(1_000);
      const known = await pollUntil('the state of the engine', async () => {
        const found = await ask();
        // The use of the processor is the difference of two samples.
        return found.docker.state === state && found.cpu !== '' && found;
      });
      expect(known.docker.running).toBeNull();
      expect(known.info).toMatch(words);
      for (const metric of [known.cpu, known.memory, known.hdd]) expect(metric).toMatch(/^\d+%$/);
      await pollUntil('the risk to show', async () =>
        (await ask()).risks.some(({ code }) => code === 'engine-unreachable'),
      );
      expect(await fastestOf(3, () => sut.http.get('/health/ready'))).toBeLessThan(1_000);
      const ready = await sut.http.get('/health/ready');
      expect(ready.status).toBe(200);
      expect(ready.body.info.docker.engine).not.toBe('up');
      expect((await sut.http.get('/metrics')).body).toContain('stackscape_engine_up 0');
    } finally {
      await sut.close();
    }
  }

  it('reports a missing engine', async () => {
    await check(`unix://${join(folder, 'none.sock')}`, 'unreachable', /Docker is not running/);
  });

  it('does not wait for an engine that accepts connections and never answers', async () => {
    const path = join(folder, 'silent.sock');
    const sockets: Socket[] = [];
    const server = await new Promise<Server>((resolve) => {
      const listening = createServer((socket) => sockets.push(socket)).listen(path, () =>
        resolve(listening),
      );
    });
    try {
      await check(`unix://${path}`, 'no-answer', /does not answer in time/);
    } finally {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
