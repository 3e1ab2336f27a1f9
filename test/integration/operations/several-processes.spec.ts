import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { submit, untilEnded } from '../../support/factories/compute';
import { signUpAdmin, signUpUser, succeeded, type SignedIn } from '../../support/factories/users';
import { HttpClient } from '../../support/http-client';
import { pollUntil } from '../../support/poll-until';
import { setupTokenHeader } from '../../support/setup-token';
import { createInstallation, type TestInstallation } from '../../support/test-app';

const root = join(__dirname, '..', '..', '..');
const CLIENTS = 16;

describe('a server of several processes', () => {
  let installation: TestInstallation;
  let server: ChildProcess;
  let output = '';
  let url: string;
  let http: HttpClient;
  let admin: SignedIn;

  beforeAll(async () => {
    installation = await createInstallation({
      API_PROCESSES: '2',
      DOCKER_HOST: 'unix:///var/run/docker.sock',
      LANG: 'C',
    });
    server = spawn(
      process.execPath,
      [
        ...['-r', join(root, 'test', 'chaos', 'register.js')],
        join(root, 'src', 'commands', 'start.ts'),
      ],
      { env: { PATH: process.env['PATH'], ...installation.environment } },
    );
    for (const stream of [server.stdout, server.stderr])
      stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    url = await pollUntil(
      'the server to run',
      () => {
        if (server.exitCode !== null) throw new Error(output);
        return /running at (\S+)/.exec(output)?.[1];
      },
      { deadlineMs: 90_000 },
    );
    http = new HttpClient(url, undefined, {
      ...setupTokenHeader(installation.environment['DATA_DIR'] ?? ''),
      // Each call over a connection of its own, so that the processes take turns.
      connection: 'close',
    });
    admin = await signUpAdmin({ http });
  });

  afterAll(async () => {
    if (server.exitCode === null) server.kill('SIGKILL');
    await installation.destroy();
  });

  it('answers with two of them and works with a third', async () => {
    expect(childrenOf(server.pid!)).toHaveLength(3);
    expect(apiProcesses()).toHaveLength(2);
    expect(await untilEnded(admin, await submit(admin))).toMatchObject({ status: 0 });
  });

  it('enforces a ban in all of them from the next request on', async () => {
    const user = await signUpUser({ http }, admin);
    const codes = async (): Promise<number[]> => {
      const answers = [];
      for (let i = 0; i < 8; i++) answers.push(await user.http.get('/api/v1/user/me'));
      return answers.map(({ body }) => body.code as number);
    };
    for (let round = 0; round < 5; round++) {
      expect(new Set(await codes())).toEqual(new Set([20000]));
      succeeded(await admin.http.post(`/api/v1/user/admin/modifyStatus/${user.uid}?status=1`));
      expect(new Set(await codes())).toEqual(new Set([60102]));
      succeeded(await admin.http.post(`/api/v1/user/admin/modifyStatus/${user.uid}?status=0`));
    }
  });

  it('loses with one that is killed no answer but on its own connections, and starts another', async () => {
    const load = startClients(`${url}/api/v1/user/me`, admin.accessToken);
    await pollUntil('load', () => load.served > 500);
    const victim = apiProcesses()[0]!;
    const held = connectionsOf(victim);
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThan(CLIENTS);
    process.kill(victim, 'SIGKILL');
    await pollUntil('a process in its place', () => {
      const now = apiProcesses();
      return now.length === 2 && !now.includes(victim);
    });
    const before = load.served;
    await pollUntil('further answers', () => load.served > before + 500);
    await load.end();
    expect(load.lost).toBeLessThanOrEqual(held);
    expect(load.wrong).toEqual([]);
    expect(output).toContain('SIGKILL');
  });

  it('lets the others answer connections that one was killed without having taken', async () => {
    const victim = apiProcesses()[0]!;
    process.kill(victim, 'SIGSTOP');
    let answered = 0;
    const calls = Array.from({ length: 6 }, async () => {
      expect((await http.get('/health/live')).status).toBe(200);
      answered += 1;
    });
    await pollUntil('the answers of the other', () => answered === 5);
    process.kill(victim, 'SIGKILL');
    await Promise.all(calls);
    await pollUntil('a process in its place', () => apiProcesses().length === 2);
  });

  it('ends on SIGTERM without a lost request and leaves no process', async () => {
    const all = childrenOf(server.pid!);
    const load = startClients(`${url}/api/v1/user/me`, admin.accessToken);
    await pollUntil('load', () => load.served > 200);
    server.kill('SIGTERM');
    await once(server, 'exit');
    await load.end();
    expect([load.lost, load.wrong]).toEqual([0, []]);
    expect(server.exitCode).toBe(0);
    expect(all).toHaveLength(3);
    expect(all.filter(isAlive)).toEqual([]);
  });

  function apiProcesses(): number[] {
    return childrenOf(server.pid!).filter((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        return environment.split('\0').includes('ROLE=api');
      } catch {
        return false; // ended meanwhile
      }
    });
  }

  function connectionsOf(pid: number): number {
    const port = Number(new URL(url).port).toString(16).toUpperCase().padStart(4, '0');
    const inodes = new Set(
      readFileSync(`/proc/${pid}/net/tcp`, 'utf8')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .filter((cells) => cells[1]?.endsWith(`:${port}`) && cells[3] === '01')
        .map((cells) => `socket:[${cells[9]}]`),
    );
    return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
      try {
        return inodes.has(readlinkSync(`/proc/${pid}/fd/${fd}`));
      } catch {
        return false; // closed meanwhile
      }
    }).length;
  }
});

interface Clients {
  served: number;
  /** Requests whose connection broke before the answer. */
  lost: number;
  readonly wrong: number[];
  end(): Promise<void>;
}

/** Clients with kept-alive connections, until `end` or until nobody listens. */
function startClients(url: string, token: string): Clients {
  let over = false;
  const load: Clients = { served: 0, lost: 0, wrong: [], end };
  const client = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!over)
      await new Promise<void>((resolve) => {
        const call = get(url, { agent, headers: { token } }, (answer) => {
          answer.resume().once('error', () => undefined);
          answer.once('close', () => {
            if (!answer.complete) load.lost++;
            else if (answer.statusCode === 200) load.served++;
            else load.wrong.push(answer.statusCode ?? 0);
            resolve();
          });
        });
        call.once('error', (error: NodeJS.ErrnoException) => {
          // Nobody took the connection: the client knows that nothing was carried out.
          if (error.syscall === 'connect') over = true;
          else load.lost++;
          resolve();
        });
      });
    agent.destroy();
  };
  const all = Promise.all(Array.from({ length: CLIENTS }, client));
  async function end(): Promise<void> {
    over = true;
    await all;
  }
  return load;
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && parentOf(pid) === parent);
}

/** 0 for one that has ended. */
function parentOf(pid: number): number {
  try {
    const [state, ppid] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return state === 'Z' ? 0 : Number(ppid);
  } catch {
    return 0;
  }
}

function isAlive(pid: number): boolean {
  return parentOf(pid) !== 0;
}
