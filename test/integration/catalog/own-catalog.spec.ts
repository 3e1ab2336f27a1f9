import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CatalogLoader } from '../../../src/apps/catalog/catalog-loader';
import { catalogSources } from '../../../src/apps/stores/catalog-source';
import type { ContainerPlan } from '../../../src/apps/compose/engine/container-spec.builder';
import type { EngineContext } from '../../../src/apps/compose/engine/engine-context';
import { buildEnginePlan } from '../../../src/apps/compose/engine/engine-plan';
import { loadTemplate } from '../../../src/apps/compose/layouts/load-template';
import { openBuildContext } from '../../../src/apps/compose/files/build-context';
import { prepareProjectFolder } from '../../../src/apps/compose/files/project-folder';
import { resolveTemplate } from '../../../src/apps/compose/policy/resolve-template';
import type { ResolvedApp } from '../../../src/apps/compose/resolve/resolved-app';
import type { Template } from '../../../src/apps/compose/template/template';
import { verdictOf } from '../../../src/apps/compose/language/template-problem';
import { completeVariables } from '../../../src/apps/compose/template/template-variables';
import { DockerEngine } from '../../../src/platform/docker/docker-engine';
import type { ContainerDetails } from '../../../src/platform/docker/engine-types';
import {
  plainBytes,
  plainNanoseconds,
  plainServiceKeys,
  readPlainDotEnv,
  readPlainServices,
  type PlainService,
} from '../../support/catalog/plain-template';
import { StandInTags } from '../../support/catalog/stand-in-tags';
import { createTestNetwork } from '../../support/test-network';

const projectRoot = join(__dirname, '..', '..', '..');
const catalog = join(projectRoot, 'catalog', 'apps');
const names = readdirSync(catalog).sort();
const unique = randomBytes(3).toString('hex');
const prefix = `own-${unique}-`;
const appAddress = '127.0.0.2';
const databaseAddress = '127.0.0.3';
const sharedNetwork = `${prefix}shared`;

const engine = new DockerEngine();
const tags = new StandInTags(engine);
let projects: string;

interface Created {
  readonly template: Template;
  readonly app: ResolvedApp;
  /** By `PortRequest.key`. */
  readonly leases: Record<string, number>;
  readonly values: Record<string, string>;
  readonly projectDir: string;
  readonly containers: Map<string, ContainerDetails>;
}

describe('our own catalog', () => {
  beforeAll(async () => {
    projects = mkdtempSync(join(tmpdir(), 'own-catalog-'));
    await tags.build();
    await createTestNetwork({ Name: sharedNetwork, Driver: 'bridge', CheckDuplicate: true });
  });

  afterAll(async () => {
    await engine.networks.remove(sharedNetwork);
    await tags.removeAll();
    rmSync(projects, { recursive: true, force: true });
  });

  it('contains at least 45 apps, the reference apps included', () => {
    expect(names.length).toBeGreaterThanOrEqual(45);
    expect(names).toEqual(
      expect.arrayContaining('hello redmine wordpress gitea nginx redis mysql postgres'.split(' ')),
    );
  });

  it('loads with every app usable', async () => {
    const loader = new CatalogLoader(catalogSources(projectRoot, []), {
      prefix,
      sharedNetwork,
    });
    const { entries, shadowed } = await loader.load();
    expect([...entries.keys()]).toEqual(names);
    expect(shadowed).toEqual([]);
    const refused = [...entries.values()].filter(({ verdict }) => verdict !== 'usable');
    expect(refused.map(({ name, problems }) => ({ name, problems }))).toEqual([]);
  });

  it.each(names)('creates %s as its template declares', async (name) => {
    const undo: (() => Promise<void>)[] = [];
    try {
      const created = await create(name, undo);
      expectNoticeOf(created);
      const services = readPlainServices(join(catalog, name), created.values);
      expect([...created.containers.keys()].sort()).toEqual([...services.keys()].sort());
      for (const [service, expected] of services) {
        const inspected = created.containers.get(service);
        if (!inspected) throw new Error(`no container of ${service}`);
        expectService(created, service, expected, inspected);
        await expectProcess(expected, inspected);
      }
    } finally {
      for (const step of undo.reverse()) await step();
    }
  });
});

/** Everything that an install makes, up to but not including the start. */
async function create(name: string, undo: (() => Promise<void>)[]): Promise<Created> {
  const template = await loadTemplate(join(catalog, name), { builtIn: true });
  expect(template.problems).toEqual([]);
  const completed = completeVariables(template, {});
  expect(completed.problems).toEqual([]);
  const input = { prefix, sharedNetwork, values: completed.values, publicHost: 'apps.example.org' };
  const leases: Record<string, number> = {};
  resolveTemplate(template, input).ports.forEach((port, index) => {
    leases[port.key] = 20_000 + index;
  });
  const app = resolveTemplate(template, { ...input, leases });
  const projectDir = join(projects, name);
  const context: EngineContext = {
    installationId: randomUUID(),
    projectDir,
    bindAddress: appAddress,
    databaseBindAddress: databaseAddress,
  };
  await prepareProjectFolder(template, app, projectDir);
  for (const image of app.images) await provideImage(template, app, image.reference, undo);
  const enginePlan = buildEnginePlan(app, leases, context);
  for (const { body, shared } of enginePlan.networks) {
    if (shared) continue;
    await createTestNetwork(body);
    undo.push(() => engine.networks.remove(body.Name));
  }
  for (const body of enginePlan.volumes) {
    await engine.volumes.create(body);
    undo.push(() => engine.volumes.remove(body.Name));
  }
  const containers = new Map<string, ContainerDetails>();
  for (const plan of enginePlan.containers) {
    containers.set(plan.service, await createContainer(plan, undo));
  }
  const values = { ...readPlainDotEnv(join(catalog, name)), ...completed.values };
  for (const port of app.ports) {
    if (port.variable) values[port.variable] = String(leases[port.key]);
  }
  if ('W9_URL' in values && app.mainPort) {
    values.W9_URL = `apps.example.org:${leases[app.mainPort.key]}`;
  }
  return { template, app, leases, values, projectDir, containers };
}

async function provideImage(
  template: Template,
  app: ResolvedApp,
  reference: string,
  undo: (() => Promise<void>)[],
): Promise<void> {
  const image = app.images.find((candidate) => candidate.reference === reference);
  if (!image?.build) {
    await tags.provide(reference);
    return;
  }
  if (await engine.images.find(reference)) return;
  await engine.images.build(await openBuildContext(template, image.build), reference);
  undo.push(() => engine.images.remove(reference));
}

async function createContainer(
  plan: ContainerPlan,
  undo: (() => Promise<void>)[],
): Promise<ContainerDetails> {
  await engine.containers.create(plan.name, plan.body);
  undo.push(() => engine.containers.remove(plan.name));
  await engine.containers.attach(plan.name, plan.connect);
  return engine.containers.inspect(plan.name);
}

/** What the store says about the app agrees with what it consists of. */
function expectNoticeOf({ template, app, containers }: Created): void {
  expect(app.problems.filter(({ kind }) => kind !== 'note')).toEqual([]);
  expect(verdictOf(app.problems)).toBe('usable');
  expect(containers.get(app.mainService)?.Name).toBe(`/${prefix}${template.name}`);
  expect(app.mainService).toBe(template.metadata.main?.service);
  expect(app.mainPort?.containerPort).toBe(template.metadata.main?.port);
  expect(app.database?.service).toBe(template.metadata.database?.service);
  expect(app.database?.port.containerPort).toBe(template.metadata.database?.port);
  const limits = [...containers.values()].reduce((sum, c) => sum + (c.HostConfig.Memory ?? 0), 0);
  expect(template.metadata.requirements.memory).toBe(limits);
}

function expectService(
  { template, app, leases, projectDir }: Created,
  service: string,
  expected: PlainService,
  { Config: config, HostConfig: host, Mounts: mounts, ...container }: ContainerDetails,
): void {
  expect(plainServiceKeys).toEqual(expect.arrayContaining(Object.keys(expected)));
  expect(config.Image).toBe(imageOf(app, service, expected));
  expect(host.RestartPolicy).toEqual({ Name: expected.restart, MaximumRetryCount: 0 });
  expect(host.Memory).toBe(plainBytes(expected.mem_limit));
  if (expected.shm_size) expect(host.ShmSize).toBe(plainBytes(expected.shm_size));
  if (expected.hostname) expect(config.Hostname).toBe(expected.hostname);
  expect(config.User).toBe(expected.user ?? config.User);
  expect(host.Ulimits ?? []).toEqual(
    Object.entries(expected.ulimits ?? {}).map(([Name, { soft, hard }]) => ({
      Name,
      Soft: soft,
      Hard: hard,
    })),
  );
  expect(config.Healthcheck).toEqual({
    Test: expected.healthcheck.test,
    Interval: plainNanoseconds(expected.healthcheck.interval),
    Timeout: plainNanoseconds(expected.healthcheck.timeout),
    StartPeriod: plainNanoseconds(expected.healthcheck.start_period),
    Retries: expected.healthcheck.retries,
  });

  const published: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of expected.ports ?? []) {
    const [from = '', to] = port.split(':');
    published[`${to}/tcp`] = [{ HostIp: appAddress, HostPort: from }];
  }
  if (app.database?.service === service) {
    const { key, containerPort } = app.database.port;
    // What is a database and nothing else stays on the database address, wherever its port comes from.
    const alsoForPeople = template.metadata.main?.scheme !== 'tcp' && key === app.mainPort?.key;
    published[`${containerPort}/tcp`] = [
      { HostIp: alsoForPeople ? appAddress : databaseAddress, HostPort: String(leases[key]) },
    ];
  }
  expect(host.PortBindings ?? {}).toEqual(published);
  expect(Object.keys(config.ExposedPorts ?? {})).toEqual(
    expect.arrayContaining(Object.keys(published)),
  );

  const found = mounts.map((mount) => ({
    source: mount.Type === 'volume' ? mount.Name : mount.Source,
    target: mount.Destination,
    writable: mount.RW,
  }));
  const wanted = (expected.volumes ?? []).map((volume) => {
    const [source = '', target = '', mode = 'rw'] = volume.split(':');
    const place = source.startsWith('./')
      ? join(projectDir, source)
      : app.volumes.find(({ key }) => key === source)?.name;
    return { source: place, target, writable: mode === 'rw' };
  });
  expect(found).toHaveLength(wanted.length);
  expect(found).toEqual(expect.arrayContaining(wanted));

  const aliases = Object.values(container.NetworkSettings.Networks).flatMap(
    (network) => (network as { Aliases?: string[] | null }).Aliases ?? [],
  );
  expect(aliases).toContain(service);
  expect(host.Privileged).toBe(false);
  expect(host.CapAdd ?? []).toEqual([]);
  expect(host.SecurityOpt ?? []).toContainEqual(expect.stringMatching(/^no-new-privileges/));
  expect(host.PidsLimit).toBeGreaterThan(0);
}

/** A built image carries a name of the project, so that it cannot take the place of a real one. */
function imageOf({ projectName }: ResolvedApp, service: string, expected: PlainService): string {
  if (expected.build) return `${projectName}-${service}:latest`;
  return expected.image ?? '';
}

/** Command, entrypoint and environment: the template's where it says one, else the image's. */
async function expectProcess(expected: PlainService, inspected: ContainerDetails): Promise<void> {
  const image = (await engine.images.find(inspected.Config.Image))?.Config;
  const { Cmd, Entrypoint, Env } = inspected.Config;
  expect(Entrypoint ?? null).toEqual(expected.entrypoint ?? image?.Entrypoint ?? null);
  expect(Cmd ?? null).toEqual(expected.command ?? image?.Cmd ?? null);
  const own = Env.filter((entry) => !image?.Env?.includes(entry)).sort();
  const wanted = Object.entries(expected.environment ?? {}).map(
    ([key, value]) => `${key}=${value}`,
  );
  expect(own).toEqual(wanted.sort());
}
