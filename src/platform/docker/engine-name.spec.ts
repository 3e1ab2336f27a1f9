import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerEngine } from './docker-engine';
import { imageInPath, nameInPath } from './engine-name';

const hostile = [
  '',
  '.',
  '..',
  '../../x',
  'x/../../127.0.0.1:1/x',
  '/x',
  'a b',
  'a?b',
  'a%2fb',
  'é',
];

describe(nameInPath.name, () => {
  it.each(hostile)('rejects %j', (name) => {
    expect(() => nameInPath(name)).toThrow(expect.objectContaining({ failure: 'name-invalid' }));
  });

  it.each(['a', '9f', 'websoft9-app_data.before-upgrade'])('accepts %j', (name) => {
    expect(nameInPath(name)).toBe(name);
  });
});

describe(imageInPath.name, () => {
  it.each(['../x', 'a/../b', 'a?b', ' a'])('rejects %j', (name) => {
    expect(() => imageInPath(name)).toThrow(
      expect.objectContaining({ failure: 'image-reference-bad' }),
    );
  });
});

describe('an engine that answers with a redirect', () => {
  let folder: string;
  let engineServer: Server;
  let elsewhere: Server;
  const visits: string[] = [];
  let location = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'redirect-'));
    elsewhere = createServer((request, response) => {
      visits.push(request.url ?? '');
      response.end('{}');
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    engineServer = createServer((_, response) => {
      response.writeHead(301, { location }).end();
    });
    await new Promise<void>((resolve) => engineServer.listen(join(folder, 'sock'), resolve));
  });
  afterAll(async () => {
    engineServer.close();
    elsewhere.close();
    await rm(folder, { recursive: true });
  });

  it.each(['//127.0.0.1:PORT/x', 'http://127.0.0.1:PORT/x', 'ftp://x/y', 'http://[/'])(
    'fails the call and leads nowhere: %s',
    async (to) => {
      const { port } = elsewhere.address() as AddressInfo;
      location = to.replace('PORT', String(port));
      const engine = new DockerEngine(`unix://${join(folder, 'sock')}`);
      await expect(engine.volumes.find('x')).rejects.toThrow(
        expect.objectContaining({ failure: 'unexpected' }),
      );
      // A later request comes in after any that the redirect may have caused.
      await fetch(`http://127.0.0.1:${port}/last`);
      expect(visits.splice(0)).toEqual(['/last']);
    },
  );
});
