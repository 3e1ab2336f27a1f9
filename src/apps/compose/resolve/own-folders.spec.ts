import { TemplateFolder } from '../../../../test/support/template-folder';
import { loadTemplate } from '../layouts/load-template';
import { resolveTemplate } from '../policy/resolve-template';

const folders: TemplateFolder[] = [];
afterAll(() => Promise.all(folders.map((folder) => folder.remove())));

async function resolve(compose: string, { trusted = true, env = '', values = {} } = {}) {
  const folder = await TemplateFolder.make({ 'compose.yaml': compose, '.env': env });
  folders.push(folder);
  const template = await loadTemplate(folder.path, { name: 'app', trusted });
  const app = resolveTemplate(template, { prefix: 'p-', sharedNetwork: 'p', values });
  return {
    sources: [...app.project.services.values()].flatMap(({ mounts }) =>
      mounts.map(({ type, source }) => `${type} ${source}`),
    ),
    codes: app.problems.filter(({ kind }) => kind !== 'note').map(({ code, key }) => [code, key]),
  };
}

const service = (lines: string) => `services:\n  a:\n    image: a:1\n    ${lines}\n`;

describe('a path that begins with a variable', () => {
  it.each([
    ['volumes: ["${DIR}/data:/data"]', 'services.a.volumes.0'],
    ['volumes: ["$DIR/data:/data:ro"]', 'services.a.volumes.0'],
    ['volumes: ["${DIR:-}/data:/data"]', 'services.a.volumes.0'],
    ['volumes: ["${DIR:-$OTHER}/etc:/data"]', 'services.a.volumes.0'],
    ['volumes: ["${DIR}${OTHER}/:/data"]', 'services.a.volumes.0'],
    ['volumes: ["${DIR}:/data"]', 'services.a.volumes.0'],
    ['volumes: ["${DIR}../x:/data"]', 'services.a.volumes.0'],
    [
      'volumes: [{ type: bind, source: "${DIR}/data", target: /data }]',
      'services.a.volumes.0.source',
    ],
    ['volumes: [{ type: bind, source: "${DIR}", target: /data }]', 'services.a.volumes.0.source'],
    ['devices: ["${DIR}/dev/sda:/dev/sda"]', 'services.a.devices.0'],
    ['env_file: "${DIR}/etc/environment"', 'services.a.env_file'],
    ['build: "${DIR}/etc"', 'services.a.build'],
  ])('is an error while it is blank, trusted or not: %s', async (lines, key) => {
    for (const trusted of [true, false]) {
      for (const env of ['', 'DIR=\nOTHER=', 'DIR=" "']) {
        const { codes, sources } = await resolve(service(lines), { trusted, env });
        expect(codes).toContainEqual(['blank-path', key]);
        expect(sources).toEqual([]);
      }
    }
  });

  it('is an error in what a volume or a secret takes from the host', async () => {
    const compose = `${service('volumes: [v:/v]')}volumes:
  v: { driver: local, driver_opts: { type: none, o: bind, device: "\${DIR}/srv" } }
secrets: { s: { file: "\${DIR}/etc/shadow" } }
`;
    const { codes } = await resolve(compose);
    expect(codes).toContainEqual(['blank-path', 'volumes.v.driver_opts.device']);
    expect(codes).toContainEqual(['blank-path', 'secrets.s.file']);
  });

  it('is what its value says', async () => {
    const lines = service('volumes: ["${DIR}/data:/data", "./${NONE}/x:/x", "${NONE}name:/v"]');
    const { codes, sources } = await resolve(lines, { values: { DIR: '/srv' } });
    expect(codes).toEqual([]);
    expect(sources).toEqual(['bind /srv/data', 'bind .//x', 'volume name']);
  });
});

describe('a folder of a store', () => {
  it.each(['', 'APP_DATA_DIR=\nROOT_FOLDER_HOST=\nUMBREL_ROOT='])(
    'is within the app’s own folder, with the file %j',
    async (env) => {
      const lines = service(
        'volumes: ["${APP_DATA_DIR}/data:/a", "${APP_DATA_DIR}:/b:ro", "${ROOT_FOLDER_HOST}/media:/c", "$UMBREL_ROOT/x:/d"]',
      );
      const { codes, sources } = await resolve(lines, { trusted: false, env });
      expect(codes).toEqual([]);
      expect(sources).toEqual(['bind ./data', 'bind .', 'bind ./store/media', 'bind ./store/x']);
    },
  );

  it('does not lead to another app', async () => {
    const lines = service('volumes: ["${APP_DATA_DIR}/../other/data:/a"]');
    const { codes } = await resolve(lines, { trusted: false });
    expect(codes).toEqual([['bind-outside', 'services.a.volumes.0']]);
  });
});

describe('the clock of the machine', () => {
  it.each([
    ['/etc/localtime:/etc/localtime:ro', []],
    ['/etc/timezone:/etc/timezone:ro', []],
    ['/etc/localtime:/etc/localtime', [['bind-outside', 'services.a.volumes.0']]],
    ['/etc/localtime/../passwd:/x:ro', [['bind-outside', 'services.a.volumes.0']]],
    ['/etc/passwd:/x:ro', [['bind-outside', 'services.a.volumes.0']]],
  ])('may be bound read-only: %s', async (bind, expected) => {
    const { codes } = await resolve(service(`volumes: ["${bind}"]`), { trusted: false });
    expect(codes).toEqual(expected);
  });
});
