import { randomBytes } from 'node:crypto';
import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGzip } from 'node:zlib';
import { readArchiveTags } from '../../../src/apps/compose/files/image-archive';
import { AppLab, CLEAN, docker, pageAt } from '../../support/factories/app-lab';
import {
  buildStandIn,
  publishStandIn,
  removeStandIn,
  testRegistry,
} from '../../support/stand-in-image';

const compose = (image: string): string => `services:
  web:
    image: ${image}
    ports: ["\${HTTP_PORT:-9001}:8080"]
`;

/** Writes images into an app's folder, as a person would, and removes them from the engine. */
async function saveImages(
  references: readonly string[],
  file: string,
  gzip = false,
): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const plain = `${file}.plain`;
  await promisify(execFile)('docker', ['save', '-o', plain, ...references]);
  if (gzip) await pipeline(createReadStream(plain), createGzip(), createWriteStream(file));
  else await copyFile(plain, file);
  await rm(plain);
  for (const name of references) await removeStandIn(name);
}

describe('a machine without access to public registries', () => {
  const unique = randomBytes(4).toString('hex');

  describe('with image archives in the folders of the apps', () => {
    let lab: AppLab;
    beforeAll(async () => {
      lab = await AppLab.start();
    });
    afterAll(() => lab.close());
    afterEach(async () => expect(await lab.leftovers()).toEqual(CLEAN));

    it.each([
      ['images/web.tar', false],
      ['images/web.tar.gz', true],
    ])('loads %s instead of pulling', async (path, gzip) => {
      const name = gzip ? 'zipped' : 'plain';
      const image = lab.track(`registry.invalid/${name}-${unique}:1`);
      await buildStandIn(image, { listen: [8080], page: `from ${name}` });
      await lab.writeApp(name, compose(image));
      await saveImages([image], join(lab.catalog, name, path), gzip);
      expect(await readArchiveTags(join(lab.catalog, name, path))).toEqual([image]);
      const info = await lab.installed(name);
      expect(await pageAt(info.port)).toBe(`from ${name}`);
      await lab.uninstall(name);
    });

    it('does not let an archive replace an image that is not the app’s', async () => {
      const own = lab.track(`registry.invalid/grabby-${unique}:1`);
      const other = lab.track(`registry.invalid/other-${unique}:1`);
      await buildStandIn(own, { listen: [8080] });
      await buildStandIn(other, { listen: [8080] });
      await lab.writeApp('grabby', compose(own));
      await saveImages([own, other], join(lab.catalog, 'grabby', 'images/all.tar'));
      expect((await lab.install('grabby')).status).toBe(200);
      expect(await lab.ended('grabby')).toMatchObject({ status: '2' });
      await expect(docker.getImage(other).inspect()).rejects.toMatchObject({ statusCode: 404 });
    });

    it('ignores files that are not archives', async () => {
      await lab.writeApp('odd', compose('x:1'), {
        'images/a.tar': 'no archive',
        'images/b.tar': '',
      });
      for (const name of ['a', 'b']) {
        expect(await readArchiveTags(join(lab.catalog, 'odd', `images/${name}.tar`))).toBeNull();
      }
    });
  });

  describe('with a mirror', () => {
    let lab: AppLab;
    beforeAll(async () => {
      lab = await AppLab.start({ IMAGE_MIRROR: testRegistry(), PUBLIC_HOST: 'lab.example.com' });
    });
    afterAll(() => lab.close());
    afterEach(async () => expect(await lab.leftovers()).toEqual(CLEAN));

    it('pulls every image from the mirror and runs an app in Websoft9 layout with its database', async () => {
      const app = `vendor/shop-${unique}:2.1`;
      const database = `mysql-${unique}:8.0`;
      const expected = ['DB_HOST', 'DB_PASSWORD', 'W9_URL'];
      lab.track(await publishStandIn(app, { listen: [8080], requiredEnv: expected }));
      lab.track(await publishStandIn(database, { listen: [3306] }));
      await lab.writeApp(
        'shop',
        `services:
  shop:
    image: $W9_REPO:$W9_VERSION
    container_name: $W9_ID
    ports: [ "$W9_HTTP_PORT_SET:8080" ]
    env_file: .env
    depends_on: [ mysql ]
  mysql:
    image: ${database.replace(':8.0', '')}:$W9_DB_VERSION
    container_name: $W9_ID-mysql
    environment: { MYSQL_ROOT_PASSWORD: $W9_POWER_PASSWORD }
    volumes: [ "mysql:/var/lib/mysql" ]
networks: { default: { name: "\${W9_NETWORK}", external: true } }
`,
        {
          '.env': `W9_REPO=${app.split(':')[0]}
W9_VERSION='2.1'
W9_POWER_PASSWORD='public'
W9_HTTP_PORT_SET='9001'
W9_ID='shop_x'
W9_DB_VERSION=8.0
W9_URL='internet_ip:$W9_HTTP_PORT_SET'
W9_NETWORK=websoft9
DB_HOST=$W9_ID-mysql
DB_PASSWORD=$W9_POWER_PASSWORD
`,
          'app.json': JSON.stringify({ database: { service: 'mysql', port: 3306 } }),
        },
      );
      const info = await lab.installed('shop');
      const page = await pageAt(info.port, '/cgi-bin/env');
      const environment = Object.fromEntries(
        (page ?? '').split('\n').map((line) => line.split('=')),
      );
      expect(environment).toMatchObject({
        W9_ID: 'shop',
        W9_HTTP_PORT_SET: info.port,
        W9_URL: `lab.example.com:${info.port}`,
        DB_HOST: 'shop-mysql',
      });
      // Generated, and the same on both sides.
      expect(environment.DB_PASSWORD).toMatch(/^[A-Za-z0-9]{24}$/);
      const inspected = await docker.getContainer(`${lab.prefix}shop-mysql`).inspect();
      expect(inspected.Config.Env).toContain(`MYSQL_ROOT_PASSWORD=${environment.DB_PASSWORD}`);
      expect(inspected.Config.Image).toBe(`${testRegistry()}/${database}`);
      // The app finds its database by the name that its template gives it; the page answers through it.
      expect(await pageAt(info.db_port)).toBe('stand-in');
      const look = await docker
        .getContainer(info.containerName)
        .exec({ Cmd: ['wget', '-qO-', 'http://shop-mysql:3306/'], AttachStdout: true });
      const stream = await look.start({});
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks).toString()).toContain('stand-in');
      await lab.uninstall('shop');
    });
  });
});
