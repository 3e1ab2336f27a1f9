import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CatalogLoader } from '../../../src/apps/catalog/catalog-loader';
import { prepareProjectFolder } from '../../../src/apps/compose/files/project-folder';
import { resolveTemplate } from '../../../src/apps/compose/policy/resolve-template';
import { completeVariables } from '../../../src/apps/compose/template/template-variables';
import { EngineProject, type Inspected } from '../../support/engine-project';
import { buildStandIn, removeStandIn } from '../../support/stand-in-image';
import { TemplateFolder } from '../../support/template-folder';

const unique = randomBytes(4).toString('hex');
const image = `casa-${unique}:1`;
const prefix = `c${unique}-`;
const sharedNetwork = `c${unique}`;

/** A store with two templates in the way in which CasaOS stores write them. */
const store = {
  'Apps/Photo Box/docker-compose.yml': `name: photo-box
services:
  server:
    image: ${image}
    container_name: photo-box-server
    network_mode: bridge
    restart: unless-stopped
    privileged: false
    cpu_shares: 90
    command: []
    deploy: { resources: { limits: { memory: 256M }, reservations: { memory: "64M" } } }
    ports:
      - target: 8080
        published: "\${WEBUI_PORT:-8080}"
        protocol: tcp
      - { target: 5353, published: "5353", protocol: udp }
    environment:
      PUID: $PUID
      PGID: $PGID
      TZ: $TZ
      ADMIN: $DefaultUserName
      PASSWORD: $default_pwd
    volumes:
      - { type: bind, source: /DATA/AppData/$AppID/config, target: /config }
      - { type: bind, source: /DATA/Media/My Photos, target: /photos, read_only: true }
    x-casaos:
      envs: [{ container: TZ, description: { en_us: Time zone, zh_cn: 时区 } }]
      ports: [{ container: "8080", description: { en_us: Web, zh_cn: 网页 } }]
      volumes: [{ container: /config, description: { en_us: Settings, zh_cn: 设置 } }]
x-casaos:
  architectures: [amd64, arm64]
  main: server
  category: Gallery
  title: { en_us: Photo Box, zh_cn: 相册 }
  tagline: { en_us: Keeps photos, zh_cn: 保存照片 }
  tips: { before_install: { en_us: The user is admin, zh_cn: 用户名为 admin } }
  index: /login
  scheme: http
  port_map: "\${WEBUI_PORT:-8080}"
`,
  'Apps/Deck/docker-compose.yml': `name: deck
services:
  deck:
    image: ${image}
    network_mode: host
    privileged: true
    devices: ["/dev/dri:/dev/dri"]
    volumes: [{ type: bind, source: /etc/localtime, target: /etc/localtime }]
    ports: [{ target: 80, published: "80" }]
x-casaos: { main: deck, port_map: "80", title: { en_us: Deck } }
`,
};

describe('a CasaOS store', () => {
  let folder: TemplateFolder;

  beforeAll(async () => {
    await buildStandIn(image);
    folder = await TemplateFolder.make(store);
  });

  afterAll(async () => {
    await folder.remove();
    await removeStandIn(image);
  });

  async function load(trusted: boolean) {
    const source = { path: folder.path, trusted, builtIn: false, store: 'measured' };
    const { entries } = await new CatalogLoader([source], { prefix, sharedNetwork }).load();
    return entries;
  }

  async function create(
    name: string,
    trusted: boolean,
    check: (found: Inspected, dir: string) => void,
  ) {
    const template = (await load(trusted)).get(name)?.template;
    if (!template) throw new Error(name);
    const { values, problems } = completeVariables(template, {});
    expect(problems).toEqual([]);
    const input = { prefix, sharedNetwork, values };
    const leases = Object.fromEntries(
      resolveTemplate(template, input).ports.map(({ key }, index) => [key, 31_700 + index]),
    );
    const app = resolveTemplate(template, { ...input, leases });
    const projectDir = await mkdtemp(join(tmpdir(), 'casaos-'));
    const project = new EngineProject(app, leases, {
      installationId: unique,
      projectDir,
      bindAddress: '127.0.0.1',
      databaseBindAddress: '127.0.0.1',
    });
    try {
      await prepareProjectFolder(template, app, projectDir);
      const found = (await project.create()).get(app.mainService);
      if (!found) throw new Error(app.mainService);
      check(found, projectDir);
    } finally {
      await project.remove();
      await rm(projectDir, { recursive: true, force: true });
    }
  }

  it('is listed with names, tips and the page to open, in both languages', async () => {
    const entry = (await load(false)).get('photo-box');
    expect(entry?.verdict).toBe('usable');
    expect(entry?.template.metadata).toMatchObject({
      title: { zh: '相册', en: 'Photo Box' },
      description: { zh: '保存照片', en: 'Keeps photos' },
      tips: { zh: '用户名为 admin', en: 'The user is admin' },
      category: 'media',
      main: { service: 'server', path: '/login' },
      requirements: { architectures: ['amd64', 'arm64'] },
    });
    expect(entry?.preview.mainPort).toMatchObject({ containerPort: 8080, variable: 'WEBUI_PORT' });
  });

  it('is created with its variables filled in and its data in the app’s own folder', () =>
    create('photo-box', false, ({ Name, Config, HostConfig }, dir) => {
      expect(Name).toBe(`/${prefix}photo-box`);
      expect(Config.Env).toEqual(
        expect.arrayContaining(['PUID=1000', 'PGID=1000', 'TZ=UTC', 'ADMIN=admin']),
      );
      expect(Config.Env).toContainEqual(expect.stringMatching(/^PASSWORD=[A-Za-z0-9]{24}$/));
      expect(HostConfig).toMatchObject({
        NetworkMode: `${prefix}photo-box_default`,
        Privileged: false,
        CpuShares: 90,
        Memory: 256 * 1024 ** 2,
        MemoryReservation: 64 * 1024 ** 2,
        PortBindings: {
          '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: '31700' }],
          '5353/udp': [{ HostIp: '127.0.0.1', HostPort: '31701' }],
        },
      });
      expect([...(HostConfig.Binds as string[])].sort()).toEqual([
        `${dir}/DATA/AppData/photo-box/config:/config:rw`,
        `${dir}/DATA/Media/My Photos:/photos:ro`,
      ]);
    }));

  it('is rejected when a template requires host access, unless the store is trusted', async () => {
    const entry = (await load(false)).get('deck');
    expect(entry?.verdict).toBe('forbidden');
    expect(entry?.problems.map(({ code, line }) => `${code}:${line}`).sort()).toEqual([
      'bind-outside:8',
      'device:7',
      'host-namespace:5',
      'privileged:6',
    ]);
    await create('deck', true, ({ HostConfig }) => {
      expect(HostConfig).toMatchObject({
        NetworkMode: 'host',
        Privileged: true,
        Devices: [{ PathOnHost: '/dev/dri', PathInContainer: '/dev/dri' }],
        Binds: ['/etc/localtime:/etc/localtime:rw'],
      });
    });
  });
});
