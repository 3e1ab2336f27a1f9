import { mkdtemp, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { verdictOf } from '../../../src/apps/compose/language/template-problem';
import { resolveTemplate } from '../../../src/apps/compose/policy/resolve-template';
import { loadTemplate } from '../../../src/apps/compose/layouts/load-template';
import { EscapeArena, type HostileApp, type Targets } from '../../support/escapes/arena';
import { hostileApp, hostileApps } from '../../support/escapes/hostile-templates';

/** How many templates are judged, and at most how many usable ones are installed. */
const JUDGED = Number(process.env['ESCAPE_RUNS'] ?? 300);
const INSTALLED = Number(process.env['ESCAPE_INSTALLS'] ?? 1);
const SEED = Number(process.env['ESCAPE_SEED'] ?? Date.now() % 2 ** 31);

describe('an app of an untrusted catalog', () => {
  let arena: EscapeArena;
  let folder: string;
  beforeAll(async () => {
    arena = await EscapeArena.start();
    folder = await mkdtemp(join(tmpdir(), 'judged-'));
  });
  afterAll(async () => {
    await arena.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** The verdict of the catalog, without a server. */
  async function judge({ compose, files = {} }: HostileApp): Promise<string> {
    const path = join(folder, 'app');
    await rm(path, { recursive: true, force: true });
    for (const [name, text] of Object.entries({ 'docker-compose.yml': compose, ...files })) {
      await mkdir(dirname(join(path, name)), { recursive: true });
      await writeFile(join(path, name), text);
    }
    const template = await loadTemplate(path);
    const prefix = arena.lab.prefix;
    const app = resolveTemplate(template, {
      prefix,
      sharedNetwork: prefix.slice(0, -1),
      gpu: true,
    });
    return verdictOf(app.problems);
  }

  /** Service keys, top-level keys, verdict. */
  const known: readonly (readonly [
    string,
    (targets: Targets) => readonly [service: object, top: object],
  ])[] = [
    [
      'a tmpfs volume that binds a folder of the host',
      ({ canaryDir }) => [
        { volumes: ['v:/v'] },
        { volumes: { v: { driver_opts: { type: 'tmpfs', o: 'bind', device: canaryDir } } } },
      ],
    ],
    ...(['volumes_from', 'pid', 'ipc', 'network_mode'] as const).map(
      (key) =>
        [
          `${key} of a container outside the app behind an optional dependency`,
          ({ victim: { container } }: Targets) =>
            [
              {
                depends_on: { [container]: { condition: 'service_started', required: false } },
                [key]: key === 'volumes_from' ? [container] : `service:${container}`,
              },
              {},
            ] as const,
        ] as const,
    ),
    ['a bind below a bind', () => [{ volumes: ['./data:/data', './data/x:/host'] }, {}]],
    [
      'a config below a bind',
      () => [
        { volumes: ['./data:/data'], configs: ['c'] },
        { configs: { c: { file: './data/x' } } },
      ],
    ],
    [
      'a volume whose name is a path',
      ({ listenerPort }) => [
        {
          volumes: [
            { type: 'volume', source: `x/../../127.0.0.1:${listenerPort}/x`, target: '/v' },
          ],
        },
        {},
      ],
    ],
    ['the network of another app', ({ victim }) => [{ network_mode: victim.network }, {}]],
    [
      'a public subnet',
      () => [
        { networks: ['n'] },
        { networks: { n: { ipam: { config: [{ subnet: '8.8.8.0/24' }] } } } },
      ],
    ],
    [
      'a bridge of the host',
      () => [
        {},
        { networks: { default: { driver_opts: { 'com.docker.network.bridge.name': 'docker0' } } } },
      ],
    ],
    [
      'a log sent to an address',
      ({ listenerPort }) => [
        {
          logging: {
            driver: 'syslog',
            options: { 'syslog-address': `tcp://127.0.0.1:${listenerPort}` },
          },
        },
        {},
      ],
    ],
    ['an SELinux type', () => [{ security_opt: ['label:type:spc_t'] }, {}]],
  ];

  it.each(known)('is refused with %s', async (_, keys) => {
    const app = hostileApp(arena.image, arena.targets, ...keys(arena.targets));
    expect(['forbidden', 'broken']).toContain(await judge(app));
    await arena.lab.writeApp('refused', app.compose);
    const plan = await arena.lab.admin.http.get('/api/v1/apps/refused/plan');
    expect(plan.status).toBeLessThan(500);
    expect(await arena.letIn('refused', app)).toEqual([]);
  });

  it('cannot lead a later version out by a link that an earlier one left', async () => {
    const { image, targets } = arena;
    const all = hostileApp(image, targets, { volumes: ['.:/all'] });
    const inner = hostileApp(image, targets, { volumes: ['./data:/data', './x:/x'] });
    expect([await judge(all), await judge(inner)]).toEqual(['usable', 'usable']);
    expect(await arena.letIn('linker', all, inner)).toEqual([]);
  });

  it('cannot have the server write or remove through a link', async () => {
    const { image, targets } = arena;
    const files = { 'conf/a': 'written by the server', 'data/secret': 'overwritten' };
    const first = hostileApp(image, targets, { volumes: ['.:/all'] }, {}, files);
    expect(await judge(first)).toBe('usable');
    expect(await arena.letIn('writer', first)).toEqual([]);
  });

  it(
    `stays inside whatever it consists of (seed ${SEED})`,
    async () => {
      const samples = fc.sample(hostileApps(arena.image, arena.targets), {
        numRuns: JUDGED,
        seed: SEED,
      });
      const verdicts: Record<string, number> = {};
      const usable = new Map<string, HostileApp>();
      for (const app of samples) {
        const verdict = await judge(app);
        verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
        if (verdict === 'usable') usable.set(app.compose, app);
      }
      console.log(`judged ${JUDGED}, seed ${SEED}: ${JSON.stringify(verdicts)}`);
      const failures: string[] = [];
      for (const app of [...usable.values()].slice(0, INSTALLED)) {
        for (const what of await arena.letIn('stranger', app))
          failures.push(`${what}\n${app.compose}`);
      }
      expect(failures).toEqual([]);
    },
    60_000 + JUDGED * 20 + INSTALLED * 30_000,
  );
});
