import { EscapeArena, type Targets } from '../../support/escapes/arena';
import { hostileApp } from '../../support/escapes/hostile-templates';
import { hunt } from '../../support/escapes/hunt';
import { Judge } from '../../support/escapes/judge';

/** The long form is test/chaos/escapes.spec.ts. */
const SEED = 20261121;

describe('an app of an untrusted catalog', () => {
  let arena: EscapeArena;
  let judge: Judge;
  beforeAll(async () => {
    arena = await EscapeArena.start();
    judge = await Judge.start(arena.lab.prefix);
  });
  afterAll(async () => {
    await arena.close();
    await judge.close();
  });

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
    expect(['forbidden', 'broken']).toContain(await judge.verdict(app));
    expect(await arena.refuse('refused', app)).toEqual([]);
  });

  it('cannot lead a later version out by a link that an earlier one left', async () => {
    const { image, targets } = arena;
    const all = hostileApp(image, targets, { volumes: ['.:/all'] });
    const inner = hostileApp(image, targets, { volumes: ['./data:/data', './x:/x'] });
    expect([await judge.verdict(all), await judge.verdict(inner)]).toEqual(['usable', 'usable']);
    expect((await arena.letIn('linker', all, inner)).reached).toEqual([]);
  });

  it('cannot have the server write or remove through a link', async () => {
    const { image, targets } = arena;
    const files = { 'conf/a': 'written by the server', 'data/secret': 'overwritten' };
    const first = hostileApp(image, targets, { volumes: ['.:/all'] }, {}, files);
    expect(await judge.verdict(first)).toBe('usable');
    expect((await arena.letIn('writer', first)).reached).toEqual([]);
  });

  it('stays inside whatever it consists of', async () => {
    const { escapes, ...counts } = await hunt(arena, {
      seed: SEED,
      things: 250,
      judged: 100,
      shareOfAccepted: 50,
      installs: 2,
      refusals: 10,
      parallel: 2,
    });
    expect(escapes).toEqual([]);
    expect(counts).toMatchObject({ letIn: 2, refused: 10 });
  });
});
