import { HostSampler } from './host-sampler';

describe('HostSampler', () => {
  it('rejects waiting calls when it stops before the first metrics', async () => {
    const sut = new HostSampler();
    const waiting = sut.latest();
    sut.onModuleDestroy();
    await expect(waiting).rejects.toThrow('Shutting down');
  });

  it('has metrics soon after the start', async () => {
    const sut = new HostSampler();
    sut.onModuleInit();
    await expect(sut.latest()).resolves.toMatchObject({ disks: expect.any(Array) });
    sut.onModuleDestroy();
  });
});
