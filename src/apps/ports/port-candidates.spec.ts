import type { PortRequest } from '../compose/resolve/resolved-app';
import { groupPorts, portCandidates, type PortGroup } from './port-candidates';

const wanted = (over: Partial<PortRequest>): PortRequest => ({
  key: 'web:80/tcp',
  service: 'web',
  replica: 1,
  containerPort: 80,
  protocol: 'tcp',
  variable: null,
  preferred: null,
  fixed: false,
  role: 'main',
  hostIp: null,
  sameAs: null,
  ...over,
});
const group = (over: Partial<PortGroup> = {}): PortGroup => ({
  role: 'main',
  preferred: null,
  fixed: null,
  members: [{ key: 'web:80/tcp', protocol: 'tcp' }],
  ...over,
});
const range = { from: 9001, to: 9004 };
const nothing = (): boolean => false;
const taken =
  (...ports: string[]) =>
  (protocol: string, port: number): boolean =>
    ports.includes(`${port}/${protocol}`);

describe(portCandidates.name, () => {
  it('offers the range in ascending order', () => {
    expect([...portCandidates(group(), range, nothing)]).toEqual([9001, 9002, 9003, 9004]);
  });

  it('tries the wanted port first when it is in the range, and only once', () => {
    expect([...portCandidates(group({ preferred: 9003 }), range, nothing)]).toEqual([
      9003, 9001, 9002, 9004,
    ]);
  });

  it('ignores a wanted port outside the range', () => {
    expect([...portCandidates(group({ preferred: 80 }), range, nothing)]).toEqual([
      9001, 9002, 9003, 9004,
    ]);
  });

  it('skips ports that are taken for the protocol, and only for it', () => {
    const isTaken = taken('9001/tcp', '9002/udp');
    expect([...portCandidates(group(), range, isTaken)]).toEqual([9002, 9003, 9004]);
  });

  it('requires a number that is free for every member of the group', () => {
    const both = group({
      members: [
        { key: 'dns:53/tcp', protocol: 'tcp' },
        { key: 'dns:53/udp', protocol: 'udp' },
      ],
    });
    expect([...portCandidates(both, range, taken('9001/tcp', '9003/udp'))]).toEqual([9002, 9004]);
  });

  it('offers a fixed port or none', () => {
    expect([...portCandidates(group({ fixed: 80 }), range, nothing)]).toEqual([80]);
    expect([...portCandidates(group({ fixed: 80 }), range, taken('80/tcp'))]).toEqual([]);
  });
});

describe(groupPorts.name, () => {
  it('groups ports that share a number', () => {
    const groups = groupPorts([
      wanted({ key: 'dns:53/tcp', fixed: true, preferred: 53 }),
      wanted({ key: 'dns:53/udp', protocol: 'udp', sameAs: 'dns:53/tcp' }),
      wanted({ key: 'dns:80/tcp', role: 'other' }),
    ]);
    expect(groups.map((g) => [g.fixed, g.members.map((m) => m.key)])).toEqual([
      [53, ['dns:53/tcp', 'dns:53/udp']],
      [null, ['dns:80/tcp']],
    ]);
  });
});
