/** The texts of the policy table in Chinese; the English ones stand at the rules. */
const texts: Readonly<Record<string, string>> = {
  key: '键',
  allowed: '允许',
  otherwise: '否则',
  why: '原因',
  ' of the project': '（项目级）',
  'any value': '任意值',
  'acts on the container itself; shares of processor, memory and disk are not guarded':
    '作用于容器本身；处理器、内存和磁盘的份额不受保护',
  'anything else': '其他任何键',
  'not set': '不设置',
  'a field without a rule is never sent': '没有规则的字段从不发送',
  'an image name; one that begins with the container prefix only where the app itself builds it':
    '镜像名；以容器前缀开头的，仅限应用自己构建的镜像',
  'an image built on this machine may hold what another app put into it':
    '在本机构建的镜像可能含有其他应用放入的内容',
  'a host name; one that begins with the container prefix only where it is the container’s own name':
    '主机名；以容器前缀开头的，仅限容器自己的名称',
  'newer engines answer for it in every network of the container, also in the shared one':
    '较新的 Engine 会在容器的每个网络（包括共享网络）中解析它',
  'a domain name': '域名',
  'names the container': '是容器的名称',
  '0 to 3600': '0 到 3600',
  'a stop waits this long (seconds)': '停止时等待这么久（秒）',
  'a unicast address': '单播地址',
  'a group address reaches other containers': '组播地址会到达其他容器',
  '`none`, `service:<name>` of the same app; `bridge` becomes the app’s own network':
    '`none`，同一应用的 `service:<name>`；`bridge` 变为应用自己的网络',
  'another one shows the processes, the memory or the network of the machine or of another app':
    '其他命名空间会暴露机器或其他应用的进程、内存或网络',
  'leased ports on the configured addresses or on loopback': '配置的地址或本机回环地址上租用的端口',
  'a port or address of the template’s choice could stand in for another service':
    '由模板选择的端口或地址可能冒充其他服务',
  'own volumes, and folders and files of the app’s own folder that do not lie within another writable bind; options rw, ro, z, Z, nocopy, private, slave, rprivate, rslave; /etc/localtime and /etc/timezone read-only':
    '自己的卷，以及应用自己文件夹中、不位于其他可写绑定之内的文件夹和文件；选项 rw、ro、z、Z、nocopy、private、slave、rprivate、rslave；/etc/localtime 和 /etc/timezone 只读',
  'paths of the machine and of other apps; within a writable folder the app could replace a source by a link':
    '机器和其他应用的路径；在可写的文件夹内，应用可以把来源换成链接',
  'tmpfs, with its size and mode, read-only or not': 'tmpfs，可带大小和权限，只读或可写',
  'other mounts are written as binds': '其他挂载写成绑定',
  'services of the same app': '同一应用的服务',
  'another app’s container holds its data': '其他应用的容器中有其数据',
  'rw, ro, exec, noexec, suid, nosuid, nodev, sync, async, noatime, size, mode, uid, gid, nr_inodes':
    'rw、ro、exec、noexec、suid、nosuid、nodev、sync、async、noatime、size、mode、uid、gid、nr_inodes',
  'mount options are passed to the kernel by root': '挂载选项由 root 传给内核',
  'driver json-file, local or none; options max-size, max-file, compress, mode, max-buffer-size, tag, labels, env':
    '驱动 json-file、local 或 none；选项 max-size、max-file、compress、mode、max-buffer-size、tag、labels、env',
  'other drivers make the engine itself connect to addresses and write to the host’s log':
    '其他驱动会使 Engine 自己连接外部地址并写入主机日志',
  '`no-new-privileges`, `no-new-privileges:true`, `apparmor:docker-default`':
    '`no-new-privileges`、`no-new-privileges:true`、`apparmor:docker-default`',
  'anything else lifts a confinement; an SELinux label can name an unconfined type or another app’s':
    '其他任何值都会解除限制；SELinux 标签可以指向不受限的类型或其他应用的类型',
  'would give the app a privileged container': '会使应用得到特权容器',
  'capabilities that the engine gives every container': 'Engine 给予每个容器的能力',
  'others reach beyond the container': '其他能力会超出容器',
  'would give the app a device of the host': '会使应用得到主机的设备',
  'GPUs of the driver `nvidia`, by count, number or identifier, without options':
    '驱动 `nvidia` 的 GPU，按数量、编号或标识，不带选项',
  'other drivers (CDI) can hand over any device or path of the machine':
    '其他驱动（CDI）可以交出机器的任何设备或路径',
  addresses: '地址',
  'the engine asks them on behalf of the container': 'Engine 代容器向它们查询',
  'its own, `service:<name>` of the same app': '自己的，或同一应用的 `service:<name>`',
  'private, shareable, none, `service:<name>` of the same app':
    'private、shareable、none，或同一应用的 `service:<name>`',
  private: 'private',
  'another one is that of the machine': '其他命名空间属于机器',
  'would give the app another cgroup': '会使应用进入其他 cgroup',
  '`runc`': '`runc`',
  'another runtime may confine less': '其他运行时的限制可能更弱',
  '1 to 65536': '1 到 65536',
  'without a limit one app takes all processes of the machine':
    '没有限制时，一个应用会占用机器的全部进程数',
  '`false`': '`false`',
  'the machine would end other processes instead': '机器会转而终止其他进程',
  '0 to 1000': '0 到 1000',
  'the machine would end other processes first': '机器会先终止其他进程',
  'net.*, fs.mqueue.*, kernel.msg*, kernel.shm*, kernel.sem':
    'net.*、fs.mqueue.*、kernel.msg*、kernel.shm*、kernel.sem',
  'these belong to the container’s own name spaces; others are the machine’s':
    '这些属于容器自己的命名空间；其余属于机器',
  'as, core, cpu, data, fsize, locks, memlock, msgqueue, nofile, nproc, rss, sigpending, stack':
    'as、core、cpu、data、fsize、locks、memlock、msgqueue、nofile、nproc、rss、sigpending、stack',
  'real-time priority would take the processor from everything else':
    '实时优先级会抢占其他一切的处理器',
  size: 'size',
  'other options belong to the storage driver': '其他选项属于存储驱动',
  'own networks; `aliases`, `ipv4_address`, `ipv6_address`, `mac_address`, `priority`; `links` to services of the app':
    '自己的网络；`aliases`、`ipv4_address`、`ipv6_address`、`mac_address`、`priority`；指向本应用服务的 `links`',
  'driver options and link-local addresses reach beyond the app’s own network':
    '驱动选项和链路本地地址会超出应用自己的网络',
  'a context within the app’s folder, with a Dockerfile that is read when the catalog is, or inline; each `ADD` takes plain files: no address, variable or escape':
    '应用文件夹内的上下文，其 Dockerfile 随目录一起读取或直接写在模板中；每个 `ADD` 只取普通文件：没有网址、变量或转义',
  'the engine itself would fetch the address, as root and from the host’s network':
    'Engine 会以 root 身份、从主机网络自行获取该地址',
  'driver `bridge`; options enable_icc, enable_ip_masquerade and mtu; subnets of private ranges, /16 (IPv6 /48) or smaller, that are free':
    '驱动 `bridge`；选项 enable_icc、enable_ip_masquerade 和 mtu；私有范围内空闲的子网，/16（IPv6 /48）或更小',
  'other drivers and options reach the interfaces of the machine; a foreign subnet takes over its routes':
    '其他驱动和选项会触及机器的网络接口；外来的子网会接管其路由',
  'no external network other than the shared one': '除共享网络外没有外部网络',
  'the network of another app or of the machine': '其他应用或机器的网络',
  'driver `local`, without options or as tmpfs (`type: tmpfs`, `device: tmpfs`, mount options out of a list)':
    '驱动 `local`，不带选项，或作为 tmpfs（`type: tmpfs`、`device: tmpfs`，挂载选项取自清单）',
  'the options are those of mount(8): a bind of any path, a device, a network share':
    '选项即 mount(8) 的选项：绑定任意路径、设备、网络共享',
  '`content`, `environment`, or a `file` within the app’s folder':
    '`content`、`environment`，或应用文件夹内的 `file`',
  'a file of the machine': '机器的文件',
};

/** @throws for a text that has no translation yet */
export function policyTextZh(text: string): string {
  const said = texts[text];
  if (said === undefined) throw new Error(`scripts/readme/policy-zh.ts lacks "${text}"`);
  return said;
}
