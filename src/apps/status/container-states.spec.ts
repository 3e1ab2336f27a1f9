import type { DockerEngine } from '../../platform/docker/docker-engine';
import { engineCallChannel } from '../../platform/docker/engine-call';
import { ContainerStates } from './container-states';

/** An engine that counts how often its list is asked for. */
function build() {
  const asked = { lists: 0 };
  const list = (): Promise<[]> => {
    asked.lists += 1;
    return Promise.resolve([]);
  };
  const sut = new ContainerStates({ workloads: { list } } as unknown as DockerEngine);
  return { sut, asked };
}

describe(ContainerStates.name, () => {
  beforeEach(() => jest.useFakeTimers({ now: 0 }));
  afterEach(() => jest.useRealTimers());

  it('asks the engine at each request while there is no stream of events', async () => {
    const { sut, asked } = build();
    await sut.current();
    await sut.current();
    expect(asked.lists).toBe(2);
    sut.onModuleDestroy();
  });

  it('answers from memory while events arrive, and reads again after a change', async () => {
    const { sut, asked } = build();
    sut.followsEvents = true;
    jest.advanceTimersByTime(1);
    await sut.current();
    await sut.current();
    expect(asked.lists).toBe(1);
    sut.changed();
    jest.advanceTimersByTime(1);
    await sut.current();
    expect(asked.lists).toBe(2);
    engineCallChannel.publish({ about: 'container', outcome: 'ok', seconds: 0, changes: true });
    jest.advanceTimersByTime(1);
    await sut.current();
    expect(asked.lists).toBe(3);
    sut.onModuleDestroy();
  });

  it('does not trust its memory for more than a second', async () => {
    const { sut, asked } = build();
    sut.followsEvents = true;
    jest.advanceTimersByTime(1);
    await sut.current();
    jest.advanceTimersByTime(1_001);
    await sut.current();
    expect(asked.lists).toBe(2);
    sut.onModuleDestroy();
  });

  it('goes back to asking when the stream breaks', async () => {
    const { sut, asked } = build();
    sut.followsEvents = true;
    jest.advanceTimersByTime(1);
    await sut.current();
    sut.followsEvents = false;
    await sut.current();
    await sut.current();
    expect(asked.lists).toBe(3);
    sut.onModuleDestroy();
  });
});
