import { posix } from 'node:path';
import { bilingual } from '../../../platform/i18n/bilingual';
import { CLOCK_FILES } from '../files/bind-sources';
import type { EnginePlan } from '../engine/engine-plan';
import type { KeyPath } from '../language/yaml-source';
import type { ComposeService } from '../project/compose-project';
import { literal, ownNames, type Refused, type Rule, type ServiceScope } from './rule';

/** One entry of `HostConfig.Binds`. */
interface Bind {
  readonly source: string;
  readonly target: string;
  readonly options: readonly string[];
}

function parseBind(text: string): Bind | null {
  const found = /^([^:]*):(\/[^:]*):([^:]*)$/.exec(text);
  return (
    found && {
      source: found[1] ?? '',
      target: found[2] ?? '',
      options: (found[3] ?? '').split(','),
    }
  );
}

const isPath = (source: string) => /^[/~]/.test(source);
const isWritable = ({ options }: Bind) => !options.includes('ro');
const bindOptions = /^(rw|ro|z|Z|nocopy|r?private|r?slave)$/;

/** Where each entry of `Binds` stands in the template, in the same order. */
function placesOf(service: ComposeService): KeyPath[] {
  const mounts = service.mounts.filter(({ type, source }) => type !== 'tmpfs' && source !== null);
  return [...mounts, ...service.configs, ...service.secrets].map(({ path }) => path);
}

/** A plan never changes, and every bind of it is compared with all. */
const writableOf = new WeakMap<EnginePlan, readonly string[]>();

/** Folders of the app that one of its containers may write to. */
function writableFolders({ plan }: ServiceScope): readonly string[] {
  const known = writableOf.get(plan);
  if (known) return known;
  const folders = plan.containers
    .flatMap(({ body }) => body.HostConfig.Binds ?? [])
    .map(parseBind)
    .filter((bind) => bind !== null)
    .filter((bind) => isPath(bind.source) && isWritable(bind))
    .map(({ source }) => posix.normalize(source).replace(/\/$/, ''));
  writableOf.set(plan, folders);
  return folders;
}

function* refusedPath(bind: Bind, scope: ServiceScope, path: KeyPath): Iterable<Refused> {
  const { source } = bind;
  const { projectDir } = scope.context;
  const normal = posix.normalize(source).replace(/(.)\/$/, '$1');
  if (CLOCK_FILES.has(source) && !isWritable(bind)) return;
  if (/(^|\/)(docker|containerd|podman|crio)\.sock$/.test(normal)) {
    const what = bilingual(`引擎套接字 ${source}`, `the engine's socket (${source})`);
    yield { what, code: 'docker-socket', path };
  } else if (normal !== projectDir && !normal.startsWith(`${projectDir}/`)) {
    const what = bilingual(
      `应用目录以外的路径 ${source}`,
      `a path outside the app's own folder (${source})`,
    );
    yield { what, path };
  } else {
    const outer = writableFolders(scope).find((folder) => normal.startsWith(`${folder}/`));
    if (outer === undefined) return;
    const [inner, around] = [normal, outer].map((name) => `.${name.slice(projectDir.length)}`);
    const what = bilingual(
      `位于应用可写目录 ${around} 中的挂载源 ${inner}（应用可将其替换为链接）`,
      `the mount source ${inner} within ${around}, which the app may write to and so replace it by a link`,
    );
    yield { what, code: 'nested-bind', path };
  }
}

function* refusedVolume({ source }: Bind, scope: ServiceScope, path: KeyPath): Iterable<Refused> {
  if (ownNames(scope).volumes.has(source)) return;
  const declared = scope.app.volumes.find(({ name, external }) => external && name === source);
  yield declared
    ? {
        what: bilingual('外部卷', 'a volume that is not its own'),
        code: 'external-volume',
        path: ['volumes', declared.key, 'external'],
      }
    : { what: literal(source), code: 'external-volume', path };
}

const binds: Rule<readonly string[]> = {
  keys: ['volumes', 'configs', 'secrets'],
  code: 'bind-outside',
  allowed:
    'own volumes, and folders and files of the app’s own folder that do not lie within another writable bind; options rw, ro, z, Z, nocopy, private, slave, rprivate, rslave; /etc/localtime and /etc/timezone read-only',
  why: 'paths of the machine and of other apps; within a writable folder the app could replace a source by a link',
  *refused(values, scope) {
    const places = placesOf(scope.service);
    for (const [index, text] of values.entries()) {
      const path = places[index] ?? ['services', scope.service.name, 'volumes'];
      const bind = parseBind(text);
      if (!bind || bind.options.some((option) => !bindOptions.test(option))) {
        yield { what: literal(text), code: 'mount-options', path };
      } else if (isPath(bind.source)) yield* refusedPath(bind, scope, path);
      else yield* refusedVolume(bind, scope, path);
    }
  },
};

const mounts: Rule<readonly object[]> = {
  keys: ['volumes'],
  code: 'mount-options',
  allowed: 'tmpfs, with its size and mode, read-only or not',
  why: 'other mounts are written as binds',
  *refused(values) {
    for (const value of values) {
      const {
        Type,
        Target,
        ReadOnly,
        TmpfsOptions = {},
        ...others
      } = value as {
        Type?: unknown;
        Target?: unknown;
        ReadOnly?: unknown;
        TmpfsOptions?: Readonly<Record<string, unknown>>;
      };
      const { SizeBytes = 0, Mode = 0, ...unknown } = TmpfsOptions;
      const plain =
        Type === 'tmpfs' &&
        typeof Target === 'string' &&
        [undefined, true, false].includes(ReadOnly as boolean) &&
        typeof SizeBytes === 'number' &&
        typeof Mode === 'number';
      if (!plain || Object.keys({ ...others, ...unknown }).length > 0)
        yield { what: literal(JSON.stringify(value)) };
    }
  },
};

const volumesFrom: Rule<readonly string[]> = {
  keys: ['volumes_from'],
  code: 'bind-outside',
  allowed: 'services of the same app',
  why: 'another app’s container holds its data',
  *refused(values, scope) {
    for (const [index, value] of values.entries()) {
      const written = scope.service.volumesFrom[index]?.service ?? '';
      const name = value.replace(/:r[ow]$/, '');
      if (!written.startsWith('container:') && ownNames(scope).containers.has(name)) continue;
      const what = bilingual(`其他容器的卷 ${name}`, `volumes of another container (${name})`);
      yield { what, at: [index] };
    }
  },
};

export const bindRules = { Binds: binds, Mounts: mounts, VolumesFrom: volumesFrom };
