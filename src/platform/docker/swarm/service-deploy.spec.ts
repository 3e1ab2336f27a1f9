import { NO_DEPLOY_SETTINGS, type DeploySettings, type UpdateSettings } from '../engine-types';
import { badDeployValues, placementOf, updateConfigOf } from './service-deploy';

const deploy = (more: Partial<DeploySettings>): DeploySettings => ({
  ...NO_DEPLOY_SETTINGS,
  ...more,
});
const update = (more: Partial<UpdateSettings> = {}): UpdateSettings => ({
  parallelism: null,
  delay: null,
  failureAction: null,
  monitor: null,
  maxFailureRatio: null,
  order: null,
  ...more,
});

describe(badDeployValues.name, () => {
  it.each<[Partial<DeploySettings>]>([
    [{}],
    [{ mode: 'replicated', endpointMode: 'vip' }],
    [{ endpointMode: 'dnsrr' }],
    [{ constraints: ['node.role==manager', 'node.labels.zone != b', 'engine.labels.disk==ssd'] }],
    [{ constraints: ['node.hostname==a-1', 'node.platform.arch==aarch64', 'node.ip==192.0.2.1'] }],
    [{ mode: 'global' }],
    [{ mode: 'replicated-job' }],
    [{ spread: ['node.labels.zone'] }],
    [{ update: update({ failureAction: 'rollback', order: 'start-first', maxFailureRatio: 0.2 }) }],
    [{ rollback: update({ failureAction: 'pause', order: 'stop-first', maxFailureRatio: 1 }) }],
  ])('takes %j', (given) => {
    expect(badDeployValues(deploy(given))).toEqual([]);
  });

  it.each<[Partial<DeploySettings>, string]>([
    [{ mode: 'global-job' }, 'mode'],
    [{ mode: 'global', maxReplicasPerNode: 1 }, 'placement.max_replicas_per_node'],
    [{ endpointMode: 'ingress' }, 'endpoint_mode'],
    [{ constraints: ['x'] }, 'placement.constraints'],
    [{ constraints: ['node.role=manager'] }, 'placement.constraints'],
    [{ constraints: ['node.disk==ssd'] }, 'placement.constraints'],
    [{ constraints: ['node.role=='] }, 'placement.constraints'],
    [{ spread: ['zone'] }, 'placement.preferences'],
    [{ update: update({ failureAction: 'retry' }) }, 'update_config.failure_action'],
    [{ update: update({ order: 'first' }) }, 'update_config.order'],
    [{ update: update({ maxFailureRatio: 2 }) }, 'update_config.max_failure_ratio'],
    [{ rollback: update({ failureAction: 'rollback' }) }, 'rollback_config.failure_action'],
    [{ rollback: update({ order: 'first' }) }, 'rollback_config.order'],
  ])('names what is wrong with %j', (given, key) => {
    expect(badDeployValues(deploy(given)).map((bad) => bad.key)).toEqual([key]);
  });
});

describe(placementOf.name, () => {
  it('adds the template’s constraints to the one node', () => {
    expect(placementOf(deploy({ constraints: ['node.role==manager'] }), 'abc')).toEqual({
      Constraints: ['node.id==abc', 'node.role==manager'],
    });
  });

  it('spreads replicas and limits those of one node', () => {
    const given = deploy({ spread: ['node.labels.zone'], maxReplicasPerNode: 2 });
    expect(placementOf(given, null)).toEqual({
      Preferences: [{ Spread: { SpreadDescriptor: 'node.labels.zone' } }],
      MaxReplicas: 2,
    });
    expect(placementOf(deploy({ maxReplicasPerNode: 0 }), null)).toEqual({});
  });
});

describe(updateConfigOf.name, () => {
  it('has one task at a time by default, as docker stack deploy', () => {
    expect(updateConfigOf(update())).toEqual({ Parallelism: 1 });
  });

  it('translates every key', () => {
    const all = update({
      parallelism: 0,
      delay: 1e9,
      failureAction: 'rollback',
      monitor: 5e9,
      maxFailureRatio: 0.3,
      order: 'start-first',
    });
    expect(updateConfigOf(all)).toEqual({
      Parallelism: 0,
      Delay: 1e9,
      FailureAction: 'rollback',
      Monitor: 5e9,
      MaxFailureRatio: 0.3,
      Order: 'start-first',
    });
  });
});
