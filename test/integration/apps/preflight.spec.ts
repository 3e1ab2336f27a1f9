import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppLab, docker } from '../../support/factories/app-lab';
import { ForbiddingRegistry, LockedRegistry } from '../../support/factories/refusing-registry';
import { publishStandIn, testRegistry } from '../../support/stand-in-image';

interface Check {
  readonly code: string;
  readonly level: string;
  readonly message: string;
}

interface Plan {
  readonly possible: boolean;
  readonly checks: readonly Check[];
  readonly images: readonly { reference: string; action: string; size: number | null }[];
}

const IMAGE = 'application/vnd.docker.distribution.manifest.v2+json';
const INDEX = 'application/vnd.docker.distribution.manifest.list.v2+json';

/** One service for each image. */
const services = (images: readonly string[]): string =>
  `services:\n${images.map((image, index) => `  s${index}: { image: "${image}" }\n`).join('')}`;

describe('the checks before an install', () => {
  let lab: AppLab;
  let published: string;
  let packed: number;
  beforeAll(async () => {
    lab = await AppLab.start();
    published = await publishStandIn(`sized-${Date.now()}:1`, { layersMebibytes: [1] });
    const { layers } = (await manifest(published, IMAGE)) as { layers: { size: number }[] };
    packed = layers.reduce((sum, { size }) => sum + size, 0);
  });
  afterAll(() => lab.close());

  const urlOf = (reference: string, tag: string): string => {
    const [, repository] = /^[^/]+\/(.+):/.exec(reference) ?? [];
    return `http://${testRegistry()}/v2/${repository}/manifests/${tag}`;
  };

  async function manifest(reference: string, type: string): Promise<unknown> {
    const tag = reference.slice(reference.lastIndexOf(':') + 1);
    return (await fetch(urlOf(reference, tag), { headers: { accept: type } })).json();
  }

  /** Names the published image for one architecture among others, as multi-arch images do. */
  async function publishIndex(tag: string, architectures: readonly string[]): Promise<string> {
    const head = await fetch(urlOf(published, '1'), { method: 'HEAD', headers: { accept: IMAGE } });
    const entry = {
      mediaType: IMAGE,
      digest: head.headers.get('docker-content-digest'),
      size: Number(head.headers.get('content-length')),
    };
    const answer = await fetch(urlOf(published, tag), {
      method: 'PUT',
      headers: { 'content-type': INDEX },
      body: JSON.stringify({
        schemaVersion: 2,
        mediaType: INDEX,
        manifests: architectures.map((architecture) => ({
          ...entry,
          platform: { os: 'linux', architecture },
        })),
      }),
    });
    expect(answer.status).toBe(201);
    return published.replace(/:1$/, `:${tag}`);
  }

  async function plan(name: string, compose: string, files = {}): Promise<Plan> {
    await lab.writeApp(name, compose, files);
    const http = lab.admin.http.with({ 'accept-language': 'en' });
    const answer = await http.get(`/api/v1/apps/${name}/plan`);
    expect(answer.status).toBe(200);
    return answer.body.data as Plan;
  }
  const check = ({ checks }: Plan, code: string) => checks.find((c) => c.code === code);

  it('report the size of a pull, for a plain and a multi-architecture image', async () => {
    const { Architecture } = await docker.version().then(({ Arch }) => ({ Architecture: Arch }));
    const many = await publishIndex('many', ['s390x', Architecture]);
    const planned = await plan('sizes', services([published, many]));
    expect(planned.images.map(({ action, size }) => [action, size])).toEqual([
      ['pull', packed],
      ['pull', packed],
    ]);
    expect(check(planned, 'registry')?.level).toBe('ok');
    expect(check(planned, 'disk')?.message).toContain('to pull');
  });

  it('list at once every image that cannot be pulled, with the reason', async () => {
    const [locked, forbidding] = await Promise.all([
      LockedRegistry.start(),
      ForbiddingRegistry.start(),
    ]);
    const foreign = await publishIndex('foreign', ['s390x']);
    const unknown = published.replace(/:1$/, ':nosuch');
    const images = [
      `${locked.address}/a/b:1`,
      `${forbidding.address}/a/b:1`,
      unknown,
      foreign,
      '127.0.0.1:1/a/b:1',
    ];
    const planned = await plan('refused', services(images));
    await Promise.all([locked.stop(), forbidding.stop()]);
    expect(planned.images.map(({ size }) => size)).toEqual(images.map(() => null));
    const found = check(planned, 'registry');
    expect(found?.level).toBe('warning');
    expect(found?.message).toBe(
      [
        'Registries that do not answer: 127.0.0.1:1',
        `Images that their registry refuses: ${images[0]}, ${images[1]}`,
        `Images that their registry does not have: ${unknown}`,
        `Images not made for this architecture: ${foreign}`,
      ].join('; '),
    );
  });

  it('fetch the anonymous token of public registries', async () => {
    const registry = await tokenRegistry(42);
    const { port } = registry.address() as AddressInfo;
    const planned = await plan('token', services([`127.0.0.1:${port}/some/app:1`]));
    registry.close();
    expect(planned.images[0]?.size).toBe(42);
  });

  it('list all obstacles at once', async () => {
    const image = await lab.image();
    const name = lab.containerName('blocked');
    const volume = `${lab.prefix}blocked_data`;
    await lab.engines.create(name, image);
    await docker.createVolume({ Name: volume });
    const planned = await plan(
      'blocked',
      `services:\n  web: { image: "${image}", volumes: ["data:/data"] }\nvolumes: { data: }\n`,
      {
        'app.json': JSON.stringify({
          title: { zh: '阻', en: 'Blocked' },
          main: { service: 'web', port: 8080 },
          requirements: { memory: '90000g', disk: '900000g', architectures: ['s390x'] },
        }),
      },
    );
    await lab.engines.remove(name);
    await docker.getVolume(volume).remove();
    expect(planned.possible).toBe(false);
    expect(planned.checks.filter((c) => c.level === 'error').map((c) => c.code)).toEqual([
      'container-name',
      'volumes',
      'architecture',
      'memory',
      'disk',
    ]);
  });
});

/** Hands out a manifest only for the token that it gives to anybody who asks for the right thing. */
async function tokenRegistry(size: number): Promise<Server> {
  const server = createServer((request, response) => {
    const here = `http://${request.headers.host}`;
    const url = new URL(request.url ?? '/', here);
    if (url.pathname === '/token') {
      const isRight =
        url.searchParams.get('service') === 'hub' &&
        url.searchParams.get('scope') === 'repository:some/app:pull';
      response.end(JSON.stringify(isRight ? { token: 'anybody' } : {}));
    } else if (request.headers.authorization !== 'Bearer anybody') {
      response.setHeader('www-authenticate', `Bearer realm="${here}/token",service="hub"`);
      response.writeHead(401).end('{}');
    } else {
      response.end(JSON.stringify({ schemaVersion: 2, layers: [{ digest: 'sha256:0', size }] }));
    }
  });
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  return server;
}
