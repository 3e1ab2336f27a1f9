import type { ContainerCondition, ContainerSummary } from '../../platform/docker/engine-types';
import { bilingual } from '../../platform/i18n/bilingual';
import type { AppManifest } from '../installations/app-manifest';
import { deriveAppStatus, type ContainerKnowledge, type StatusRow } from './derive-app-status';

const row = (over: Partial<StatusRow> = {}): StatusRow => ({
  state: 'installed',
  phase: 'running',
  progress: 100,
  step: null,
  stopped: false,
  failure: null,
  ...over,
});
const manifest: AppManifest = {
  project: 'p-shop',
  mainContainer: 'p-shop',
  containers: [
    { name: 'p-shop', service: 'web', oneShot: false, hasHealthCheck: true, stopSeconds: 10 },
    { name: 'p-shop-init', service: 'init', oneShot: true, hasHealthCheck: false, stopSeconds: 10 },
  ],
  networks: [],
  volumes: [],
  images: [],
  mainKey: null,
  databaseKey: null,
  probe: null,
};
const container = (over: Partial<ContainerSummary> = {}): ContainerSummary => ({
  id: 'web',
  name: 'p-shop',
  image: 'shop:1',
  imageId: 'sha256:0',
  labels: {},
  state: 'running',
  health: 'healthy',
  exitCode: null,
  createdAt: new Date(0),
  ports: [],
  networks: [],
  volumes: [],
  ...over,
});
const init = (exitCode: number): ContainerSummary =>
  container({ id: 'init', name: 'p-shop-init', state: 'exited', health: 'none', exitCode });
const condition = (over: Partial<ContainerCondition>): ContainerCondition => ({
  id: 'web',
  name: 'p-shop',
  state: 'running',
  health: 'none',
  exitCode: 0,
  outOfMemory: false,
  restartCount: 0,
  engineError: '',
  addresses: [],
  lastProbe: '',
  startedAt: null,
  finishedAt: null,
  ...over,
});
const knows = (known: ContainerKnowledge): Map<string, ContainerKnowledge> =>
  new Map([['web', known]]);

describe(deriveAppStatus.name, () => {
  const derive = (containers: ContainerSummary[], known = new Map<string, ContainerKnowledge>()) =>
    deriveAppStatus(row(), manifest, containers, known, 1_000_000);

  it('is running when everything is healthy and init jobs ended well', () => {
    expect(derive([container(), init(0)])).toMatchObject({
      status: '1',
      phase: 'running',
      cause: null,
    });
  });

  it('does not report a removed init job as missing', () => {
    expect(derive([container()]).status).toBe('1');
  });

  it('fails when an init job failed', () => {
    expect(derive([container(), init(3)])).toMatchObject({ status: '2', cause: 'exited' });
  });

  it('has not started while the health check has not passed', () => {
    expect(derive([container({ health: 'starting' })])).toMatchObject({
      status: '0',
      phase: 'waiting',
    });
  });

  it('is unhealthy with the output of the last probe', () => {
    const status = derive(
      [container({ health: 'unhealthy' })],
      knows({ condition: condition({ lastProbe: 'connection refused' }) }),
    );
    expect(status).toMatchObject({ status: '2', phase: 'unhealthy', cause: 'unhealthy' });
    expect(status.info.en).toContain('connection refused');
  });

  it('names the exit code of a container that was killed', () => {
    const status = derive([container({ state: 'exited', health: 'none', exitCode: 137 })]);
    expect(status).toMatchObject({ status: '2', cause: 'exited' });
    expect(status.info.zh).toContain('137');
  });

  it('distinguishes out-of-memory kills from others', () => {
    const status = derive(
      [container({ state: 'exited', health: 'none', exitCode: 137 })],
      knows({ condition: condition({ outOfMemory: true }) }),
    );
    expect(status.cause).toBe('out-of-memory');
  });

  it.each([
    ['right before its end', 100, 'out-of-memory'],
    ['right after it', -100, 'out-of-memory'],
    ['of another process long before', 60_000, 'exited'],
  ])('handles an out-of-memory event %s', (_when, msBefore, cause) => {
    const finishedAt = new Date(900_000);
    const status = derive(
      [container({ state: 'exited', health: 'none', exitCode: 137 })],
      knows({
        condition: condition({ state: 'exited', exitCode: 137, finishedAt }),
        outOfMemoryAt: new Date(finishedAt.getTime() - msBefore),
      }),
    );
    expect(status.cause).toBe(cause);
  });

  it.each([0, 143])('is stopped, not failed, when it ended with %s', (exitCode) => {
    expect(derive([container({ state: 'exited', health: 'none', exitCode })])).toMatchObject({
      status: '0',
      phase: 'stopped',
      cause: 'stopped-by-hand',
    });
  });

  it('is stopped with any exit code after a requested stop', () => {
    const killed = container({ state: 'exited', health: 'none', exitCode: 137 });
    expect(derive([killed], knows({ stopRequested: true })).status).toBe('0');
    expect(deriveAppStatus(row({ stopped: true }), manifest, [killed])).toMatchObject({
      status: '0',
      cause: null,
    });
  });

  it('is gone and installable when no container is left', () => {
    const status = derive([]);
    expect(status).toMatchObject({ status: '2', phase: 'gone', cause: 'removed' });
    expect(status.info.en).toContain('installed again');
  });

  it('names the container that is missing', () => {
    const status = deriveAppStatus(
      row(),
      {
        ...manifest,
        containers: [...manifest.containers, { ...manifest.containers[0]!, name: 'p-shop-db' }],
      },
      [container()],
    );
    expect(status.cause).toBe('container-missing');
    expect(status.info.en).toContain('p-shop-db');
  });

  it('reports a restart loop, also between two restarts', () => {
    expect(derive([container({ state: 'restarting', health: 'none', exitCode: 1 })]).cause).toBe(
      'restart-loop',
    );
    const between = condition({ restartCount: 4, startedAt: new Date(999_000) });
    expect(derive([container()], knows({ condition: between })).cause).toBe('restart-loop');
    const settled = condition({ restartCount: 4, startedAt: new Date(0) });
    expect(derive([container()], knows({ condition: settled })).status).toBe('1');
  });

  it('shows the operation in progress, whatever containers exist', () => {
    const status = deriveAppStatus(
      row({
        state: 'installing',
        phase: 'pulling',
        progress: 40,
        step: bilingual('拉取', 'pulling'),
      }),
      manifest,
      [container()],
    );
    expect(status).toEqual({
      status: '0',
      phase: 'pulling',
      progress: 40,
      cause: null,
      info: bilingual('拉取', 'pulling'),
    });
  });

  it('keeps the reason of a failed install', () => {
    const failure = { code: 'tag-unknown', message: bilingual('无', 'none'), logs: [], undone: [] };
    expect(
      deriveAppStatus(row({ state: 'failed', phase: 'failed', failure }), manifest, []),
    ).toMatchObject({
      status: '2',
      phase: 'failed',
      cause: 'tag-unknown',
    });
  });
});
