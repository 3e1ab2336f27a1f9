import type { DeploySettings, UpdateSettings } from '../../../platform/docker/engine-types';
import type { Cursor, TemplateReader } from './template-reader';

const SWARM_ONLY = ['placement', 'update_config', 'rollback_config', 'endpoint_mode', 'labels'];

/** What `deploy` says to a Swarm; on a single engine all of it is noted as without effect. */
export function readDeploy(reader: TemplateReader, service: Cursor): DeploySettings {
  const deploy = reader.at(service, 'deploy');
  const part = (...keys: string[]): Cursor | null =>
    keys.reduce<Cursor | null>((at, key) => at && reader.at(at, key), deploy);
  reader.checkKeys(deploy, `mode replicas resources restart_policy ${SWARM_ONLY.join(' ')}`);
  for (const key of SWARM_ONLY) reader.withoutEffect(part(key), `deploy.${key}`);
  const mode = reader.name(part('mode'));
  if (mode !== null && mode !== 'replicated') reader.withoutEffect(part('mode'), 'deploy.mode');
  for (const key of ['delay', 'window']) reader.withoutEffect(part('restart_policy', key), key);
  reader.withoutEffect(part('resources', 'reservations', 'cpus'), 'reservations.cpus');
  reader.checkKeys(part('placement'), 'constraints preferences max_replicas_per_node');
  return {
    mode,
    endpointMode: reader.name(part('endpoint_mode')),
    labels: Object.fromEntries(reader.definedPairs(part('labels'))),
    constraints: reader.texts(part('placement', 'constraints')).map((text) => text.trim()),
    spread: reader.list(part('placement', 'preferences')).flatMap((item) => {
      reader.checkKeys(item, 'spread');
      return reader.name(reader.at(item, 'spread')) ?? [];
    }),
    maxReplicasPerNode: reader.integer(part('placement', 'max_replicas_per_node')),
    reservedCpus: reader.decimal(part('resources', 'reservations', 'cpus')),
    restartDelay: reader.duration(part('restart_policy', 'delay')),
    restartWindow: reader.duration(part('restart_policy', 'window')),
    update: readUpdate(reader, part('update_config')),
    rollback: readUpdate(reader, part('rollback_config')),
  };
}

function readUpdate(reader: TemplateReader, at: Cursor | null): UpdateSettings | null {
  if (!at) return null;
  reader.checkKeys(at, 'parallelism delay failure_action monitor max_failure_ratio order');
  return {
    parallelism: reader.integer(reader.at(at, 'parallelism')),
    delay: reader.duration(reader.at(at, 'delay')),
    failureAction: reader.name(reader.at(at, 'failure_action')),
    monitor: reader.duration(reader.at(at, 'monitor')),
    maxFailureRatio: reader.decimal(reader.at(at, 'max_failure_ratio')),
    order: reader.name(reader.at(at, 'order')),
  };
}
