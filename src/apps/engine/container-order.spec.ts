import type { ComposeService } from '../compose/project/compose-project';
import { predecessorsOf, namespaceOwnersOf } from '../compose/project/service-graph';
import { containersBefore } from './container-order';

const service = (name: string, parts: Partial<ComposeService> = {}): [string, ComposeService] => [
  name,
  {
    name,
    networkMode: null,
    pid: null,
    ipc: null,
    volumesFrom: [],
    links: [],
    dependsOn: new Map(),
    ...parts,
  } as ComposeService,
];
const after = (...names: string[]): ComposeService['dependsOn'] =>
  new Map(
    names.map((name) => [name, { condition: 'service_started', required: true, restart: false }]),
  );

describe(containersBefore.name, () => {
  const services = new Map([
    service('web', { dependsOn: after('db'), networkMode: 'service:vpn' }),
    service('db'),
    service('vpn', { volumesFrom: [{ service: 'container:other', readOnly: false }] }),
  ]);
  const containers = [
    { name: 'web-1', service: 'web' },
    { name: 'web-2', service: 'web' },
    { name: 'db', service: 'db' },
    { name: 'vpn', service: 'vpn' },
  ];

  it('creates a container after those that it depends on exist', () => {
    expect(Object.fromEntries(containersBefore(services, containers, namespaceOwnersOf))).toEqual({
      'web-1': ['vpn'],
      'web-2': ['vpn'],
      db: [],
      vpn: [],
    });
  });

  it('starts a container after everything that it needs', () => {
    const before = containersBefore(services, containers, predecessorsOf);
    expect(before.get('web-2')).toEqual(['db', 'vpn']);
    expect(before.get('vpn')).toEqual([]);
  });

  it('names every replica of a needed service', () => {
    const many = new Map([service('lb', { dependsOn: after('web') }), service('web')]);
    const before = containersBefore(
      many,
      [{ name: 'lb', service: 'lb' }, ...containers.slice(0, 2)],
      predecessorsOf,
    );
    expect(before.get('lb')).toEqual(['web-1', 'web-2']);
  });
});
