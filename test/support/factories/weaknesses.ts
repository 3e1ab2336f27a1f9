import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type Docker from 'dockerode';
import { findFreePort } from '../../../src/local-services/free-port';
import type { RiskCode } from '../../../src/server/risks/risk-codes';
import type { EngineProxy } from '../engine-proxy';
import { pollUntil } from '../poll-until';
import type { PrivateEngine } from '../private-engine';
import { buildStandIn } from '../stand-in-image';

const run = promisify(execFile);
const MEBIBYTE = 1024 * 1024;

/** Size of the engine's disk; a twentieth of it is what unused data is measured against. */
export const WEAK_ENGINE = { diskMebibytes: 256, inodes: 4096, networks: 8 } as const;

/** Something wrong with an engine, and what its remedy tells the operator to do about it. */
export interface Weakness {
  readonly code: RiskCode;
  readonly subject: string;
  readonly bring: () => Promise<void>;
  readonly remedy: () => Promise<void>;
}

/**
 * One weakness for every kind of risk that an engine, its containers and its disk can have. Brought
 * in reverse and mended in this order, each leaves the others as they are. Commands that a remedy names are carried out
 * as they stand there.
 */
export function weaknesses(engine: PrivateEngine, proxy: EngineProxy): Weakness[] {
  const { docker, dataRoot } = engine;
  const cli = (...args: string[]): Promise<{ stdout: string }> =>
    run('docker', ['-H', engine.host, ...args]);

  /** Nothing to complain of but what `change` brings. */
  const start = async (name: string, change: Docker.ContainerCreateOptions): Promise<void> => {
    const { HostConfig, ...rest } = change;
    const container = await docker.createContainer({
      name,
      Image: 'sound:1',
      User: '65534',
      ...rest,
      HostConfig: { Memory: 32 * MEBIBYTE, NetworkMode: 'none', ...HostConfig },
    });
    await container.start();
  };
  const inContainer = (
    code: RiskCode,
    weak: () => Promise<Docker.ContainerCreateOptions> | Docker.ContainerCreateOptions,
    mended: () => Promise<Docker.ContainerCreateOptions> | Docker.ContainerCreateOptions,
  ): Weakness => ({
    code,
    subject: code,
    bring: async () => start(code, await weak()),
    remedy: async () => {
      await docker.getContainer(code).remove({ force: true });
      await start(code, await mended());
    },
  });
  const published = async (HostIp: string): Promise<Docker.ContainerCreateOptions> => ({
    ExposedPorts: { '80/tcp': {} },
    HostConfig: {
      NetworkMode: 'bridge',
      PortBindings: { '80/tcp': [{ HostIp, HostPort: String(await findFreePort()) }] },
    },
  });
  /** How much more makes nine tenths of the disk. */
  const missing = async (totalAndUsed: string): Promise<number> => {
    const { stdout } = await run('df', ['-B1', `--output=${totalAndUsed}`, dataRoot]);
    const [total = 0, used = 0] = stdout.split('\n')[1]?.trim().split(/\s+/).map(Number) ?? [];
    return Math.round(total * 0.9 - used);
  };
  const manyFiles = join(dataRoot, 'sessions');
  const bigFile = join(dataRoot, 'big.log');

  const brokenDisk = join(engine.folder, 'broken');

  return [
    {
      // A file system whose program has died.
      code: 'disk-unreadable',
      subject: brokenDisk,
      bring: async () => {
        await mkdir(brokenDisk);
        const options = 'fd=3,rootmode=40000,user_id=0,group_id=0';
        const mount = `exec 3<>/dev/fuse; mount -i -t fuse -o ${options} /dev/dead "$1"`;
        await run('bash', ['-c', mount, 'mount', brokenDisk]);
      },
      remedy: async () => {
        await run('umount', [brokenDisk]);
      },
    },
    {
      code: 'inode-pressure',
      subject: dataRoot,
      bring: async () => {
        await mkdir(manyFiles);
        const names = Array.from({ length: await missing('itotal,iused') }, (_, i) => String(i));
        await Promise.all(names.map((name) => writeFile(join(manyFiles, name), '')));
      },
      remedy: () => rm(manyFiles, { recursive: true }),
    },
    {
      code: 'disk-pressure',
      subject: dataRoot,
      bring: async () => {
        await run('fallocate', ['-l', String(await missing('size,used')), bigFile]);
      },
      remedy: () => rm(bigFile),
    },
    inContainer(
      'port-on-all-addresses',
      () => published(''),
      () => published('127.0.0.1'),
    ),
    inContainer(
      'privileged-container',
      () => ({ HostConfig: { Privileged: true } }),
      () => ({ HostConfig: { CapAdd: ['NET_ADMIN'] } }),
    ),
    inContainer(
      'docker-socket-mounted',
      () => ({ HostConfig: { Binds: ['/run:/host/run:ro'] } }),
      () => ({ Env: ['DOCKER_HOST=tcp://socket-proxy:2375'] }),
    ),
    inContainer(
      'host-namespace',
      () => ({ HostConfig: { NetworkMode: 'host' } }),
      () => published('127.0.0.1'),
    ),
    {
      ...inContainer(
        'no-memory-limit',
        () => ({ HostConfig: { Memory: 0 } }),
        () => ({}),
      ),
      remedy: async () => {
        await cli('update', '--memory', '512m', '--memory-swap', '512m', 'no-memory-limit');
      },
    },
    inContainer(
      'latest-tag',
      () => ({ Image: 'sound:latest' }),
      () => ({ Image: 'sound:1' }),
    ),
    inContainer(
      'root-with-writable-root',
      () => ({ User: '' }),
      () => ({ User: '', HostConfig: { ReadonlyRootfs: true } }),
    ),
    {
      // Fails as long as the folder that it needs is empty.
      ...inContainer(
        'restart-loop',
        () => ({
          Cmd: ['/bin/sh', '-c', 'test -f /needed/file && exec /start.sh'],
          HostConfig: {
            Binds: ['needed:/needed'],
            RestartPolicy: { Name: 'on-failure' },
          },
        }),
        () => ({}),
      ),
      remedy: async () => {
        await writeFile(join(dataRoot, 'volumes', 'needed', '_data', 'file'), '');
        await cli('restart', 'restart-loop');
      },
    },
    {
      ...inContainer(
        'unhealthy',
        () => ({ Image: 'unhealthy:1', User: '65534' }),
        () => ({}),
      ),
      remedy: async () => {
        const { stdout } = await cli(
          'inspect',
          '-f',
          '{{(index .State.Health.Log 0).ExitCode}}',
          'unhealthy',
        );
        if (stdout.trim() !== '1') throw new Error(`the health check says nothing: ${stdout}`);
        await cli('exec', '-u', '0', 'unhealthy', 'touch', '/healthy');
        await cli('restart', '-t', '0', 'unhealthy');
      },
    },
    {
      code: 'dangling-images',
      subject: 'images',
      bring: async () => {
        await buildStandIn('rebuilt:1', { layersMebibytes: [16] }, docker);
        await buildStandIn('rebuilt:1', {}, docker);
      },
      remedy: async () => {
        await cli('image', 'prune', '--force');
      },
    },
    {
      code: 'unused-volumes',
      subject: 'volumes',
      bring: async () => {
        const container = await docker.createContainer({
          Image: 'sound:1',
          Cmd: ['dd', 'if=/dev/zero', 'of=/left/data', 'bs=1M', 'count=16'],
          HostConfig: { NetworkMode: 'none', Binds: ['left-behind:/left'] },
        });
        await container.start();
        const { StatusCode } = (await container.wait()) as { StatusCode: number };
        if (StatusCode !== 0) throw new Error(`writing ended with ${StatusCode}`);
        await container.remove();
      },
      remedy: async () => {
        const { stdout } = await cli('volume', 'ls', '-q', '-f', 'dangling=true');
        await cli('volume', 'rm', ...stdout.trim().split('\n'));
      },
    },
    {
      code: 'address-pool-nearly-used',
      subject: 'docker',
      bring: async () => {
        for (let i = 1; i < WEAK_ENGINE.networks; i++) {
          await docker.createNetwork({ Name: `unused-${i}`, CheckDuplicate: true });
        }
      },
      remedy: async () => {
        await cli('network', 'prune', '--force');
      },
    },
    {
      code: 'engine-tcp-exposed',
      subject: 'docker',
      bring: async () => engine.restart(['--host', `tcp://127.0.0.1:${await findFreePort()}`]),
      remedy: () => engine.restart(),
    },
    {
      // No newer engine can be had for a test, so the upgrade is told by the proxy before it.
      code: 'engine-outdated',
      subject: 'docker',
      bring: async () => {
        const { ServerVersion } = (await docker.info()) as { ServerVersion: string };
        if (Number.parseInt(ServerVersion, 10) >= 27) proxy.version = '20.10.24';
        await pollUntil('the engine to answer through the proxy', () => docker.ping());
      },
      remedy: () => {
        proxy.version = '99.0.0';
        return Promise.resolve();
      },
    },
  ];
}
