import { randomBytes } from 'node:crypto';
import { ownLabels } from '../../src/apps/compose/engine/labels';
import { ResourceNotOursError } from '../../src/apps/engine/container.errors';
import { ResourceProvisioner } from '../../src/apps/install/resource-provisioner';
import { AppLab, docker } from '../support/factories/app-lab';

describe(ResourceProvisioner.name, () => {
  const name = `half-made-${randomBytes(4).toString('hex')}`;
  const owner = { installationId: name, appName: name };
  const body = {
    Name: name,
    Driver: 'local',
    DriverOpts: {},
    Labels: { [ownLabels.app]: name, [ownLabels.installation]: name },
  };
  let lab: AppLab;
  let sut: ResourceProvisioner;
  beforeAll(async () => {
    lab = await AppLab.start();
    sut = lab.server.app.get(ResourceProvisioner);
  });
  afterEach(() => docker.getVolume(name).remove());
  afterAll(() => lab?.close());

  it('replaces a volume that an engine left without labels while it was created', async () => {
    const since = new Date();
    await docker.createVolume({ Name: name });
    await sut.ensureVolume(owner, body, since);
    const { Labels } = await docker.getVolume(name).inspect();
    expect(Labels).toEqual(body.Labels);
  });

  it('refuses a volume without labels that was there before', async () => {
    await docker.createVolume({ Name: name });
    const later = new Date(Date.now() + 5_000);
    await expect(sut.ensureVolume(owner, body, later)).rejects.toThrow(ResourceNotOursError);
    await expect(docker.getVolume(name).inspect()).resolves.toMatchObject({ Name: name });
  });
});
