import { posix } from 'node:path';
import { bilingual } from '../../../platform/i18n/bilingual';
import type { PlannedNetwork } from '../engine/engine-plan';
import type { AppVolumeSpec } from '../engine/engine-context';
import { insideProject } from '../language/app-folder-path';
import type { KeyPath } from '../language/yaml-source';
import { isRemoteContext } from '../project/read-build';
import { isPrivateSubnet } from './private-subnet';
import { literal, type Refused, type Rule, type Scope } from './rule';

type ResourceRule<Value> = Rule<Value, Scope>;

const networkOptions: Readonly<Record<string, RegExp>> = {
  'com.docker.network.bridge.enable_icc': /^(true|false)$/,
  'com.docker.network.bridge.enable_ip_masquerade': /^(true|false)$/,
  'com.docker.network.driver.mtu': /^\d{3,5}$/,
};

/** What a network of the template may be. */
export const networkRule: ResourceRule<PlannedNetwork> = {
  keys: ['networks'],
  code: 'network-options',
  allowed:
    'driver `bridge`; options enable_icc, enable_ip_masquerade and mtu; subnets of private ranges, /16 (IPv6 /48) or smaller, that are free',
  why: 'other drivers and options reach the interfaces of the machine; a foreign subnet takes over its routes',
  *refused({ key, body }, { app }) {
    const {
      Name,
      CheckDuplicate,
      Driver,
      Internal,
      Attachable,
      EnableIPv6,
      Options,
      IPAM,
      Labels,
      ...others
    } = body;
    void [CheckDuplicate, Internal, Attachable, EnableIPv6, Labels];
    const path = (...keys: string[]): KeyPath => ['networks', key, ...keys];
    const resolved = app.networks.find((network) => network.key === key);
    if (Name !== resolved?.name) yield { what: literal(Name), path: path() };
    if (Driver !== 'bridge') {
      const what = bilingual(`网络驱动 ${Driver}`, `the network driver ${Driver}`);
      yield { what, code: 'network-driver', path: path('driver') };
    }
    for (const [name, value] of Object.entries(Options ?? {})) {
      const pattern = Object.hasOwn(networkOptions, name) ? networkOptions[name] : undefined;
      if (!pattern?.test(value))
        yield { what: literal(`${name}=${value}`), path: path('driver_opts', name) };
    }
    if (IPAM && (IPAM.Driver ?? 'default') !== 'default')
      yield { what: literal(`ipam: ${IPAM.Driver}`), path: path('ipam', 'driver') };
    for (const [index, range] of (IPAM?.Config ?? []).entries()) {
      const { Subnet, IPRange, Gateway, ...unknown } = range as Record<string, string>;
      const at = ['ipam', 'config', index] as const;
      const problem = !isPrivateSubnet(Subnet ?? '', [IPRange, Gateway]);
      if (problem || Object.keys(unknown).length > 0) {
        const what = bilingual(
          `地址段 ${Subnet ?? ''}（只允许私有地址段，不大于 /16）`,
          `the address range ${Subnet ?? ''} (private ones only, /16 or smaller)`,
        );
        yield { what, code: 'network-addresses', path: ['networks', key, ...at] };
      }
    }
    for (const name of Object.keys(others)) yield { what: literal(name), path: path() };
  },
};

/** Networks that the template takes from elsewhere. */
export const externalNetworkRule: ResourceRule<{ readonly key: string; readonly name: string }> = {
  keys: ['networks'],
  code: 'external-network',
  allowed: 'no external network other than the shared one',
  why: 'the network of another app or of the machine',
  refused: ({ key, name }) => [
    {
      what: bilingual(`外部网络 ${name}`, `the external network ${name}`),
      path: ['networks', key, 'external'],
    },
  ],
};

const tmpfsVolumeOptions =
  /^(rw|ro|exec|noexec|suid|nosuid|nodev|noatime|(size|mode|uid|gid|nr_inodes)=\d+[kmgKMG%]?)$/;

/** What a volume of the template may be. */
export const volumeRule: ResourceRule<{ readonly key: string; readonly body: AppVolumeSpec }> = {
  keys: ['volumes'],
  code: 'volume-device',
  allowed:
    'driver `local`, without options or as tmpfs (`type: tmpfs`, `device: tmpfs`, mount options out of a list)',
  why: 'the options are those of mount(8): a bind of any path, a device, a network share',
  *refused({ key, body }, { app }) {
    const { Name, Driver, DriverOpts = {}, Labels, ...others } = body;
    void Labels;
    const { type, device, o = '', ...unknown } = DriverOpts as Record<string, string>;
    const tmpfs =
      type === 'tmpfs' &&
      device === 'tmpfs' &&
      o.split(',').every((option) => option === '' || tmpfsVolumeOptions.test(option)) &&
      Object.keys(unknown).length === 0;
    const plain = Object.keys(DriverOpts).length === 0;
    const what = bilingual(
      '挂载宿主机路径、设备、网络共享或使用插件的卷',
      'a volume that mounts a host path, a device, a network share or uses a plugin',
    );
    if (Driver !== 'local') yield { what, path: ['volumes', key, 'driver'] };
    else if (!plain && !tmpfs) yield { what, path: ['volumes', key, 'driver_opts'] };
    const resolved = app.volumes.find((volume) => volume.key === key);
    if (Name !== resolved?.name || Object.keys(others).length > 0)
      yield { what: literal(Name), path: ['volumes', key] };
  },
};

/** What an image may be built from. */
export const buildRule: ResourceRule<{
  readonly service: string;
  readonly context: string;
  /** Text of the Dockerfile; null where it could not be read. */
  readonly dockerfile: string | null;
}> = {
  keys: ['build'],
  code: 'remote-build',
  allowed:
    'a context within the app’s folder, with a Dockerfile that is read when the catalog is, or inline; each `ADD` takes plain files: no address, variable or escape',
  why: 'the engine itself would fetch the address, as root and from the host’s network',
  *refused({ service, context, dockerfile }) {
    const path: KeyPath = ['services', service, 'build'];
    if (isRemoteContext(context) || !insideProject(context)) {
      const what = bilingual(`外部构建目录 ${context}`, `a build context elsewhere (${context})`);
      yield { what, path };
      return;
    }
    if (dockerfile === null) {
      const what = bilingual('未随应用目录读取的 Dockerfile', 'a Dockerfile that was not examined');
      yield { what, path };
      return;
    }
    const remote = remoteAddition(dockerfile);
    if (remote !== null) {
      const what = bilingual(`Dockerfile 中的 ${remote}`, `${remote} in the Dockerfile`);
      yield { what, path };
    }
  },
};

/** Arguments of an `ADD` that name files of the context: no address, variable or escape. */
const plainFiles = /^[\w\s./*?@+~=,"[\]-]*$/;
/** What the engine takes for blank at the beginning of a line: `\s` and NEL. */
const BLANK = '[\\s\\u0085]*';

/**
 * An `ADD` of something that is not plainly a file of the context; null where there is none. Lines are
 * joined as the engine does it, comments and empty lines between them left out; where a comment looks
 * like the directive of another escape character, by either one.
 */
export function remoteAddition(dockerfile: string): string | null {
  const ignored = new RegExp(`^${BLANK}(#[^]*)?$`);
  const addition = new RegExp(`^${BLANK}(?:ONBUILD\\s+)?ADD(?:\\s+([^]*))?$`, 'i');
  const lines = dockerfile.split(/\r?\n/).filter((line) => !ignored.test(line));
  const hasDirective = /^\s*#\s*escape\s*=/im.test(dockerfile);
  for (const continued of [/\\[ \t]*\n/g, ...(hasDirective ? [/`[ \t]*\n/g] : [])]) {
    for (const line of lines.join('\n').replace(continued, '').split('\n')) {
      const found = addition.exec(line);
      const files = found?.[1]?.replace(/--(chown=[\w.:-]+|chmod=[0-7]+)(?=\s)/g, '') ?? '';
      if (found && (!plainFiles.test(files) || /git@|\.git\b/.test(files)))
        return `ADD ${found[1]?.trim() ?? ''}`;
    }
  }
  return null;
}

/** Files of the template behind `configs` and `secrets`. */
export const fileRule: ResourceRule<{ readonly file: string; readonly path: KeyPath }> = {
  keys: ['configs', 'secrets'],
  code: 'bind-outside',
  allowed: '`content`, `environment`, or a `file` within the app’s folder',
  why: 'a file of the machine',
  *refused({ file, path }): Iterable<Refused> {
    if (insideProject(posix.normalize(file)) && insideProject(file)) return;
    const socket = /(^|\/)(docker|containerd|podman|crio)\.sock$/.test(posix.normalize(file));
    const what = bilingual(
      `应用目录以外的路径 ${file}`,
      `a path outside the app's own folder (${file})`,
    );
    yield { what, path, ...(socket ? { code: 'docker-socket' } : {}) };
  },
};
