import { execFileSync } from 'node:child_process';
import { symlink } from 'node:fs/promises';
import { TemplateFolder } from '../../../../test/support/template-folder';
import { buildEnginePlan } from '../engine/engine-plan';
import { buildContainerSpec } from '../engine/container-spec.builder';
import { loadTemplate } from '../layouts/load-template';
import { buildNetworkSpec, buildVolumeSpec } from '../engine/network-spec.builder';
import { checkPlan } from './check-plan';
import { resolveTemplate } from './resolve-template';
import type { ResolveInput } from '../resolve/resolve-input';
import type { PortLeases, ResolvedApp } from '../resolve/resolved-app';
import type { LoadTemplateOptions } from '../template/template';
import { verdictOf } from '../language/template-problem';

const folders: TemplateFolder[] = [];
afterAll(() => Promise.all(folders.map((folder) => folder.remove())));

async function load(files: Record<string, string | Buffer>, options: LoadTemplateOptions = {}) {
  const folder = await TemplateFolder.make(files);
  folders.push(folder);
  return loadTemplate(folder.path, { name: 'app', ...options });
}

async function resolve(
  compose: string | Record<string, string | Buffer>,
  input: Partial<ResolveInput> = {},
  options: LoadTemplateOptions = {},
): Promise<ResolvedApp> {
  const files = typeof compose === 'string' ? { 'compose.yaml': compose } : compose;
  const template = await load(files, options);
  return resolveTemplate(template, { prefix: 'w9-', sharedNetwork: 'shared', ...input });
}

const context = {
  installationId: 'i-1',
  projectDir: '/data/apps/app',
  bindAddress: '0.0.0.0',
  databaseBindAddress: '127.0.0.1',
};

function leasesFor(app: ResolvedApp): PortLeases {
  return Object.fromEntries(app.ports.map(({ key }, index) => [key, 9100 + index]));
}

const problems = (app: ResolvedApp) =>
  app.problems
    .filter(({ kind }) => kind !== 'note')
    .map(({ code, key, line }) => ({ code, key, line }));

const websoft9 = {
  'docker-compose.yml': `services:
  web:
    image: $W9_REPO:$W9_VERSION
    container_name: $W9_ID
    ports: [ "$W9_HTTP_PORT_SET:80" ]
    env_file: .env
    depends_on: [db]
  db:
    image: mysql:8
    container_name: $W9_ID-mysql
    environment:
      MYSQL_PASSWORD: $W9_POWER_PASSWORD
    volumes: [ "data:/var/lib/mysql" ]
volumes: { data: , spare: }
networks:
  default: { name: "\${W9_NETWORK}", external: true }
`,
  '.env': `W9_ID='app_x1'
W9_REPO=web
W9_VERSION='1'
W9_POWER_PASSWORD='default'
W9_HTTP_PORT_SET='9001'
W9_URL='internet_ip:$W9_HTTP_PORT_SET'
W9_NETWORK=websoft9
W9_DB_EXPOSE="mysql"
HOST=$W9_ID-mysql
URL=http://\${W9_URL}/
PASS=$W9_POWER_PASSWORD
`,
  'variables.json': '{"trademark":"App"}',
};

describe(resolveTemplate.name, () => {
  it('lists the parts of an app in Websoft9 layout', async () => {
    const app = await resolve(websoft9);
    expect(verdictOf(app.problems)).toBe('usable');
    expect(app).toMatchObject({ projectName: 'w9-app', mainService: 'web' });
    expect(app.startOrder).toEqual([['db'], ['web']]);
    expect(app.ports).toMatchObject([
      {
        key: 'web:80/tcp',
        variable: 'W9_HTTP_PORT_SET',
        preferred: 9001,
        role: 'main',
        fixed: false,
      },
      { key: 'db:3306/tcp', variable: null, role: 'database' },
    ]);
    expect(app.mainPort).toBe(app.ports[0]);
    expect(app.database?.port).toBe(app.ports[1]);
    expect(app.volumes).toEqual([{ key: 'data', name: 'w9-app_data', external: false }]);
    expect(app.networks).toEqual([
      { key: 'default', name: 'w9-app_default', shared: false, external: false },
      { key: '@shared', name: 'shared', shared: true, external: false },
    ]);
  });

  it('passes leases and installer values to every use', async () => {
    const app = await resolve(websoft9, {
      values: { W9_POWER_PASSWORD: 'gene$rated' },
      leases: { 'web:80/tcp': 9007, 'db:3306/tcp': 3310 },
      publicHost: 'lab.example.com',
    });
    const environment = app.project.services.get('web')?.environment;
    expect(Object.fromEntries(environment ?? [])).toMatchObject({
      W9_ID: 'app',
      W9_NETWORK: 'shared',
      W9_HTTP_PORT_SET: '9007',
      W9_URL: 'lab.example.com:9007',
      HOST: 'app-mysql',
      URL: 'http://lab.example.com:9007/',
      PASS: 'gene$rated',
    });
    expect(app.project.services.get('db')?.environment.get('MYSQL_PASSWORD')).toBe('gene$rated');
  });

  it('marks values that are or contain a secret', async () => {
    const app = await resolve(websoft9, { values: { W9_POWER_PASSWORD: 'generated' } });
    const secret = app.variables.filter((item) => item.secret).map(({ name }) => name);
    expect(secret).toEqual(expect.arrayContaining(['W9_POWER_PASSWORD', 'PASS']));
    expect(secret).not.toContain('W9_VERSION');
  });

  it('keeps a port that the user named', async () => {
    const app = await resolve(websoft9, { values: { W9_HTTP_PORT_SET: '8088' } });
    expect(app.ports[0]).toMatchObject({ preferred: 8088, fixed: true });
  });

  it('gives two protocols of one variable one number', async () => {
    const app = await resolve(`services:
  dns: { image: "dns:1", ports: ["\${P:-53}:53/tcp", "\${P:-53}:53/udp"] }`);
    expect(app.ports).toMatchObject([
      { key: 'dns:53/tcp', variable: 'P', sameAs: null },
      { key: 'dns:53/udp', variable: 'P', sameAs: 'dns:53/tcp' },
    ]);
  });

  it('publishes each replica at a port of its own', async () => {
    const app = await resolve(`services:
  web: { image: "w:1", ports: ["\${P:-80}:80"], deploy: { replicas: 2 } }`);
    expect(app.ports.map(({ key, variable }) => [key, variable])).toEqual([
      ['web:80/tcp', 'P'],
      ['web:80/tcp#2', null],
    ]);
    const names = buildEnginePlan(app, leasesFor(app), context).containers.map(({ name }) => name);
    expect(names).toEqual(['w9-app', 'w9-app-2']);
  });

  it('leaves out services of inactive profiles', async () => {
    const compose = `services:
  a: { image: "a:1" }
  b: { image: "b:1", profiles: [extra] }`;
    expect([...(await resolve(compose)).project.services.keys()]).toEqual(['a']);
    const all = await resolve(compose, { activeProfiles: ['extra'] });
    expect([...all.project.services.keys()]).toEqual(['a', 'b']);
  });

  it('prefixes images with the mirror and names built images', async () => {
    const files = {
      'compose.yaml':
        'services:\n  a: { image: "ghcr.io/x/a:1" }\n  b: { build: ., image: "mysql:8" }',
      Dockerfile: 'FROM scratch',
    };
    const app = await resolve(files, { mirrorPrefix: 'mirror:5000' });
    expect(app.images.map(({ reference }) => reference)).toEqual([
      'mirror:5000/ghcr.io/x/a:1',
      'w9-app-b:latest',
    ]);
  });

  it('maps the data root of CasaOS templates to the app’s folder', async () => {
    const app = await resolve(`services:
  jelly:
    image: jelly:1
    ports: [{ target: 8096, published: "8097" }, { target: 7000, published: "7000" }]
    volumes: [{ type: bind, source: /DATA/AppData/$AppID/config, target: /config }]
    environment: { PUID: $PUID }
x-casaos: { main: jelly, port_map: "8097", category: Media, title: { en_us: Jelly, zh_cn: 果冻 } }`);
    expect(verdictOf(app.problems)).toBe('usable');
    expect(app.mainPort?.containerPort).toBe(8096);
    const { body } = buildContainerSpec(app, 'jelly', leasesFor(app), context);
    expect(body.HostConfig.Binds).toEqual(['/data/apps/app/DATA/AppData/app/config:/config:rw']);
    expect(body.Env).toEqual(['PUID=1000']);
  });

  it('gives a service on the default bridge the app’s own network, unless it is trusted', async () => {
    const compose =
      'services: { emby: { image: "e:1", network_mode: bridge, ports: ["8096:8096"] } }';
    const untrusted = await resolve(compose);
    expect(untrusted.mainPort?.key).toBe('emby:8096/tcp');
    const own = buildContainerSpec(untrusted, 'emby', leasesFor(untrusted), context);
    expect(own.body.HostConfig.NetworkMode).toBe('w9-app_default');
    const app = await resolve(compose, {}, { trusted: true });
    expect(app.mainPort?.key).toBe('emby:8096/tcp');
    const { body } = buildContainerSpec(app, 'emby', leasesFor(app), context);
    expect(body.HostConfig).toMatchObject({
      NetworkMode: 'bridge',
      PortBindings: { '8096/tcp': [{ HostPort: '9100' }] },
    });
    expect(app.networks).toEqual([]);
  });

  describe('refuses by policy, with key and line', () => {
    const one = (lines: string) =>
      `services:\n  a:\n    image: a:1\n    ${lines.replaceAll('\n', '\n    ')}`;

    it.each([
      ['privileged: true', 'privileged', 'services.a.privileged', 4],
      ['network_mode: host', 'host-namespace', 'services.a.network_mode', 4],
      ['network_mode: "container:other"', 'host-namespace', 'services.a.network_mode', 4],
      ['pid: host', 'host-namespace', 'services.a.pid', 4],
      ['ipc: host', 'host-namespace', 'services.a.ipc', 4],
      ['uts: host', 'host-namespace', 'services.a.uts', 4],
      ['userns_mode: host', 'host-namespace', 'services.a.userns_mode', 4],
      ['cgroup: host', 'host-namespace', 'services.a.cgroup', 4],
      ['cap_add:\n  - NET_ADMIN', 'cap-add', 'services.a.cap_add', 4],
      ['cap_add: [CHOWN, ALL]', 'cap-add', 'services.a.cap_add', 4],
      ['devices: ["/dev/sda:/dev/sda"]', 'device', 'services.a.devices', 4],
      ['device_cgroup_rules: ["c 1:3 mr"]', 'device', 'services.a.device_cgroup_rules', 4],
      [
        'volumes:\n  - ./a:/a\n  - /var/run/docker.sock:/s',
        'docker-socket',
        'services.a.volumes.1',
        6,
      ],
      ['volumes: ["/run/../run//docker.sock:/s"]', 'docker-socket', 'services.a.volumes.0', 4],
      ['volumes: ["/app/x:/e:ro"]', 'bind-outside', 'services.a.volumes.0', 4],
      ['volumes: ["/etc:/e:ro"]', 'bind-outside', 'services.a.volumes.0', 4],
      ['volumes: ["./x/../../y:/e"]', 'bind-outside', 'services.a.volumes.0', 4],
      ['volumes: ["~/x:/e"]', 'bind-outside', 'services.a.volumes.0', 4],
      ['volumes: [{type: bind, source: /, target: /h}]', 'bind-outside', 'services.a.volumes.0', 4],
      ['volumes_from: ["container:other"]', 'bind-outside', 'services.a.volumes_from.0', 4],
      ['security_opt: ["seccomp:unconfined"]', 'security-opt', 'services.a.security_opt.0', 4],
      ['security_opt: ["apparmor=unconfined"]', 'security-opt', 'services.a.security_opt.0', 4],
      ['security_opt: ["label:disable"]', 'security-opt', 'services.a.security_opt.0', 4],
      ['security_opt: ["systempaths=unconfined"]', 'security-opt', 'services.a.security_opt.0', 4],
      ['security_opt: ["no-new-privileges:false"]', 'security-opt', 'services.a.security_opt.0', 4],
      ['runtime: other', 'runtime', 'services.a.runtime', 4],
      ['cgroup_parent: x', 'cgroup-parent', 'services.a.cgroup_parent', 4],
      ['build: https://example.com/x.git', 'remote-build', 'services.a.build', 4],
    ])('%j', async (lines, code, key, line) => {
      const app = await resolve(one(lines));
      expect(problems(app)).toContainEqual({ code, key, line });
      expect(verdictOf(app.problems)).toBe('forbidden');
      const trusted = await resolve(one(lines), {}, { trusted: true });
      expect(trusted.problems.filter(({ kind }) => kind === 'forbidden')).toEqual([]);
    });

    it('a Dockerfile that is another one than was examined with the catalog', async () => {
      const template = await load({
        'compose.yaml': one('build: { context: ., dockerfile: "${APP_ID:-Dockerfile}" }'),
        Dockerfile: 'FROM scratch',
        app: 'FROM scratch\nADD http://10.0.0.1/x /',
      });
      const { problems } = resolveTemplate(template, { prefix: 'w9-', sharedNetwork: 'shared' });
      expect(problems.map(({ code }) => code)).toEqual(['remote-build']);
    });

    it.each([
      ['external-volume', 'volumes: { v: { external: true } }'],
      ['volume-device', 'volumes: { v: { driver_opts: { type: none, o: bind, device: /etc } } }'],
      ['volume-device', 'volumes: { v: { driver_opts: { type: nfs, device: ":/x" } } }'],
      ['volume-device', 'volumes: { v: { driver: sshfs } }'],
      ['external-network', 'networks: { default: { external: true, name: theirs } }'],
      ['bind-outside', 'secrets: { s: { file: ../x } }'],
      ['network-driver', 'networks: { default: { driver: macvlan } }'],
    ])('%s', async (code, top) => {
      const app = await resolve(`services: { a: { image: "a:1", volumes: ["v:/v"] } }\n${top}`);
      expect(problems(app).map((problem) => problem.code)).toContain(code);
      expect(problems(app)[0]?.line).toBe(2);
    });

    it('but accepts harmless options', async () => {
      const app = await resolve(
        `${one('security_opt: ["no-new-privileges:true"]\nvolumes: ["./a:/a", "t:/t"]\nipc: private\ncap_drop: [ALL]\ncap_add: [CHOWN, cap_setuid, CAP_SETGID]\ndevices: []')}
volumes: { t: { driver_opts: { type: tmpfs, device: tmpfs } } }`,
      );
      expect(problems(app)).toEqual([]);
    });
  });

  describe('calls broken, with key and line', () => {
    it.each([
      [
        'a circle',
        'services:\n  a: {image: "a:1", depends_on: [b]}\n  b: {image: "b:1", depends_on: [a]}',
        'dependency-cycle',
      ],
      [
        'a service that waits for itself',
        'services:\n  a: {image: "a:1", depends_on: [a]}',
        'dependency-cycle',
      ],
      ['an unknown service', 'services:\n  a: {image: "a:1", depends_on: [b]}', 'unknown-service'],
      [
        'a variable that must be set',
        'services:\n  a: {image: "a:${TAG:?set it}"}',
        'variable-required',
      ],
      ['an image without a name', 'services:\n  a: {image: "$REPO:$TAG"}', 'bad-image'],
      ['no image', 'services:\n  a: {command: x}', 'no-image'],
      [
        'a bad container name',
        'services:\n  a: {image: "a:1", container_name: "a b"}',
        'bad-container-name',
      ],
      ['a bad port', 'services:\n  a: {image: "a:1", ports: ["99999:1"]}', 'bad-value'],
      ['a bad duration', 'services:\n  a: {image: "a:1", stop_grace_period: 30}', 'bad-value'],
      ['a bad size', 'services:\n  a: {image: "a:1", mem_limit: lots}', 'bad-value'],
      [
        'a mount twice',
        'services:\n  a: {image: "a:1", volumes: ["x:/tmp/", "y:/tmp"]}',
        'duplicate-mount',
      ],
      [
        'a relative mount point',
        'services:\n  a: {image: "a:1", volumes: ["x:tmp"]}',
        'bad-mount-target',
      ],
      [
        'a missing env_file',
        'services:\n  a: {image: "a:1", env_file: other.env}',
        'env-file-missing',
      ],
      ['an unknown secret', 'services:\n  a: {image: "a:1", secrets: [s]}', 'unknown-file-object'],
      ['no services', 'services: {}', 'no-services'],
      ['a list of services', 'services: [a]', 'no-services'],
      ['a text', 'hello', 'no-services'],
      ['nothing', '', 'no-services'],
    ])('%s', async (_, compose, code) => {
      const app = await resolve(compose);
      expect(verdictOf(app.problems)).toBe('broken');
      expect(problems(app).map((problem) => problem.code)).toContain(code);
    });

    it('but a GPU that this machine lacks is needed hardware', async () => {
      const compose = 'services:\n  a: {image: "a:1", gpus: all}';
      const app = await resolve(compose);
      expect(verdictOf(app.problems)).toBe('needs-hardware');
      expect(problems(app).map(({ code }) => code)).toEqual(['gpu-missing']);
      const where = await resolve(compose, { gpu: true });
      expect(verdictOf(where.problems)).toBe('usable');
    });

    it('two containers of one name', async () => {
      const app = await resolve(`services:
  a: {image: "a:1", container_name: app-x}
  b: {image: "a:1", container_name: app-x}
  c: {image: "a:1", ports: ["80:80"]}`);
      expect(problems(app).map(({ code }) => code)).toEqual(['container-name-twice']);
    });
  });

  it.each([
    ['services:\n  a: {image: "a:1", credential_spec: {file: x}}', 'services.a.credential_spec', 2],
    ['services:\n  a:\n    image: a:1\n    provider: {type: x}', 'services.a.provider', 4],
    ['models: {m: {model: x}}\nservices:\n  a: {image: "a:1"}', 'models', 1],
    ['services:\n  a: {image: "a:1"}\nconfigs: {c: {external: true}}', 'configs.c.external', 3],
  ])('names an unsupported key: %j', async (compose, key, line) => {
    const app = await resolve(compose);
    expect(verdictOf(app.problems)).toBe('unsupported');
    expect(problems(app)).toContainEqual({ code: 'unsupported-key', key, line });
  });

  it('warns about ineffective and undefined keys and continues', async () => {
    const app = await resolve(`services:
  a:
    image: a:1
    environment: { X: $NOWHERE }
    deploy: { placement: { constraints: [x] } }`);
    expect(verdictOf(app.problems)).toBe('usable');
    expect(app.problems.map(({ code }) => code).sort()).toEqual([
      'variable-undefined',
      'without-effect',
    ]);
  });

  it('is as tolerant as Compose: version, undeclared volumes and networks, null values, bare $', async () => {
    const app = await resolve(`version: "3.8"
services:
  a:
    image: a:1
    networks: [n]
    volumes: ["v:/v"]
    environment: { EMPTY: , PRICE: 5$ }
    labels: { only: }
    command:
`);
    expect(verdictOf(app.problems)).toBe('usable');
    expect(Object.fromEntries(app.project.services.get('a')?.environment ?? [])).toEqual({
      PRICE: '5$',
    });
    expect(app.networks.map(({ name }) => name)).toEqual(['w9-app_n']);
  });
});

describe(loadTemplate.name, () => {
  const codes = async (files: Record<string, string | Buffer>, options = {}) =>
    (await load(files, options)).problems.map(({ code }) => code);
  const good = 'services: { a: { image: "a:1" } }';

  it.each([
    ['no Compose file', { 'readme.md': '' }, 'no-compose-file'],
    ['bad YAML', { 'compose.yaml': 'a: [' }, 'yaml-syntax'],
    ['ten megabytes', { 'compose.yaml': Buffer.alloc(10 * 1024 * 1024, 'a') }, 'too-large'],
    ['no UTF-8', { 'compose.yaml': Buffer.from([0x61, 0xff, 0xfe]) }, 'not-utf8'],
    ['NUL bytes', { 'compose.yaml': 'a: \0' }, 'not-utf8'],
    ['no UTF-8 in .env', { 'compose.yaml': good, '.env': Buffer.from([0xff]) }, 'not-utf8'],
    ['a bad app.json', { 'compose.yaml': good, 'app.json': '{' }, 'bad-metadata'],
    ['an unknown key', { 'compose.yaml': good, 'app.json': '{"colour":1}' }, 'bad-metadata'],
    ['no Dockerfile', { 'compose.yaml': 'services: { a: { build: ./x } }' }, 'dockerfile-missing'],
    [
      'an env_file outside',
      { 'compose.yaml': 'services: { a: { image: a, env_file: ../../etc/passwd } }' },
      'outside-folder',
    ],
    [
      'an absolute env_file',
      { 'compose.yaml': 'services: { a: { image: a, env_file: /etc/passwd } }' },
      'outside-folder',
    ],
  ])('reports %s', async (_, files, code) => {
    expect(await codes(files)).toContain(code);
  });

  it.each(['UPPER', 'a b', '-x', '', '../x', 'a'.repeat(64)])(
    'refuses the name %j',
    async (name) => {
      expect(await codes({ 'compose.yaml': good }, { name })).toContain('bad-name');
    },
  );

  it('rejects links out of the folder and follows links within it', async () => {
    const folder = await TemplateFolder.make({ 'real.yaml': good });
    folders.push(folder);
    await symlink('real.yaml', `${folder.path}/compose.yaml`);
    const inside = await loadTemplate(folder.path, { name: 'app' });
    expect(inside.problems).toEqual([]);
    await symlink('/etc/passwd', `${folder.path}/leak`);
    const outside = await loadTemplate(folder.path, { name: 'app' });
    expect(outside.problems).toMatchObject([{ code: 'outside-folder', file: 'leak' }]);
  });

  it('rejects an app folder that links out of the catalog', async () => {
    const app = await TemplateFolder.make({ 'compose.yaml': good });
    const catalog = await TemplateFolder.make({ 'inside/compose.yaml': good });
    folders.push(app, catalog);
    await symlink(app.path, `${catalog.path}/out`);
    await symlink('inside', `${catalog.path}/in`);
    const codesOf = async (name: string) => {
      const { problems } = await loadTemplate(`${catalog.path}/${name}`, {
        within: catalog.path,
      });
      return problems.map(({ code }) => code);
    };
    expect(await codesOf('out')).toEqual(['outside-folder']);
    expect(await codesOf('in')).toEqual([]);
  });

  it('rejects a pipe in place of a file without hanging', async () => {
    const folder = await TemplateFolder.make();
    folders.push(folder);
    execFileSync('mkfifo', [`${folder.path}/compose.yaml`]);
    const template = await loadTemplate(folder.path, { name: 'app' });
    expect(template.problems.map(({ code }) => code)).toContain('unreadable');
  });

  it('finds image archives', async () => {
    const template = await load({
      'compose.yaml': good,
      'images/b.tar': '',
      'images/a.tar.gz': '',
      'images/x.txt': '',
    });
    expect(template.archives).toEqual(['images/a.tar.gz', 'images/b.tar']);
  });

  it('lets only the built-in catalog read files of the host', async () => {
    const files = { 'compose.yaml': good, 'app.json': '{"hostFiles":{"b":["/bin/b"]}}' };
    expect(await codes(files)).toEqual(['host-files']);
    expect(await codes(files, { builtIn: true })).toEqual([]);
  });
});

describe(buildContainerSpec.name, () => {
  it('adds the defaults, labels, names and explicit ports', async () => {
    const app = await resolve(websoft9);
    const plan = buildContainerSpec(app, 'web', leasesFor(app), context);
    expect(plan.name).toBe('w9-app');
    expect(plan.connect).toEqual([{ network: 'shared', endpoint: {} }]);
    expect(plan.body).toMatchObject({
      Image: 'web:1',
      ExposedPorts: { '80/tcp': {} },
      HostConfig: {
        NetworkMode: 'w9-app_default',
        PortBindings: { '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '9100' }] },
        SecurityOpt: ['no-new-privileges:true'],
        PidsLimit: 4096,
        LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
        RestartPolicy: { Name: 'no' },
      },
      NetworkingConfig: { EndpointsConfig: { 'w9-app_default': { Aliases: ['web', 'app'] } } },
      Labels: {
        'com.docker.compose.project': 'w9-app',
        'com.docker.compose.service': 'web',
        'com.docker.compose.container-number': '1',
        'com.docker.compose.oneoff': 'False',
        'io.stackscape.installation': 'i-1',
        'io.stackscape.app': 'app',
      },
    });
    const database = buildContainerSpec(app, 'db', leasesFor(app), context);
    expect(database.name).toBe('w9-app-mysql');
    expect(database.connect).toEqual([]);
    expect(database.body.HostConfig.PortBindings).toEqual({
      '3306/tcp': [{ HostIp: '127.0.0.1', HostPort: '9101' }],
    });
  });

  it('leases a port whose number in the container is the same variable', async () => {
    const compose = `services:
  web:
    image: w:1
    ports: ["\${C:-22}:\${C:-22}", "\${A:-80}:\${A:-80}", "\${A:-80}:\${A:-80}/udp"]
    environment: ["LISTEN=\${A:-80}"]
`;
    const wanted = await resolve(compose);
    const leases = leasesFor(wanted);
    expect(leases).toEqual({ 'web:22/tcp': 9100, 'web:80/tcp': 9101, 'web:80/udp': 9102 });
    const app = await resolve(compose, { leases: { ...leases, 'web:80/udp': 9101 } });
    const { body } = buildContainerSpec(app, 'web', { ...leases, 'web:80/udp': 9101 }, context);
    expect(body.Env).toEqual(['LISTEN=9101']);
    expect(body.HostConfig.PortBindings).toMatchObject({
      '9100/tcp': [{ HostPort: '9100' }],
      '9101/tcp': [{ HostPort: '9101' }],
      '9101/udp': [{ HostPort: '9101' }],
    });
    expect(app.mainPort).toMatchObject({ key: 'web:80/tcp', containerPort: 9101 });
  });

  it('never publishes a port without a lease', async () => {
    const app = await resolve(websoft9);
    expect(() => buildContainerSpec(app, 'web', {}, context)).toThrow('no lease');
  });

  it('lets our labels win over the template’s', async () => {
    const app = await resolve(
      'services: { a: { image: "a:1", labels: { com.docker.compose.project: x, mine: "1" } } }',
    );
    const { Labels } = buildContainerSpec(app, 'a', {}, context).body;
    expect(Labels).toMatchObject({ 'com.docker.compose.project': 'w9-app', mine: '1' });
  });

  it('does not restart a manually stopped container after an engine restart', async () => {
    const app = await resolve('services: { a: { image: "a:1", restart: always } }');
    expect(buildContainerSpec(app, 'a', {}, context).body.HostConfig.RestartPolicy).toEqual({
      Name: 'unless-stopped',
    });
  });

  it('checks a bind again in the specification that is sent to the engine', async () => {
    const app = await resolve('services: { a: { image: "a:1", volumes: ["/etc:/e"] } }');
    const plan = buildEnginePlan(app, {}, context);
    const violations = checkPlan({ texts: new Map() }, { app, plan, context });
    expect(violations).toMatchObject([{ code: 'bind-outside' }]);
  });

  it('gives the same hash to the same container and another one to a changed one', async () => {
    const hash = async (tag: string) => {
      const app = await resolve(`services: { a: { image: "a:${tag}" } }`);
      return buildContainerSpec(app, 'a', {}, context).body.Labels[
        'com.docker.compose.config-hash'
      ];
    };
    expect(await hash('1')).toBe(await hash('1'));
    expect(await hash('1')).not.toBe(await hash('2'));
  });
});

describe(buildNetworkSpec.name, () => {
  it('labels private networks and volumes but not the shared network', async () => {
    const app = await resolve(websoft9);
    expect(buildNetworkSpec(app, 'default', context)).toMatchObject({
      Name: 'w9-app_default',
      Driver: 'bridge',
      Labels: { 'com.docker.compose.network': 'default', 'io.stackscape.installation': 'i-1' },
    });
    expect(buildNetworkSpec(app, '@shared', context)).toMatchObject({ Name: 'shared', Labels: {} });
    expect(buildVolumeSpec(app, 'data', context)).toMatchObject({
      Name: 'w9-app_data',
      Driver: 'local',
      Labels: { 'com.docker.compose.volume': 'data' },
    });
  });
});
