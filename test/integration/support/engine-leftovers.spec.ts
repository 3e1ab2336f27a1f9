import { removeEngineLeftovers } from '../../support/services/engine-leftovers';
import { PrivateEngine } from '../../support/private-engine';

describe('what killed runs of tests left in an engine', () => {
  let engine: PrivateEngine;
  beforeAll(async () => {
    engine = await PrivateEngine.start();
  });
  afterAll(async () => {
    await engine?.destroy();
  });

  const names = async (): Promise<string[]> => [
    ...(await engine.docker.listNetworks()).map(({ Name }) => Name),
    ...((await engine.docker.listVolumes()).Volumes ?? []).map(({ Name }) => Name),
  ];

  it('goes before the next run, unless it is young and the engine has other users', async () => {
    const { docker } = engine;
    await docker.createNetwork({ Name: 't0123456789-app_default' });
    await docker.createVolume({ Name: 't0123456789-app_data' });
    await docker.createNetwork({ Name: 'team-network' });
    expect(await removeEngineLeftovers(docker, { all: false })).toBe(0);
    expect(await removeEngineLeftovers(docker, { all: true })).toBe(2);
    expect(await names()).toEqual(expect.arrayContaining(['team-network']));
    expect((await names()).filter((name) => name.startsWith('t0'))).toEqual([]);
  });
});
