import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { startServer } from '../../src/bootstrap';
import { loadSettings } from '../../src/platform/config/load-settings';
import { OperatorError } from '../../src/platform/errors/operator-error';
import { WorkerProcess } from '../chaos/worker-process';
import { AppLab, CLEAN } from '../support/factories/app-lab';
import { pollUntil } from '../support/poll-until';
import { publishStandIn } from '../support/stand-in-image';
import { SwarmLab } from '../support/swarm/swarm-lab';
import { createInstallation } from '../support/test-app';

jest.setTimeout(400_000);

const PATIENT = { deadlineMs: 120_000 };
const IN_SWARM = { ORCHESTRATOR: 'swarm', APP_BIND: '0.0.0.0' };

describe('a node that was removed from the Swarm by force', () => {
  let swarm: SwarmLab;
  let lab: AppLab;
  beforeAll(async () => {
    swarm = await SwarmLab.start(2);
    const { host, docker } = swarm.manager;
    lab = await AppLab.start({ ...IN_SWARM, DOCKER_HOST: host }, docker);
  });
  afterAll(async () => {
    await lab?.close();
    await swarm?.destroy();
  });

  it('is told as the cause of its apps, which can be removed without anything left', async () => {
    const lost = swarm.nodes[1]!;
    const image = await publishStandIn(`removed-${randomBytes(5).toString('hex')}:1`, { listen: [8080] }); // prettier-ignore
    const service = `services:\n  web: { image: "${image}", restart: always, ports: ["9001:8080"] }\n`;
    for (const name of ['chosen', 'free']) await lab.writeApp(name, service);
    expect((await lab.install('chosen', { node: lost.name })).status).toBe(200);
    await lab.settled('chosen', '1', PATIENT.deadlineMs);
    await lost.kill();
    const remove = (): Promise<boolean> =>
      swarm.manager.docker
        .getNode(lost.id)
        .remove({ force: true })
        .then(() => true);
    await remove();

    const told = await pollUntil('the app to be unknown', async () => {
      const info = await lab.info('chosen');
      return info.phase === 'unknown' && info;
    }, PATIENT); // prettier-ignore
    expect(told).toMatchObject({ status: '2', cause: 'node-lost' });
    expect(told.info).toContain(lost.id);
    const refused = await lab.install('free', { node: lost.id });
    expect([refused.status, refused.body.error]).toEqual([404, 30000]);
    expect((await lab.install('free')).status).toBe(200);
    await lab.settled('free', '1', PATIENT.deadlineMs);
    for (const name of ['chosen', 'free']) expect((await lab.uninstall(name)).status).toBe(200);
    expect(await swarm.manager.docker.listServices()).toEqual([]);
    expect(await lab.leftovers()).toEqual(CLEAN);
  });
});

describe('a node that comes back', () => {
  let swarm: SwarmLab;
  let lab: AppLab;
  let worker: WorkerProcess | null = null;
  beforeAll(async () => {
    swarm = await SwarmLab.start(2);
    const { host, docker } = swarm.manager;
    lab = await AppLab.start({ ...IN_SWARM, DOCKER_HOST: host, ROLE: 'api' }, docker);
  });
  afterAll(async () => {
    await worker?.stop();
    await lab?.close();
    await swarm?.destroy();
  });

  it('is waited for while it still has networks of apps that were removed meanwhile', async () => {
    const { manager } = swarm;
    const node = swarm.nodes[1]!;
    const image = await publishStandIn(`back-${randomBytes(5).toString('hex')}:1`, { listen: [8080] }); // prettier-ignore
    const service = `services:\n  web: { image: "${image}", restart: always, ports: ["\${HTTP_PORT:-9001}:8080"] }\n`; // prettier-ignore
    for (const name of ['former', 'later']) await lab.writeApp(name, service);
    const subnetOf = async (app: string): Promise<string | undefined> =>
      (await manager.docker.listNetworks()).find(({ Name }) => Name.startsWith(`${lab.prefix}${app}_`))?.IPAM?.Config?.[0]?.Subnet; // prettier-ignore
    const { environment } = lab.installation;
    worker = WorkerProcess.start(environment, { CHAOS_KILL_AT: '0' });
    await lab.installed('former', { node: node.name });
    const subnet = await subnetOf('former');
    expect(subnet).toBeDefined();
    await worker.stop();
    // Accepted while the node is there, and done when it comes back.
    expect((await lab.install('later', { node: node.name })).status).toBe(200);
    await node.link('down');
    await pollUntil('the node to be lost', async () => {
      const { Status } = (await manager.docker.getNode(node.id).inspect()) as { Status: { State: string } }; // prettier-ignore
      return Status.State === 'down';
    }, PATIENT); // prettier-ignore
    expect((await lab.uninstall('former')).status).toBe(200);
    // After its start a manager gives the first addresses that are free.
    await manager.kill();
    await manager.up();
    worker = WorkerProcess.start(environment, { CHAOS_KILL_AT: '0' });
    expect(await pollUntil('the addresses of the app', () => subnetOf('later'), PATIENT)).toBe(
      subnet,
    );
    await pollUntil('its service', async () => (await manager.docker.listServices()).length === 1, PATIENT); // prettier-ignore
    await node.link('up');
    await lab.settled('later', '1', PATIENT.deadlineMs);
    const said = readFileSync(node.log, 'utf8');
    expect(said).toContain('Pool overlaps with other one on this address space');
    expect((await lab.uninstall('later')).status).toBe(200);
    expect(await lab.leftovers()).toEqual(CLEAN);
  });
});

describe('an engine outside of any Swarm', () => {
  let machine: SwarmLab;
  beforeAll(async () => {
    machine = await SwarmLab.start(1, [], 0);
  });
  afterAll(() => machine?.destroy());

  it('is refused with the command that makes one', async () => {
    const installation = await createInstallation({ ...IN_SWARM, DOCKER_HOST: machine.manager.host }); // prettier-ignore
    try {
      const start = startServer(loadSettings(installation.environment));
      const error: unknown = await start.catch((e: unknown) => e);
      expect(error).toBeInstanceOf(OperatorError);
      expect((error as OperatorError).text.en).toContain('docker swarm init');
    } finally {
      await installation.destroy();
    }
  });
});
