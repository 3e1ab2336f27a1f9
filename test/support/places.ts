import { spawn } from 'node:child_process';
import { once } from 'node:events';
import Docker from 'dockerode';
import type { Environment } from '../../src/platform/config/load-settings';

/** An engine that may run apps of this test run. */
export interface Place extends NodeOfRun {
  readonly docker: Docker;
}

/** What `swarm/global-setup.ts` tells of its nodes by `TEST_SWARM`; the first is the manager. */
export interface NodeOfRun {
  readonly socket: string;
  /** At which the ports of its apps answer. */
  readonly address: string;
  /** Of a process in its network. */
  readonly pid: number;
}

const nodes = JSON.parse(process.env['TEST_SWARM'] ?? '[]') as NodeOfRun[];

/** Whether apps of this run go over a Swarm; else all of them go to the one engine. */
export const overSwarm = nodes.length > 0;

const ENGINE: NodeOfRun = {
  socket: '/var/run/docker.sock',
  address: '127.0.0.1',
  pid: process.pid,
};

/** The shared engine, or the nodes of the run's Swarm with the manager first. */
export const places: readonly Place[] = (overSwarm ? nodes : [ENGINE]).map((node) => ({
  ...node,
  docker: overSwarm ? new Docker({ socketPath: node.socket }) : new Docker(),
}));

/** Port for a further registry that every engine reaches on loopback; any free one where there is one engine. */
export const registryPort = Number(process.env['TEST_FURTHER_REGISTRY'] ?? 0);

/** Settings of a server whose apps go there. */
export const settingsOfPlaces: Environment = overSwarm
  ? {
      ORCHESTRATOR: 'swarm',
      APP_BIND: '0.0.0.0',
      DB_BIND: '0.0.0.0',
      DOCKER_HOST: `unix://${nodes[0]!.socket}`,
    }
  : {};

/** Socket of the engine that answers a server of this run. */
export const socketOfRun = places[0]!.socket;

/** Paths of the calls by which a server stops a service of an app, and by which it looks at all of them. */
export const engineCalls = overSwarm
  ? { stop: /\/services\/[^/]+\/update/, stopOf: '/update', list: /\/(services|tasks)\?/ }
  : { stop: /\/containers\/[^/]+\/stop/, stopOf: '/stop', list: /\/containers\/json/ };

/** Tests of what a Swarm does not have, or does in a way of its own that `test/swarm` tests. */
export function onOneEngineOnly(reason: string, tests: () => void): void {
  (overSwarm ? describe.skip : describe)(`on one engine only: ${reason}`, tests);
}

/**
 * Another program that listens on a port of every machine that may run apps.
 * @returns what ends it
 */
export async function squat(port: number, host = '127.0.0.1'): Promise<() => Promise<void>> {
  // The machine on which the server runs is one of them.
  const pids = new Set([process.pid, ...places.map(({ pid }) => pid)]);
  const ends = await Promise.all([...pids].map((pid) => listenIn(pid, port, host)));
  return async () => {
    for (const end of ends) await end();
  };
}

async function listenIn(pid: number, port: number, host: string): Promise<() => Promise<void>> {
  const listen = `require('net').createServer().listen(${port}, '${host}', () => console.log('listens'))`;
  const inNetwork = pid === process.pid ? [] : ['nsenter', '--net', '--target', String(pid)];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...inNetwork, process.execPath, '-e', listen]); // prettier-ignore
  const ended = once(child, 'exit');
  const [first] = (await Promise.race([once(child.stdout, 'data'), ended])) as unknown[];
  if (!(first instanceof Buffer)) throw new Error(`port ${port} of ${host} could not be taken`);
  return async () => {
    child.kill('SIGKILL');
    await ended;
  };
}
