import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CatalogLoader, type CatalogSnapshot } from '../../../src/apps/catalog/catalog-loader';
import { parseDotEnv } from '../../../src/apps/compose/language/dotenv';
import { parseImageReference } from '../../../src/platform/docker/image-reference';
import { prepareProjectFolder } from '../../../src/apps/compose/files/project-folder';
import { resolveTemplate } from '../../../src/apps/compose/policy/resolve-template';
import { splitShellWords } from '../../../src/apps/compose/language/shell-words';
import { completeVariables } from '../../../src/apps/compose/template/template-variables';
import { DockerEngine } from '../../../src/platform/docker/docker-engine';
import { composeConfig, type ConfiguredService } from '../../support/catalog/compose-config';
import { samplePath } from '../../support/catalog/sample-path';
import { EngineProject, type Inspected } from '../../support/engine-project';
import { docker } from '../../support/factories/app-lab';
import { buildStandIn, removeStandIn, testRegistry } from '../../support/stand-in-image';

/** Apps of the sample that cannot be installed, with the findings that decide it and their lines. */
const refused: Readonly<Record<string, readonly string[]>> = {
  chatwoot: ['forbidden bind-outside services.redis.volumes.0 :77'],
  cmak: ['broken dockerfile-missing services.kafka_manager.build :10'],
  kestra: [
    'forbidden docker-socket services.kestra.volumes.1 :34',
    'forbidden bind-outside services.kestra.volumes.2 :35',
  ],
  kong: ['broken duplicate-mount services.kong.volumes.1 :47'],
  onlyoffice: [
    'forbidden bind-outside services.onlyoffice-community-server.volumes.4 :63',
    'forbidden privileged services.onlyoffice-community-server.privileged :56',
    'forbidden host-namespace services.onlyoffice-community-server.cgroup :57',
    'forbidden docker-socket services.onlyoffice-control-panel.volumes.0 :121',
  ],
  runtime: ['broken no-compose-file  :null'],
  vault: ['forbidden cap-add services.vault.cap_add :10'],
  wireguard: [
    'forbidden bind-outside services.wireguard.volumes.1 :25',
    'forbidden cap-add services.wireguard.cap_add :8',
  ],
  wordpress: ['forbidden docker-socket services.init.volumes.0 :11'],
  zerotier: [
    'forbidden host-namespace services.zerotier.network_mode :8',
    'forbidden cap-add services.zerotier.cap_add :10',
    'forbidden device services.zerotier.devices :12',
  ],
};

const sample = samplePath();

(sample ? describe : describe.skip)('the sample of the Websoft9 library', () => {
  const unique = randomBytes(4).toString('hex');
  const prefix = `s${unique}-`;
  const sharedNetwork = `s${unique}`;
  const engine = new DockerEngine();
  const pulled = new Set<string>();
  let snapshot: CatalogSnapshot;

  beforeAll(async () => {
    const source = { path: sample ?? '', trusted: false, builtIn: false, store: 'measured' };
    const options = { prefix, sharedNetwork, mirrorPrefix: testRegistry() };
    snapshot = await new CatalogLoader([source], options).load();
    await buildStandIn(`sample-${unique}:1`);
  });

  afterAll(async () => {
    for (const reference of pulled) await removeStandIn(reference);
    await removeStandIn(`sample-${unique}:1`);
  });

  it('is usable, or rejected with the right reason and line', () => {
    const found = Object.fromEntries(
      [...snapshot.entries.values()]
        .filter(({ verdict }) => verdict !== 'usable')
        .map(({ name, problems }) => [
          name,
          problems
            .filter(({ kind }) => kind !== 'note')
            .map(({ kind, code, key, line }) => `${kind} ${code} ${key} :${line}`),
        ]),
    );
    expect(found).toEqual(refused);
    expect(snapshot.entries.size).toBe(42);
  });

  it('is usable, except for broken templates, when the catalog is trusted', async () => {
    const source = { path: sample ?? '', trusted: true, builtIn: false, store: 'measured' };
    const { entries } = await new CatalogLoader([source], { prefix, sharedNetwork }).load();
    const refusedNow = [...entries.values()].filter(({ verdict }) => verdict !== 'usable');
    expect(refusedNow.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['cmak', 'broken'],
      ['kong', 'broken'],
      ['runtime', 'broken'],
    ]);
  });

  /** Puts the stand-in into the registry under the image's own name and pulls it from there. */
  async function pull(reference: string): Promise<void> {
    if (pulled.has(reference)) return;
    const image = docker.getImage(`sample-${unique}:1`);
    const { name, version } = parseImageReference(reference);
    await image.tag({ repo: name, tag: version });
    await new Promise<void>((resolve, reject) => {
      docker
        .getImage(reference)
        .push({ authconfig: { username: '', password: '', serveraddress: '' } })
        .then((stream) => {
          docker.modem.followProgress(stream, (error) => (error ? reject(error) : resolve()));
        }, reject);
    });
    await docker.getImage(reference).remove();
    await engine.images.pull(reference);
    pulled.add(reference);
  }

  it('is created on the engine just as docker-compose reads it', async () => {
    let containers = 0;
    const usable = [...snapshot.entries.values()].filter(({ verdict }) => verdict === 'usable');
    for (const { name, template } of usable) {
      const { values, problems } = completeVariables(template, {});
      expect(problems).toEqual([]);
      const input = { prefix, sharedNetwork, mirrorPrefix: testRegistry(), values };
      const wanted = resolveTemplate(template, input).ports;
      const leases = Object.fromEntries(wanted.map(({ key }, index) => [key, 31_200 + index]));
      const app = resolveTemplate(template, { ...input, leases });
      const config = await composeConfig(
        template.folder,
        Object.fromEntries(app.variables.map((variable) => [variable.name, variable.value])),
      );
      for (const { reference } of app.images) await pull(reference);
      const projectDir = await mkdtemp(join(tmpdir(), 'sample-'));
      await prepareProjectFolder(template, app, projectDir);
      const project = new EngineProject(app, leases, {
        installationId: unique,
        projectDir,
        bindAddress: '0.0.0.0',
        databaseBindAddress: '127.0.0.1',
      });
      try {
        const inspected = await project.create();
        expect([...inspected.keys()].sort()).toEqual(Object.keys(config).sort());
        const main = inspected.get(app.mainService);
        expect(main?.Name).toBe(`/${prefix}${name}`);
        const names = parseDotEnv(template.texts.get('.env') ?? '').entries;
        for (const [service, configured] of Object.entries(config)) {
          const found = inspected.get(service);
          if (!found) throw new Error(service);
          const context = { name, service };
          expect({ ...context, ...essence(found, projectDir) }).toEqual({
            ...context,
            ...expectedOf(configured, `${prefix}${name}`, leases, service),
          });
          expectEnvironment(found, configured, new Set(names.map((entry) => entry.name)));
          containers++;
        }
      } catch (error) {
        throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      } finally {
        await project.remove();
        await rm(projectDir, { recursive: true, force: true });
      }
    }
    process.stderr.write(
      `[sample] ${usable.length} of ${snapshot.entries.size} apps created, ${containers} containers agree\n`,
    );
    expect(usable).toHaveLength(32);
  });
});

/** The parts of inspect that a template decides, in one notation. */
function essence(found: Inspected, projectDir: string) {
  const binds = (found.HostConfig.Binds as string[] | null) ?? [];
  return {
    image: found.Config.Image.replace(`${testRegistry()}/`, ''),
    command: found.Config.Cmd,
    entrypoint: found.Config.Entrypoint,
    binds: binds.map((bind) => bind.replace(projectDir, '.').replace(/:rw$/, '')).sort(),
    restart: (found.HostConfig.RestartPolicy as { Name: string }).Name,
    published: Object.entries(
      (found.HostConfig.PortBindings as Record<string, { HostPort: string }[]> | null) ?? {},
    )
      .map(([port, [binding]]) => `${binding?.HostPort}:${port}`)
      .sort(),
  };
}

/** The same from the output of docker-compose. */
function expectedOf(
  configured: ConfiguredService,
  project: string,
  leases: Readonly<Record<string, number>>,
  service: string,
) {
  const restart = configured.restart ?? 'no';
  return {
    image: configured.image,
    // An image's own command where the template has none and no entry point; the stand-in's is /start.sh.
    command: words(configured.command) ?? (configured.entrypoint ? null : ['/start.sh']),
    entrypoint: words(configured.entrypoint) ?? null,
    binds: (configured.volumes ?? []).map((volume) => bindOf(volume, project)).sort(),
    restart: restart === 'always' ? 'unless-stopped' : restart === 'none' ? 'no' : restart,
    published: Object.entries(leases)
      .filter(([key]) => key.startsWith(`${service}:`))
      .map(([key, lease]) => `${lease}:${key.slice(service.length + 1)}`)
      .sort(),
  };
}

function words(command: string | readonly string[] | undefined): readonly string[] | null {
  if (command === undefined) return null;
  // docker-compose writes `$` doubled, so that its output is a template again.
  const plain = (text: string) => text.replaceAll('$$', '$');
  return typeof command === 'string' ? splitShellWords(plain(command)) : command.map(plain);
}

function bindOf(
  volume: string | { readonly source?: string; readonly target: string },
  project: string,
): string {
  const text = typeof volume === 'string' ? volume : `${volume.source}:${volume.target}`;
  const [source = '', target = '', mode = 'rw'] = text.split(':');
  const local = /^\/tmp\/compose-config-\w+/.exec(source)?.[0];
  const named = source.startsWith('/') ? source : `${project}_${source}`;
  const from = local ? source.replace(local, '.') : named;
  return `${from}:${target}${mode === 'rw' ? '' : `:${mode}`}`;
}

/**
 * Every variable that docker-compose passes on is there. It does not expand variables within an `env_file`,
 * as today's Compose does, so that values are compared for those of `environment` only.
 */
function expectEnvironment(
  found: Inspected,
  configured: ConfiguredService,
  inEnvFile: ReadonlySet<string>,
): void {
  const lines = found.Config.Env;
  const environment = new Map(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  for (const [name, value] of Object.entries(configured.environment ?? {})) {
    if (value === null) continue;
    expect([name, environment.has(name)]).toEqual([name, true]);
    if (!inEnvFile.has(name)) {
      expect([name, environment.get(name)]).toEqual([name, String(value).replaceAll('$$', '$')]);
    }
  }
}
