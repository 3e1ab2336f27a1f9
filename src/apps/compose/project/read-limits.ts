import type { ComposeGpuRequest, ComposeLimits, ComposeUlimit } from './compose-project';
import type { Cursor, TemplateReader } from './template-reader';

/** The engine's own minimum for a memory limit: 6 MiB. */
const MIN_MEMORY_BYTES = 6 * 1024 * 1024;

/** The limits of a service from its own keys and from `deploy.resources`; its own keys come first. */
export function readLimits(reader: TemplateReader, service: Cursor): ComposeLimits {
  const at = (key: string) => reader.at(service, key);
  const resources = child(reader, child(reader, service, 'deploy'), 'resources');
  const limits = child(reader, resources, 'limits');
  const reservations = child(reader, resources, 'reservations');
  reader.checkKeys(resources, 'limits reservations');
  reader.checkKeys(limits, 'memory cpus pids devices');
  if (reservations) {
    reader.checkKeys(reservations, 'memory cpus devices generic_resources');
    reader.withoutEffect(reader.at(reservations, 'generic_resources'), 'generic_resources');
  }
  const memoryAt = at('mem_limit') ?? child(reader, limits, 'memory');
  const memory = positive(reader.bytes(memoryAt));
  if (memory !== null && memory < MIN_MEMORY_BYTES) {
    reader.wrong(memoryAt, '内存限制至少为 6m', 'a memory limit is at least 6m');
  }
  const blkio = at('blkio_config');
  reader.checkKeys(blkio, 'weight');
  return {
    memory,
    memoryReservation: positive(
      reader.bytes(at('mem_reservation') ?? child(reader, reservations, 'memory')),
    ),
    memorySwap: readSwap(reader, at('memswap_limit')),
    memorySwappiness: reader.integer(at('mem_swappiness'), { max: 100 }),
    cpus: positive(reader.decimal(at('cpus') ?? child(reader, limits, 'cpus'))),
    cpuShares: reader.integer(at('cpu_shares')),
    cpuQuota: readMicroseconds(reader, at('cpu_quota')),
    cpuPeriod: readMicroseconds(reader, at('cpu_period')),
    cpuset: reader.name(at('cpuset')),
    pids: reader.integer(at('pids_limit') ?? child(reader, limits, 'pids'), { min: -1 }),
    shmSize: reader.bytes(at('shm_size')),
    oomKillDisable: reader.boolean(at('oom_kill_disable')),
    oomScoreAdj: reader.integer(at('oom_score_adj'), { min: -1000, max: 1000 }),
    blkioWeight: blkio && reader.integer(reader.at(blkio, 'weight'), { min: 10, max: 1000 }),
  };
}

/** `ulimits:`, one number or soft and hard. */
export function readUlimits(reader: TemplateReader, at: Cursor | null): ComposeUlimit[] {
  return reader.entries(at).flatMap(([name, item]) => {
    const simple = reader.isMap(item) ? null : reader.integer(item, { min: -1 });
    const soft =
      simple ?? (reader.isMap(item) ? reader.integer(reader.at(item, 'soft'), { min: -1 }) : null);
    const hard =
      simple ?? (reader.isMap(item) ? reader.integer(reader.at(item, 'hard'), { min: -1 }) : null);
    if (soft === null || hard === null) {
      reader.wrong(item, '需要一个数字，或 soft 与 hard', 'needs one number, or soft and hard');
      return [];
    }
    return [{ name, soft, hard }];
  });
}

/** GPU requests of `deploy.resources.reservations.devices` and of `gpus:`. */
export function readGpus(reader: TemplateReader, service: Cursor): ComposeGpuRequest[] {
  const deploy = child(reader, service, 'deploy');
  const resources = child(reader, deploy, 'resources');
  const reserved = reader.list(child(reader, child(reader, resources, 'reservations'), 'devices'));
  const short = reader.at(service, 'gpus');
  const all = short !== null && !reader.isList(short);
  const requests = [...reserved, ...(all ? [] : reader.list(short))].map((item) => {
    reader.checkKeys(item, 'driver count device_ids capabilities options');
    const countAt = reader.at(item, 'count');
    const deviceIds = reader.texts(reader.at(item, 'device_ids'));
    const count = reader.name(countAt) === 'all' ? -1 : reader.integer(countAt, { min: -1 });
    return {
      driver: reader.name(reader.at(item, 'driver')),
      count: count ?? (deviceIds.length > 0 ? null : -1),
      deviceIds,
      capabilities: withDefault(reader.texts(reader.at(item, 'capabilities')), 'gpu'),
      options: reader.definedPairs(reader.at(item, 'options')),
    };
  });
  if (!all) return requests;
  const count = reader.name(short) === 'all' ? -1 : reader.integer(short, { min: 1 });
  return [
    ...requests,
    {
      driver: null,
      count,
      deviceIds: [],
      capabilities: ['gpu'],
      options: new Map<string, string>(),
    },
  ];
}

function withDefault(values: string[], otherwise: string): string[] {
  return values.length > 0 ? values : [otherwise];
}

function readSwap(reader: TemplateReader, at: Cursor | null): number | null {
  return reader.name(at) === '-1' ? -1 : reader.bytes(at);
}

/** Microseconds, as a bare number or as a duration. */
function readMicroseconds(reader: TemplateReader, at: Cursor | null): number | null {
  const text = reader.name(at);
  if (text === null) return null;
  if (/^-?\d+$/.test(text)) return reader.integer(at, { min: -1 });
  const nanoseconds = reader.duration(at);
  return nanoseconds === null ? null : Math.round(nanoseconds / 1000);
}

/** 0 means "no limit", to Compose and to the engine. */
function positive(value: number | null): number | null {
  return value === 0 ? null : value;
}

function child(reader: TemplateReader, parent: Cursor | null, key: string): Cursor | null {
  return parent && reader.at(parent, key);
}
