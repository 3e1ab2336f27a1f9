import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CatalogEntry } from '../../src/apps/catalog/catalog-entry';
import { CatalogLoader } from '../../src/apps/catalog/catalog-loader';
import { prepareProjectFolder } from '../../src/apps/compose/files/project-folder';
import { resolveTemplate } from '../../src/apps/compose/policy/resolve-template';
import {
  completeVariables,
  placeholderValues,
} from '../../src/apps/compose/template/template-variables';
import type { AppVerdict } from '../../src/apps/compose/language/template-problem';
import { DockerEngine } from '../../src/platform/docker/docker-engine';
import { measuredCatalog } from '../support/catalog/sample-path';
import { countReasons, reasonsAgainst } from '../support/catalog/works';
import { StandInTags } from '../support/catalog/stand-in-tags';
import { EngineProject } from '../support/engine-project';

/**
 * How much of somebody's catalog loads, and that everything usable of it is created on a real engine, from
 * stand-ins under the images' own names. Nothing is started, and nothing that the policy refuses is created.
 *
 *     CATALOG_FOLDER=/path/to/catalog npx jest --selectProjects chaos --testPathPatterns catalog-folder
 */
const folder = measuredCatalog();
const verdicts: readonly AppVerdict[] = [
  'usable',
  'forbidden',
  'unsupported',
  'broken',
  'needs-hardware',
];
const unique = randomBytes(4).toString('hex');
const options = { prefix: `m${unique}-`, sharedNetwork: `m${unique}` };

(folder ? describe : describe.skip)(`the catalog at ${folder}`, () => {
  const standIns = new StandInTags(new DockerEngine());

  beforeAll(() => standIns.build());
  afterAll(() => standIns.removeAll());

  it('creates every usable app', async () => {
    const entries = await load(false);
    const trusted = await load(true);
    const failures: string[] = [];
    let containers = 0;
    for (const entry of entries.filter(({ verdict }) => verdict === 'usable')) {
      try {
        containers += await create(entry);
      } catch (error) {
        failures.push(`${entry.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    report(entries, trusted, failures, containers);
    expect(failures).toEqual([]);
  }, 3_600_000);

  async function load(trust: boolean): Promise<CatalogEntry[]> {
    const source = { path: folder ?? '', trusted: trust, builtIn: false, store: 'measured' };
    const { entries } = await new CatalogLoader([source], options).load();
    return [...entries.values()];
  }

  /** Creates an app and takes it away again; the number of its containers. */
  async function create({ template }: CatalogEntry): Promise<number> {
    const { values } = completeVariables(template, placeholderValues(template));
    const wanted = resolveTemplate(template, { ...options, values }).ports;
    const leases = Object.fromEntries(wanted.map(({ key }, index) => [key, 20_000 + index]));
    const app = resolveTemplate(template, { ...options, values, leases });
    const names = new Map<string, string>();
    for (const { reference } of app.images) names.set(reference, await standIns.provide(reference));
    const projectDir = await mkdtemp(join(tmpdir(), 'measured-'));
    const project = new EngineProject(
      app,
      leases,
      {
        installationId: unique,
        projectDir,
        bindAddress: '127.0.0.1',
        databaseBindAddress: '127.0.0.1',
      },
      (reference) => names.get(reference) ?? reference,
    );
    try {
      await prepareProjectFolder(template, app, projectDir);
      const inspected = await project.create();
      for (const [service, { HostConfig }] of inspected) {
        const bindings = Object.entries(
          (HostConfig.PortBindings as Record<string, { HostPort: string }[]> | null) ?? {},
        );
        for (const [port, [binding]] of bindings) {
          expect([service, port, binding?.HostPort]).toEqual([
            service,
            port,
            expect.stringMatching(/^2\d{4}$/),
          ]);
        }
        const services = app.project.services.get(service)?.mounts.length ?? 0;
        const mounts = ['Binds', 'Mounts'].flatMap((key) => (HostConfig[key] as unknown[]) ?? []);
        const tmpfs = Object.keys((HostConfig.Tmpfs as object | null) ?? {});
        expect(mounts.length + tmpfs.length).toBeGreaterThanOrEqual(services);
      }
      return inspected.size;
    } finally {
      await project.remove();
      await rm(projectDir, { recursive: true, force: true });
    }
  }
});

function report(
  entries: readonly CatalogEntry[],
  trusted: readonly CatalogEntry[],
  failures: readonly string[],
  containers: number,
): void {
  const count = (of: readonly CatalogEntry[]) =>
    verdicts
      .map((wanted) => `${of.filter(({ verdict }) => verdict === wanted).length} ${wanted}`)
      .join(', ');
  const handled = entries.filter(({ verdict }) => verdict === 'usable' || verdict === 'forbidden');
  const share = (100 * (handled.length - failures.length)) / Math.max(1, entries.length);
  const refused = trusted
    .filter(({ verdict }) => verdict !== 'usable')
    .flatMap(({ name, problems }) =>
      problems
        .filter(({ kind }) => kind !== 'note')
        .map(({ kind, code, key, line }) => `  ${name}: ${kind} ${code} ${key}:${line}`),
    );
  const reasons = entries.map(reasonsAgainst);
  const working = reasons.filter((all) => all.length === 0).length;
  const lines = [
    `${entries.length} apps: ${count(entries)}`,
    `works: ${working} of ${entries.length}; what keeps the others from it:`,
    ...countReasons(reasons).map((line) => `  ${line}`),
    ...entries.flatMap(({ name }, index) =>
      (reasons[index] ?? []).length > 0 ? [`  ${name}: ${reasons[index]?.join('; ')}`] : [],
    ),
    `trusted: ${count(trusted)}`,
    `${containers} containers created; created or refused by policy: ${share.toFixed(1)} %`,
    'what no trust would mend:',
    ...refused,
    ...(failures.length > 0 ? ['not created:', ...failures.map((line) => `  ${line}`)] : []),
  ];
  process.stderr.write(lines.map((line) => `[measured] ${line}\n`).join(''));
}
