import type { ContainerCondition } from '../../platform/docker/engine-types';
import { terminalFailure } from './container-failure';

const condition = (patch: Partial<ContainerCondition>): ContainerCondition => ({
  id: 'c',
  name: 'shop',
  state: 'exited',
  health: 'none',
  exitCode: 0,
  outOfMemory: false,
  restartCount: 0,
  engineError: '',
  addresses: [],
  lastProbe: 'no answer',
  startedAt: null,
  finishedAt: null,
  ...patch,
});
const causeOf = (patch: Partial<ContainerCondition>, oneShot = false) =>
  terminalFailure(condition(patch), oneShot)?.failure ?? null;

describe(terminalFailure.name, () => {
  it.each([
    [{}, 'exited'],
    [{ exitCode: 137, outOfMemory: true }, 'out-of-memory'],
    [{ endedForHealth: true }, 'unhealthy'],
    [{ state: 'restarting', restartCount: 1, endedForHealth: true }, null],
    [{ state: 'restarting', isLooping: true, endedForHealth: true }, 'unhealthy'],
    [{ state: 'restarting', isLooping: true }, 'restart-loop'],
    [{ state: 'running' }, null],
  ] as const)('of %j is %s', (patch, cause) => expect(causeOf(patch)).toBe(cause));

  it('names the last probe of one that was ended for its health', () => {
    const { message } = terminalFailure(condition({ endedForHealth: true }), false)!;
    expect(message.en).toContain('no answer');
  });

  it('is none of a one-shot container that ended well', () => {
    expect(causeOf({}, true)).toBeNull();
    expect(causeOf({ exitCode: 1 }, true)).toBe('exited');
  });
});
