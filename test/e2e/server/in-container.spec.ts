import { randomBytes } from 'node:crypto';
import Docker from 'dockerode';
import { signUpAdmin } from '../../support/factories/users';
import {
  compareMachine,
  dockerStats,
  untilAgreed,
  type ReadReport,
  type Compared,
  type ReportedMetrics,
} from '../../support/measures/metric-comparison';
import { pollUntil } from '../../support/poll-until';
import { ServerContainer } from '../../support/server-container';
import { createInstallation, type TestInstallation } from '../../support/test-app';

describe('searchServer of a server in a container with limits', () => {
  const name = `in-container-${randomBytes(4).toString('hex')}`;
  let installation: TestInstallation;
  let sut: ServerContainer;
  let ask: ReadReport;

  beforeAll(async () => {
    installation = await createInstallation();
    sut = await ServerContainer.start(name, installation.environment);
    const admin = await signUpAdmin(sut);
    ask = async () => (await admin.http.get('/searchServer')).body.data as ReportedMetrics;
  });
  afterAll(async () => {
    await ServerContainer.remove(name);
    await installation.destroy();
  });

  async function compareAll(): Promise<Compared[]> {
    const [machine, stats] = await Promise.all([compareMachine(ask, name), dockerStats([name])]);
    const { limits } = await ask();
    return [
      ...machine,
      {
        metric: 'memory of the limit',
        reported: limits?.memoryPercent ?? NaN,
        measured: stats.get(name)?.memory ?? NaN,
      },
    ];
  }

  it('tells the limits, and the metrics of machine and limits, idle and under load', async () => {
    const { CgroupVersion, NCPU } = (await new Docker().info()) as {
      CgroupVersion: string;
      NCPU: number;
    };
    const { cores, limits } = await ask();
    expect(cores).toBe(NCPU);
    expect(limits).toMatchObject({
      cgroupVersion: Number(CgroupVersion),
      cpuCores: ServerContainer.cores,
      memoryBytes: ServerContainer.memoryBytes,
    });
    await untilAgreed(compareAll);

    // Half of either limit and more.
    await sut.burn('const held = Buffer.alloc(150 << 20, 1); for (;;) held[0]++;');
    const loaded = async (): Promise<boolean> => {
      const reported = (await ask()).limits;
      return (reported?.cpuPercent ?? 0) > 40 && (reported?.memoryPercent ?? 0) > 40;
    };
    await pollUntil('the load to show', loaded);
    await untilAgreed(compareAll);
  });
});
