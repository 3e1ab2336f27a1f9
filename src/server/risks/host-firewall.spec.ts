import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ContainerDetails } from '../../platform/docker/engine-types';
import { containerRisks } from './container-risks';
import { hostFirewallActive } from './host-firewall';

describe(hostFirewallActive.name, () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'firewall-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it.each([
    ['none is installed', null, '', false],
    ['ufw is off', 'etc/ufw/ufw.conf', '# ENABLED=yes\nENABLED=no\n', false],
    ['ufw is on', 'etc/ufw/ufw.conf', 'LOGLEVEL=low\nENABLED=yes\n', true],
    ['firewalld runs', 'run/firewalld/firewalld.pid', '123', true],
  ])('where %s', async (_, path, text, expected) => {
    if (path) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    expect(await hostFirewallActive(root)).toBe(expected);
  });
});

describe(containerRisks.name, () => {
  const published = (name: string, port: string) =>
    ({
      Name: `/${name}`,
      Config: { Image: 'shop:1', User: '1000' },
      HostConfig: { Memory: 1, PortBindings: { [port]: [{ HostIp: '', HostPort: '8080' }] } },
      State: { Running: true },
      RestartCount: 0,
    }) as unknown as ContainerDetails;
  const severity = (name: string, port: string, firewallActive: boolean): unknown => {
    const options = { ownPrefix: 'websoft9-', firewallActive, now: new Date() };
    const found = containerRisks(published(name, port), options);
    expect(found.map(({ code }) => code)).toEqual(['port-on-all-addresses']);
    expect(found[0]?.evidence.en.includes('firewall')).toBe(firewallActive);
    return found[0]?.severity;
  };

  it('rates a port past a firewall and a database port higher than our own apps', () => {
    expect(severity('websoft9-shop', '80/tcp', false)).toBe('low');
    expect(severity('websoft9-shop', '80/tcp', true)).toBe('low');
    expect(severity('shop', '80/tcp', false)).toBe('medium');
    expect(severity('shop', '80/tcp', true)).toBe('high');
    expect(severity('websoft9-shop', '5432/tcp', false)).toBe('high');
  });
});
