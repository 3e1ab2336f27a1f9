import { randomBytes } from 'node:crypto';
import Docker from 'dockerode';
import { createTestNetwork } from '../../support/test-network';
import { buildStandIn, publishStandIn, removeStandIn } from '../../support/stand-in-image';

const docker = new Docker();
const unique = randomBytes(4).toString('hex');
const images: string[] = [];

async function runToEnd(
  image: string,
  options: Docker.ContainerCreateOptions = {},
): Promise<Docker.ContainerInspectInfo> {
  const container = await docker.createContainer({
    Image: image,
    ...options,
    HostConfig: { NetworkMode: 'none', ...options.HostConfig },
  });
  try {
    await container.start();
    await container.wait();
    return await container.inspect();
  } finally {
    await container.remove({ force: true });
  }
}

describe('stand-in images', () => {
  afterAll(async () => {
    for (const image of images) await removeStandIn(image);
  });

  it('are pulled from the registry and answer HTTP', async () => {
    const reference = await publishStandIn(`stand-in-${unique}:1`, {
      listen: [8080],
      page: 'hello there',
      env: { GREETING: 'a b' },
      layersMebibytes: [1],
    });
    images.push(reference);
    await expect(docker.getImage(reference).inspect()).rejects.toMatchObject({ statusCode: 404 });
    await new Promise<void>((resolve, reject) => {
      void docker.pull(reference, (error: Error | null, stream: NodeJS.ReadableStream) => {
        if (error) return reject(error);
        docker.modem.followProgress(stream, (failure) => (failure ? reject(failure) : resolve()));
      });
    });
    const network = await createTestNetwork({ Name: `stand-in-${unique}` });
    const container = await docker.createContainer({
      Image: reference,
      HostConfig: { PublishAllPorts: true, PortBindings: {}, NetworkMode: `stand-in-${unique}` },
    });
    try {
      await container.start();
      const info = await container.inspect();
      const port = info.NetworkSettings.Ports['8080/tcp']?.[0]?.HostPort;
      expect(await textOf(`http://127.0.0.1:${port}/`)).toBe('hello there\n');
      expect(await textOf(`http://127.0.0.1:${port}/cgi-bin/env`)).toContain('GREETING=a b\n');
      await container.stop({ t: 30 });
      // Ended by TERM; KILL would leave 137.
      expect((await container.inspect()).State.ExitCode).toBe(0);
    } finally {
      await container.remove({ force: true });
      await network.remove();
    }
  });

  it('exit with the given code', async () => {
    const image = `stand-in-exit-${unique}:1`;
    images.push(image);
    await buildStandIn(image, { exitCode: 7, requiredEnv: ['SECRET'] });
    expect((await runToEnd(image)).State.ExitCode).toBe(64);
    expect((await runToEnd(image, { Env: ['SECRET=x'] })).State.ExitCode).toBe(7);
  });

  it('run out of memory on request', async () => {
    const image = `stand-in-memory-${unique}:1`;
    images.push(image);
    await buildStandIn(image, { eatMemory: true });
    const { State } = await runToEnd(image, {
      HostConfig: { Memory: 16 * 1024 * 1024, MemorySwap: 16 * 1024 * 1024 },
    });
    expect(State.OOMKilled || State.ExitCode === 137).toBe(true);
  });
});

async function textOf(url: string): Promise<string> {
  for (const deadline = Date.now() + 10_000; ;) {
    try {
      return await (await fetch(url)).text();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}
