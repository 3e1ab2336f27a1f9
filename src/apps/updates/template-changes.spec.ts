import { bilingual } from '../../platform/i18n/bilingual';
import { variableDefaults, type VariableDefinition } from '../compose/template/variable-definition';
import { portChanges, variableChanges, volumeChanges } from './template-changes';

const variable = (name: string, required = false): VariableDefinition => ({
  ...variableDefaults,
  name,
  title: bilingual(name, name),
  type: 'string',
  default: null,
  required,
});
const refused = bilingual('不行', 'no');

describe(variableChanges.name, () => {
  const changes = (
    before: VariableDefinition[],
    after: VariableDefinition[],
    problems: string[] = [],
  ): string[] =>
    variableChanges(
      before,
      after,
      problems.map((name) => ({ field: `variables.${name}`, message: refused })),
    ).map(({ name, change, problem }) => `${name} ${change}${problem ? ' !' : ''}`);

  it('are none between templates with the same variables', () => {
    expect(changes([variable('A'), variable('B', true)], [variable('B', true), variable('A')])).toEqual([]); // prettier-ignore
  });

  it('names what is new and what is gone', () => {
    expect(changes([variable('A')], [variable('B')])).toEqual(['B added', 'A removed']);
  });

  it('names what is required now, whether or not it has a value', () => {
    expect(changes([variable('A')], [variable('A', true)])).toEqual(['A required']);
    expect(changes([variable('A')], [variable('A', true)], ['A'])).toEqual(['A required !']);
    expect(changes([variable('A', true)], [variable('A')])).toEqual([]);
  });

  it('names a value that the newer template does not take', () => {
    expect(changes([variable('A')], [variable('A')], ['A'])).toEqual(['A same !']);
  });
});

describe(portChanges.name, () => {
  const port = (key: string) => ({ key }) as never;

  it('names a port once, however many replicas have it', () => {
    expect(
      portChanges(['web:80/tcp', 'web:53/udp'], {
        ports: [port('web:80/tcp'), port('api:81/tcp')],
      }),
    ).toEqual([
      { service: 'api', containerPort: 81, protocol: 'tcp', change: 'added' },
      { service: 'web', containerPort: 53, protocol: 'udp', change: 'removed' },
    ]);
    expect(portChanges(['web:80/tcp#2'], { ports: [port('web:80/tcp')] })).toEqual([]);
    expect(portChanges([], { ports: [port('a:1/tcp'), port('a:1/tcp#2')] })).toHaveLength(1);
  });
});

describe(volumeChanges.name, () => {
  it('leaves out those that are not the app’s own', () => {
    const volumes = [
      { key: 'a', name: 'x_a', external: false },
      { key: 'b', name: 'b', external: true },
    ];
    expect(volumeChanges(['x_c'], { volumes })).toEqual([
      { name: 'x_a', change: 'added' },
      { name: 'x_c', change: 'removed' },
    ]);
  });
});
