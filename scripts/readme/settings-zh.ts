import type { settingSpecs } from '../../src/platform/config/settings';

/** What each setting means, in Chinese; the English text is beside its parser. */
export const settingMeaningZh: Readonly<Record<keyof typeof settingSpecs, string>> = {
  host: '服务器监听的地址',
  port: '服务器监听的端口',
  role: '本进程的职责：处理 HTTP（`api`）、执行安装和计算（`worker`），或两者兼有；`node`：工作进程在 Swarm 其他节点上自动成为的角色，进行计算并说明本机的情况',
  apiProcesses:
    '`npm start` 用几个进程在同一端口上处理 HTTP，另有一个进程负责安装和计算；`auto`：每个处理器一个，最多 6 个；`1`：一个进程完成所有工作',
  dataDir: '存放密钥、应用数据、日志以及私有数据库和 Redis 的目录',
  databaseUrl:
    'MySQL 8 或 MariaDB 10.11+，`mysql://user:password@host:3306/name`；Galera 集群的其他成员写在主机之后，以逗号分隔；`?ca=file.pem` 加密连接并用该机构核对证书，`?ca=system` 用系统信任的机构；未设置时启动私有 MariaDB',
  databasePassword:
    '`DATABASE_URL` 中用户的密码，按原样填写；写在地址里时，`@`、`/`、`:`、`%` 须做百分号编码',
  redisUrl:
    'Redis 6+，`redis://:password@host:6379/0`；使用 Sentinel 时为 `redis+sentinel://:password@host:26379,host:26379/name/0`，哨兵另有密码时加 `?sentinelPassword=`；以 `rediss` 代替 `redis` 则加密，可加 `?ca=file.pem`；未设置时启动私有 Redis',
  redisPassword: '`REDIS_URL` 的密码，按原样填写',
  redisPrefix: '所有 Redis 键的前缀；共用一个 Redis 的每套安装须各用一个',
  dockerHost: 'Docker 引擎；未设置且没有响应时，以 root 运行会启动私有引擎',
  orchestrator:
    '应用由什么运行：一个引擎的容器（engine），或以该引擎为管理节点的 Docker Swarm 的服务（swarm，见 many-machines.md）',
  swarmEncryptNetworks:
    '加密同一应用在 Swarm 不同节点上的容器之间的通信（IPsec，节点之间须放行 ESP）；只对此后创建的网络有效',
  catalogPaths:
    '其他应用目录，以 `:` 分隔，以及 git 仓库（`https://host/owner/repo.git#ref:folder`），每个以 `,` 结束；内置目录总在最前；`folder=trusted` 和 `https://…#<完整提交编号>=trusted` 对该目录不应用策略',
  storeCheckHours: '每个 git 应用源两次检查新提交之间的小时数；0：仅在请求时检查',
  storeUpdates:
    '检查发现新提交时的做法：显示其中的变化，由管理员决定是否采用（announce），或直接采用（take）',
  storeMaxMegabytes: 'git 应用源的最大大小（MB），对下载的数据和解开后的文件都有效',
  storeFetchSeconds: '下载 git 应用源超过该秒数则放弃',
  storeNetworks: 'git 服务器可以使用的非公网地址或 CIDR 网段，以 `,` 分隔',
  storeCaFile: 'git 服务器的证书所属的其他证书机构的证书文件（PEM）',
  imageMirror: '加在每个镜像名之前的仓库，例如 `mirror.lan:5000/hub`，用于无法访问公共仓库时',
  registryAuthFile:
    '`docker login` 写入的 `config.json`，其中有私有镜像仓库的登录信息；每次拉取时读取',
  publicHost: '用户访问本机应用时使用的主机名或地址，部分模板会用到；未设置时为 `localhost`',
  containerPrefix: '所有容器名的前缀',
  appBind: '应用端口发布到的地址',
  dbBind: '应用的数据库端口发布到的地址',
  appPortRange: '应用使用的主机端口范围',
  dbPortRange: '应用的数据库使用的主机端口范围',
  networkPool: '引擎自身的地址池用尽后，应用网络从该 IPv4 网段（CIDR）中取得 /24',
  pullStallSeconds: '拉取镜像时超过该秒数没有进展则放弃',
  restic: '保存应用备份的程序，名称或路径',
  backupRepositories:
    '应用备份的存放处，写作 `name=address`，以 `,` 分隔，默认用第一个；地址为目录（`/mnt/backups`）、`sftp:user@host:/folder` 或 `s3:https://host/bucket`；留空：数据目录下的 `local`',
  backupSshConfig:
    '`BACKUP_REPOSITORIES` 中 SFTP 仓库使用的 ssh 配置文件（密钥、known_hosts）；留空：运行服务器的用户自己的配置',
  backupS3AccessKey: '`BACKUP_REPOSITORIES` 中 S3 仓库的访问密钥（access key）',
  backupS3SecretKey: '`BACKUP_REPOSITORIES` 中 S3 仓库的私有密钥（secret key）',
  backupsAtOnce: '一个执行者同时进行的备份和恢复数量，其余的排队等待',
  backupAnswerSeconds: '仓库须在这些秒数内回答简短的询问，否则视为无法访问',
  updateCheckHours: '每隔这么多小时查询镜像仓库，已安装应用的标签是否有更新的镜像；0 表示从不查询',
  upgradeBackupDays: '保留策略在这些天内不删除升级前的备份，以便手动撤回升级',
  trustedProxies: '反向代理的地址或 CIDR 网段，以 `,` 分隔；只信任它们的 `X-Forwarded-For`',
  corsOrigins: '浏览器前端的来源（origin），以 `,` 分隔；`*` 表示任意；留空表示仅同源',
  tzDisplay: '返回中 `YYYY-MM-DD HH:mm:ss` 时间的时区；存储总是使用 UTC',
  logLevel: '记录日志的最低级别',
  logPretty: '以可读文本代替 JSON 日志；未设置时，在终端中为可读文本',
  accessTokenSeconds: '访问令牌的有效期（秒）',
  refreshIdleSeconds: '会话超过该秒数没有刷新则结束',
  refreshAbsoluteSeconds: '会话的最长时间（秒）',
  jwtSecret: '签名访问令牌的密钥，至少 32 字节；未设置时在数据目录中生成一次',
  passwordPepper:
    '所有密码哈希使用的第二个密钥，至少 32 字节，不得更改；未设置时在数据目录中生成一次',
  auditRetentionDays: '审计日志条目保留的天数',
  computeDailyQuota: '每个用户每个 UTC 日的计算次数；管理员不受限制',
  computeLeaseSeconds: '执行者超过该秒数未完成的计算会交给另一个执行者',
  throttleLogin: '每个地址在若干秒内的登录次数，或 `off`',
  throttleRegister: '每个地址在若干秒内的注册次数，或 `off`',
  throttleRefresh: '每个地址在若干秒内的令牌刷新次数，或 `off`',
  throttleAll: '每个地址在若干秒内的请求总数，或 `off`',
  drainSeconds:
    '服务器被要求结束后继续接受请求的秒数，期间 `/health/ready` 返回 503，使负载均衡先转走',
  maxStreamsPerUser: '一个用户在一个进程上可同时打开的事件流数量',
  maxStreams: '所有用户在一个进程上可同时打开的事件流总数',
  metricsToken: '访问 `/metrics` 的 Bearer 令牌；未设置时仅限本机访问',
  tlsCert: '证书链文件（PEM）；与 TLS_KEY 一起设置后服务器提供 https',
  tlsKey: '私钥文件（PEM）',
};
