import { posix } from 'node:path';
import { bilingual } from '../../../platform/i18n/bilingual';
import { insideProject } from '../language/app-folder-path';
import type { ComposeMount, ComposeProject, ComposeService } from './compose-project';
import type { KeyPath } from '../language/yaml-source';
import { isRemoteContext } from './read-build';
import type { TemplateReader } from './template-reader';

/**
 * Reports everything that would let an app out of its box. Only for catalogs that no administrator
 * has marked as trusted.
 */
export function checkPolicy(reader: TemplateReader, project: ComposeProject): void {
  for (const service of project.services.values()) {
    checkPrivileges(reader, service);
    checkNamespaces(reader, service);
    for (const mount of service.mounts) checkBind(reader, mount);
    if (service.build) checkBuild(reader, service.build.path, service.build.context);
  }
  for (const kind of ['configs', 'secrets'] as const) {
    for (const { file, path } of project[kind].values()) {
      if (file !== null && !insideProject(file)) refuseBind(reader, path, file);
    }
  }
  checkVolumes(reader, project);
  checkNetworkDrivers(reader, project);
}

function checkPrivileges(reader: TemplateReader, service: ComposeService): void {
  const at = (key: string): KeyPath => ['services', service.name, key];
  if (service.privileged) {
    refuse(reader, 'privileged', at('privileged'), '特权容器', 'a privileged container');
  }
  const extra = service.capAdd.filter((name) => !ordinaryCapabilities.has(capability(name)));
  if (extra.length > 0) {
    const names = extra.join(', ');
    refuse(reader, 'cap-add', at('cap_add'), `附加权限 ${names}`, `extra capabilities (${names})`);
  }
  for (const key of ['devices', 'device_cgroup_rules'] as const) {
    const items = key === 'devices' ? service.devices : service.deviceCgroupRules;
    if (items.length > 0) refuse(reader, 'device', at(key), '宿主机设备', 'a device of the host');
  }
  service.securityOpt.forEach((option, index) => {
    if (confines(option)) return;
    const path = [...at('security_opt'), index];
    refuse(reader, 'security-opt', path, `安全选项 ${option}`, `the security option ${option}`);
  });
  if (service.runtime !== null && service.runtime !== 'runc') {
    refuse(
      reader,
      'runtime',
      at('runtime'),
      `运行时 ${service.runtime}`,
      `the runtime ${service.runtime}`,
    );
  }
  if (service.cgroupParent !== null) {
    refuse(reader, 'cgroup-parent', at('cgroup_parent'), '自定义 cgroup', 'another cgroup');
  }
}

/**
 * What the engine gives every container by default: a template that drops all and adds some of these back
 * gets less than the others. https://docs.docker.com/engine/containers/run/#runtime-privilege-and-linux-capabilities
 */
const ordinaryCapabilities: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

function capability(name: string): string {
  return name.toUpperCase().replace(/^CAP_/, '');
}

/** Security options that take nothing away from the default confinement. */
function confines(option: string): boolean {
  return (
    /^no-new-privileges([:=]true)?$/.test(option) ||
    /^apparmor[:=]docker-default$/.test(option) ||
    /^label[:=](user|role|type|level)[:=]/.test(option)
  );
}

function checkNamespaces(reader: TemplateReader, service: ComposeService): void {
  const modes = {
    network_mode: service.networkMode,
    pid: service.pid,
    ipc: service.ipc,
    uts: service.uts,
    userns_mode: service.usernsMode,
    cgroup: service.cgroup,
  };
  for (const [key, mode] of Object.entries(modes)) {
    if (mode !== 'host' && !mode?.startsWith('container:')) continue;
    refuse(
      reader,
      'host-namespace',
      ['services', service.name, key],
      `${key}: ${mode}`,
      `${key}: ${mode}`,
    );
  }
  service.volumesFrom.forEach(({ service: other }, index) => {
    if (!other.startsWith('container:')) return;
    const path = ['services', service.name, 'volumes_from', index];
    refuse(
      reader,
      'bind-outside',
      path,
      `其他容器的卷 ${other}`,
      `volumes of another container (${other})`,
    );
  });
}

function checkBind(reader: TemplateReader, mount: ComposeMount): void {
  if (mount.type !== 'bind' || mount.source === null || insideProject(mount.source)) return;
  refuseBind(reader, mount.path, mount.source);
}

function refuseBind(reader: TemplateReader, path: KeyPath, source: string): void {
  if (/(^|\/)(docker|containerd|podman|crio)\.sock$/.test(posix.normalize(source))) {
    refuse(
      reader,
      'docker-socket',
      path,
      `引擎套接字 ${source}`,
      `the engine's socket (${source})`,
    );
  } else {
    refuse(
      reader,
      'bind-outside',
      path,
      `应用目录以外的路径 ${source}`,
      `a path outside the app's own folder (${source})`,
    );
  }
}

function checkBuild(reader: TemplateReader, path: KeyPath, context: string): void {
  if (isRemoteContext(context) || !insideProject(context)) {
    refuse(
      reader,
      'remote-build',
      path,
      `外部构建目录 ${context}`,
      `a build context elsewhere (${context})`,
    );
  }
}

function checkVolumes(reader: TemplateReader, project: ComposeProject): void {
  for (const volume of project.volumes.values()) {
    const path: KeyPath = ['volumes', volume.key];
    if (volume.external) {
      refuse(
        reader,
        'external-volume',
        [...path, 'external'],
        '外部卷',
        'a volume that is not its own',
      );
    }
    const type = volume.driverOpts.get('type');
    const harmless = volume.driverOpts.size === 0 || type === 'tmpfs';
    if ((volume.driver ?? 'local') !== 'local' || !harmless) {
      refuse(
        reader,
        'volume-device',
        [...path, harmless ? 'driver' : 'driver_opts'],
        '挂载宿主机路径、网络共享或使用插件的卷',
        'a volume that mounts a host path, a network share or uses a plugin',
      );
    }
  }
}

function checkNetworkDrivers(reader: TemplateReader, project: ComposeProject): void {
  for (const network of project.networks.values()) {
    if (network.external || ['bridge', 'default', null].includes(network.driver)) continue;
    refuse(
      reader,
      'network-driver',
      ['networks', network.key, 'driver'],
      `网络驱动 ${network.driver}`,
      `the network driver ${network.driver}`,
    );
  }
}

function refuse(reader: TemplateReader, code: string, path: KeyPath, zh: string, en: string): void {
  reader.report(
    'forbidden',
    code,
    { path },
    bilingual(
      `策略不允许：${zh}。管理员可将该目录标记为可信`,
      `refused by policy: ${en}. An administrator can mark the catalog as trusted`,
    ),
  );
}
