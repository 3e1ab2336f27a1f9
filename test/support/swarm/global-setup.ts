import { findFreePort } from '../../../src/local-services/free-port';
import type { NodeOfRun } from '../places';
import startServices from '../global-setup';
import { servicesOfThisRun } from '../test-services';
import { SwarmLab } from './swarm-lab';

/** As for other tests; then a Swarm of three nodes, to which the tests of `test/integration/apps` install. */
export default async function globalSetup(): Promise<void> {
  await startServices();
  const services = servicesOfThisRun.current;
  const furtherRegistry = await findFreePort();
  const swarm = await SwarmLab.start(3, [`127.0.0.1:${furtherRegistry}`]);
  process.env['TEST_FURTHER_REGISTRY'] = String(furtherRegistry);
  servicesOfThisRun.current = Promise.resolve({
    stop: async () => {
      await swarm.destroy();
      await (await services)?.stop();
    },
  });
  const nodes = swarm.nodes.map(({ host, address, pid }): NodeOfRun => ({
    socket: host.slice('unix://'.length),
    address,
    pid,
  }));
  process.env['TEST_SWARM'] = JSON.stringify(nodes);
  process.env['DOCKER_HOST'] = swarm.manager.host;
}
