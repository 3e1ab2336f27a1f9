import { AppLab, pageAt } from '../../support/factories/app-lab';
import { PrivateEngine } from '../../support/private-engine';
import { publishStandIn } from '../../support/stand-in-image';

const OURS = '10.214.0.0/16';

const web = (image: string): string => `
services:
  web: { image: "${image}", ports: ["\${HTTP_PORT:-9001}:8080"], volumes: ["data:/data"] }
volumes: { data: }
`;

describe('an engine whose own address pool is used up', () => {
  let engine: PrivateEngine;
  let lab: AppLab;
  let image: string;
  beforeAll(async () => {
    engine = await PrivateEngine.start({ networks: 1 });
    lab = await AppLab.start({ DOCKER_HOST: engine.host, NETWORK_POOL: OURS });
    image = await publishStandIn(`pool-${Date.now()}:1`, { listen: [8080], page: 'here' });
    await lab.writeApp('first', web(image));
    await lab.installed('first');
  });
  afterAll(async () => {
    await lab?.close();
    await engine?.destroy();
  });

  const subnetOf = async (network: string): Promise<string> =>
    String((await engine.docker.getNetwork(network).inspect()).IPAM?.Config?.[0]?.['Subnet']);

  it('assigns networks from NETWORK_POOL, also to concurrent installs', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `more${index}`);
    for (const name of names) await lab.writeApp(name, web(image));
    const infos = await Promise.all(names.map((name) => lab.installed(name)));
    expect(await Promise.all(infos.map(({ port }) => pageAt(port)))).toEqual(
      names.map(() => 'here'),
    );
    const subnets = await Promise.all(
      names.map((name) => subnetOf(`${lab.containerName(name)}_default`)),
    );
    expect(new Set(subnets).size).toBe(names.length);
    for (const subnet of subnets) expect(subnet).toMatch(/^10\.214\.\d+\.0\/24$/);
    for (const name of names) expect((await lab.uninstall(name)).status).toBe(200);
  });

  it('reports an exhausted NETWORK_POOL and leaves nothing behind', async () => {
    const taken = await subnetOf(`${lab.containerName('first')}_default`);
    const other = await AppLab.start({ DOCKER_HOST: engine.host, NETWORK_POOL: taken });
    try {
      await other.writeApp('nowhere', web(image));
      expect((await other.install('nowhere')).status).toBe(200);
      expect(await other.ended('nowhere')).toMatchObject({
        status: '2',
        cause: 'address-pool-exhausted',
        info: expect.stringContaining('NETWORK_POOL'),
      });
      expect((await other.leftovers()).leases).toBe(0);
      const left = [
        ...(await engine.docker.listContainers({ all: true })).map((c) => c.Names[0]),
        ...(await engine.docker.listNetworks()).map((n) => n.Name),
        ...((await engine.docker.listVolumes()).Volumes ?? []).map((v) => v.Name),
      ];
      expect(left.filter((name) => name?.includes(other.prefix))).toEqual([]);
    } finally {
      await other.close();
    }
  });
});
