import { posix } from 'node:path';
import type { ComposeMount } from './compose-project';
import { readFileMode } from './read-file-objects';
import type { Cursor, TemplateReader } from './template-reader';

type NewMount = { -readonly [K in keyof ComposeMount]: ComposeMount[K] };

/** A mount of which nothing else is said. */
function mountOf(type: ComposeMount['type'], target: string, { path }: Cursor): NewMount {
  return {
    source: null,
    readOnly: false,
    propagation: null,
    selinux: null,
    noCopy: false,
    tmpfsSize: null,
    tmpfsMode: null,
    tmpfsOptions: null,
    type,
    target,
    path,
  };
}

/** `volumes:` of a service, short and long form, and `tmpfs:`. */
export function readMounts(reader: TemplateReader, service: Cursor): ComposeMount[] {
  const volumes = reader
    .list(reader.at(service, 'volumes'))
    .map((item) => (reader.isMap(item) ? readLong(reader, item) : readShort(reader, item)));
  const tmpfs = reader.items(reader.at(service, 'tmpfs'));
  const mounts = [...volumes, ...tmpfs.map((item) => readTmpfs(reader, item))].filter(
    (mount) => mount !== null,
  );
  return checkTargets(
    reader,
    mounts.filter((mount) => hasValidSource(reader, mount)),
  );
}

/** What a bind's source begins with; anything else is the name of a volume. */
export function isPath(source: string): boolean {
  return /^[./~]/.test(source);
}

/** Whether a bind's source begins with a blank variable; a volume's name may. */
function beginsBlank(reader: TemplateReader, at: Cursor | null, filledIn: string): boolean {
  return at !== null && /^:|^[./~]|^[^:]+\//.test(filledIn) && reader.refuseBlankStart(at);
}

const propagations = new Set(['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave']);

function readShort(reader: TemplateReader, item: Cursor): ComposeMount | null {
  const text = reader.name(item);
  if (text === null || (text.includes(':') && beginsBlank(reader, item, text))) return null;
  const parts = text.split(':').map((part) => part.trim());
  const [source = '', target] = parts;
  if (parts.length > 3 || parts.some((part) => part === '')) {
    reader.wrong(item, `卷 "${text}" 无法识别`, `the volume "${text}" cannot be read`);
    return null;
  }
  if (target === undefined) return mountOf('volume', source, item);
  const mount = mountOf(isPath(source) ? 'bind' : 'volume', target, item);
  mount.source = isPath(source) ? reader.located(item, source) : source;
  for (const option of (parts[2] ?? 'rw').split(',')) {
    if (option === 'ro') mount.readOnly = true;
    else if (option === 'nocopy') mount.noCopy = true;
    else if (option === 'z' || option === 'Z') mount.selinux = option;
    else if (propagations.has(option)) mount.propagation = option;
    else if (!['rw', 'cached', 'delegated', 'consistent'].includes(option)) {
      reader.wrong(item, `未知的卷选项 ${option}`, `unknown volume option ${option}`);
    }
  }
  return mount;
}

const LONG_KEYS = 'type source target read_only bind volume tmpfs consistency';

function readLong(reader: TemplateReader, item: Cursor): ComposeMount | null {
  reader.checkKeys(item, LONG_KEYS);
  const type = reader.name(reader.at(item, 'type'));
  const sourceAt = reader.at(item, 'source');
  const source = reader.name(sourceAt);
  if (beginsBlank(reader, sourceAt, source ?? '/')) return null;
  const target = reader.name(reader.at(item, 'target'));
  if (type !== 'bind' && type !== 'volume' && type !== 'tmpfs') {
    const typeAt = reader.at(item, 'type') ?? item;
    if (type === 'npipe' || type === 'cluster' || type === 'image')
      reader.unsupported(typeAt, `type: ${type}`);
    else reader.wrong(typeAt, '未知的卷类型', 'unknown type of volume');
    return null;
  }
  if (target === null || (type === 'bind' && source === null)) {
    reader.wrong(item, '卷缺少 source 或 target', 'the volume needs a source and a target');
    return null;
  }
  const bindSource = type === 'bind' && source !== null ? reader.located(item, source) : source;
  const bind = reader.at(item, 'bind');
  const volume = reader.at(item, 'volume');
  const tmpfs = reader.at(item, 'tmpfs');
  reader.checkKeys(bind, 'propagation create_host_path selinux');
  reader.checkKeys(volume, 'nocopy');
  reader.checkKeys(tmpfs, 'size mode');
  return Object.assign(mountOf(type, target, item), {
    source: type === 'tmpfs' ? null : bindSource,
    readOnly: reader.boolean(reader.at(item, 'read_only')) ?? false,
    propagation: bind && reader.name(reader.at(bind, 'propagation')),
    selinux: bind && reader.name(reader.at(bind, 'selinux')),
    noCopy: (volume && reader.boolean(reader.at(volume, 'nocopy'))) ?? false,
    tmpfsSize: tmpfs && reader.bytes(reader.at(tmpfs, 'size')),
    tmpfsMode: tmpfs && readFileMode(reader, reader.at(tmpfs, 'mode')),
  });
}

function readTmpfs(reader: TemplateReader, item: Cursor): ComposeMount | null {
  const text = reader.name(item);
  if (text === null) return null;
  const cut = text.indexOf(':');
  const mount = mountOf('tmpfs', cut < 0 ? text : text.slice(0, cut), item);
  mount.tmpfsOptions = cut < 0 ? '' : text.slice(cut + 1);
  return mount;
}

/** A volume is named like every resource: its name becomes part of a path of the engine's API. */
function hasValidSource(reader: TemplateReader, { type, source, path }: ComposeMount): boolean {
  return type !== 'volume' || source === null || reader.isResourceName(source, { path });
}

/** The engine refuses relative targets, the root, and two mounts at one place. */
function checkTargets(reader: TemplateReader, mounts: readonly ComposeMount[]): ComposeMount[] {
  const seen = new Map<string, ComposeMount>();
  for (const mount of mounts) {
    if (!mount.target.startsWith('/') || posix.normalize(mount.target) === '/') {
      reader.report(
        'broken',
        'bad-mount-target',
        { path: mount.path },
        `挂载点 ${mount.target} 不是容器内的绝对路径`,
        `${mount.target} is not an absolute path in the container`,
      );
      continue;
    }
    const target = posix.normalize(mount.target).replace(/\/$/, '');
    const other = seen.get(target);
    if (other && sameSource(other, mount)) continue;
    if (other) {
      reader.report(
        'broken',
        'duplicate-mount',
        { path: mount.path },
        `挂载点 ${target} 重复`,
        `${target} is mounted twice`,
      );
      continue;
    }
    seen.set(target, mount);
  }
  return [...seen.values()];
}

function sameSource(one: ComposeMount, other: ComposeMount): boolean {
  return one.type === other.type && one.source === other.source && one.readOnly === other.readOnly;
}
