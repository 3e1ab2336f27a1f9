import { randomBytes } from 'node:crypto';
import { startServer } from '../../src/bootstrap';
import { loadSettings } from '../../src/platform/config/load-settings';
import { OperatorError } from '../../src/platform/errors/operator-error';
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
