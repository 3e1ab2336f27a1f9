import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';

export type RiskSeverity = 'high' | 'medium' | 'low';

interface RiskKind {
  /** The usual severity. */
  readonly severity: RiskSeverity;
  /** How to fix it. */
  readonly remedy: Bilingual;
}

function kind(severity: RiskSeverity, zh: string, en: string): RiskKind {
  return { severity, remedy: bilingual(zh, en) };
}

/** Every kind of risk that the audit knows. */
export const riskKinds = {
  'port-on-all-addresses': kind(
    'medium',
    '改为只在 127.0.0.1 或内网地址发布端口，并在前面放反向代理；Docker 的端口转发不受主机防火墙（ufw、firewalld）限制。',
    'Publish it on 127.0.0.1 or an inner address behind a reverse proxy: what Docker publishes passes a host firewall (ufw, firewalld).',
  ),
  'privileged-container': kind(
    'high',
    '去掉 privileged，只授予确实需要的 capability 或设备。',
    'Drop "privileged" and grant only the capabilities or devices that it needs.',
  ),
  'docker-socket-mounted': kind(
    'high',
    '不要把 Docker 套接字（或包含它的目录）挂载进容器：这等于交出主机的 root 权限；改用受限的套接字代理。',
    'Do not mount the Docker socket (or a folder that holds it): it is as good as root on the machine; use a filtering socket proxy.',
  ),
  'host-namespace': kind(
    'high',
    '去掉 network/pid/ipc/uts/userns 的 host 模式，改用普通网络并发布所需端口。',
    'Remove host mode of network, pid, ipc, uts or userns; use an ordinary network and publish the ports needed.',
  ),
  'no-memory-limit': kind(
    'low',
    '为容器设置内存上限（例如 docker update --memory 512m --memory-swap 512m <容器>，或 Compose 的 mem_limit）。',
    'Give it a memory limit (docker update --memory 512m --memory-swap 512m <container>, or mem_limit in Compose).',
  ),
  'latest-tag': kind(
    'low',
    '改用固定的版本标签或摘要，使重新安装得到同样的程序。',
    'Name a fixed version or digest, so that installing again gives the same program.',
  ),
  'root-with-writable-root': kind(
    'low',
    '以普通用户运行（user），或把根文件系统设为只读（read_only）。',
    'Run it as an ordinary user (user), or make its root file system read-only (read_only).',
  ),
  'install-stuck': kind(
    'high',
    '用 POST /api/v1/apps/drift/repair 终止该操作，然后重试；原因见 getAppInfo 和日志。',
    'End the operation with POST /api/v1/apps/drift/repair, then try again; getAppInfo and the log have the cause.',
  ),
  'restart-loop': kind(
    'high',
    '查看容器日志（docker logs），修正原因后重新启动，或停止它。',
    'Read its log (docker logs), fix the cause and start it again, or stop it.',
  ),
  unhealthy: kind(
    'medium',
    '查看健康检查的输出（docker inspect）和容器日志，修正后重启。',
    'Look at the output of its health check (docker inspect) and at its log, then restart it.',
  ),
  'dangling-images': kind(
    'low',
    '删除没有名称且未被使用的镜像：docker image prune。',
    'Remove images without a name that nothing uses: docker image prune.',
  ),
  'unused-volumes': kind(
    'low',
    '确认不再需要后删除未被容器使用的数据卷：docker volume ls -f dangling=true，docker volume rm。',
    'Remove volumes that no container uses, once sure: docker volume ls -f dangling=true, docker volume rm.',
  ),
  'disk-pressure': kind(
    'medium',
    '释放空间（日志、备份、docker system df）或扩容磁盘。',
    'Free space (logs, backups, docker system df) or enlarge the disk.',
  ),
  'inode-pressure': kind(
    'medium',
    '删除大量小文件（缓存、会话、邮件队列），或换用 inode 更多的文件系统。',
    'Remove masses of small files (caches, sessions, mail queues) or use a file system with more inodes.',
  ),
  'disk-unreadable': kind(
    'medium',
    '检查磁盘和挂载是否正常（dmesg、mount）。',
    'Check the disk and its mount (dmesg, mount).',
  ),
  'address-pool-nearly-used': kind(
    'medium',
    '删除不用的网络（docker network prune），或在 /etc/docker/daemon.json 中扩大 default-address-pools。',
    'Remove unused networks (docker network prune) or widen default-address-pools in /etc/docker/daemon.json.',
  ),
  'engine-tcp-exposed': kind(
    'high',
    '让 Docker 只监听本机套接字，或启用 TLS 双向认证（--tlsverify）：未加密的接口等于交出 root 权限。',
    'Let Docker listen on the local socket only, or demand client certificates (--tlsverify): the open API is as good as root.',
  ),
  'engine-outdated': kind(
    'medium',
    '升级 Docker 到仍受支持的版本。',
    'Upgrade Docker to a version that is still maintained.',
  ),
  'engine-unreachable': kind(
    'high',
    '确认 dockerd 正在运行、DOCKER_HOST 正确且当前用户有权限访问；在此之前无法安装和检查应用。',
    'Check that dockerd runs, that DOCKER_HOST is right and that this user may use it; until then apps can be neither installed nor checked.',
  ),
  'no-tls': kind(
    'medium',
    '设置 TLS_CERT 和 TLS_KEY，或放在 HTTPS 反向代理之后（设置 TRUSTED_PROXIES 并把 HOST 设为 127.0.0.1）。',
    'Set TLS_CERT and TLS_KEY, or stand behind an HTTPS reverse proxy (set TRUSTED_PROXIES, and HOST to 127.0.0.1).',
  ),
  'open-cors': kind(
    'medium',
    '在 CORS_ORIGINS 中只列出自己的前端地址。',
    'List only your own front ends in CORS_ORIGINS.',
  ),
  'apps-on-all-addresses': kind(
    'low',
    '如果应用只通过反向代理访问，把 APP_BIND 和 DB_BIND 设为 127.0.0.1。',
    'Where apps are reached through a reverse proxy only, set APP_BIND and DB_BIND to 127.0.0.1.',
  ),
  'backup-failed': kind(
    'high',
    '按原因处理后重新备份（POST /api/v1/apps/{appName}/backups）；校验失败的备份不可靠。',
    'Fix the cause and save again with POST /api/v1/apps/{appName}/backups; do not rely on a backup that failed its check.',
  ),
  'backup-overdue': kind(
    'medium',
    '确认执行进程在运行、应用没有长时间处于其他操作中，然后立即备份一次；计划见 GET /api/v1/apps/{appName}/backup-schedule。',
    'Check that a worker runs and that no other work holds the app, then save it now; GET /api/v1/apps/{appName}/backup-schedule tells its schedule.',
  ),
  'backup-not-started': kind(
    'high',
    '按原因处理（常见原因：数据在应用运行时损坏、镜像与数据不匹配），重新备份并校验；在此之前请保留更早的备份。',
    'Fix the cause (often data that were damaged while the app ran, or an image that does not match them), save and verify again; keep older backups until then.',
  ),
  'backup-unproved': kind(
    'low',
    '校验最近的备份（POST /api/v1/apps/{appName}/backups/{id}/verify），或为应用设置带每周校验的备份计划。',
    'Verify the newest backup with POST /api/v1/apps/{appName}/backups/{id}/verify, or give the app a schedule, which verifies one each week.',
  ),
  'login-unthrottled': kind(
    'medium',
    '恢复 THROTTLE_LOGIN 的默认值（20/60）。',
    'Restore the default of THROTTLE_LOGIN (20/60).',
  ),
} as const satisfies Readonly<Record<string, RiskKind>>;

export type RiskCode = keyof typeof riskKinds;
