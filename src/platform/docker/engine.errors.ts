import { DomainError, type ErrorKind } from '../errors/domain-error';
import { bilingual } from '../i18n/bilingual';

/**
 * What each failure means for the caller, and its message; `{}` stands for a name of ours (image,
 * container, port), never for the engine's raw text.
 */
const FAILURES = {
  'engine-unreachable': [
    'unavailable',
    'Docker 引擎没有应答：请确认 dockerd 正在运行，且 DOCKER_HOST 指向正确。',
    'The Docker Engine does not answer: check that dockerd runs and that DOCKER_HOST points to it.',
  ],
  'engine-foreign': [
    'unavailable',
    'DOCKER_HOST 后面是另一个 Docker 引擎（{}），不是保存这些应用的引擎，因此不会使用它：请让 DOCKER_HOST 指向原来的引擎；若确实更换了引擎，请停止所有服务进程，运行 npm run admin -- adopt-engine。',
    'Behind DOCKER_HOST is another Docker Engine ({}) than the one that holds these apps, so it is not used: point DOCKER_HOST to that one; after a deliberate change stop all server processes and run npm run admin -- adopt-engine.',
  ],
  'not-a-manager': [
    'unavailable',
    'ORCHESTRATOR=swarm，但 DOCKER_HOST 后面的引擎（{}）不是 Swarm 的管理节点：请指向一个管理节点，或用 docker swarm init 建立 Swarm。',
    'ORCHESTRATOR=swarm, but the engine behind DOCKER_HOST ({}) is no manager of a Swarm: point it to a manager, or make a Swarm with docker swarm init.',
  ],
  'swarm-without-majority': [
    'unavailable',
    'Swarm 的管理节点没有达到多数，暂时不能更改（{}）：请恢复足够的管理节点。',
    'The Swarm has no majority of its managers and accepts no change ({}): bring enough managers back.',
  ],
  'on-another-node': [
    'unavailable',
    '{} 运行在 Swarm 的另一个节点上，这里无法测量其用量：请在该节点上用 docker stats 查看。',
    '{} runs on another node of the Swarm, whose use cannot be measured from here: see docker stats on that node.',
  ],
  'runs-elsewhere': [
    'conflict',
    '{} 运行在 Swarm 的另一个节点上，无法在其中执行命令：请用 node 或 deploy.placement 让它在服务器自己的节点上运行。',
    "{} runs on another node of the Swarm, where no command can be run in it: have it run on the server's own node, with node or deploy.placement.",
  ],
  'update-taken-back': [
    'unavailable',
    'Swarm 已自动撤销服务 {} 的更新，其配置已不是所要求的配置：请用 docker service ps 查看原因。',
    'The Swarm has taken the update of service {} back, so it is not what was asked for: docker service ps shows why.',
  ],
  'not-in-swarm': [
    'unavailable',
    'ORCHESTRATOR=swarm 时还不支持此操作（{}），未做更改。',
    'This operation ({}) is not there yet with ORCHESTRATOR=swarm; nothing was changed.',
  ],
  'socket-permission': [
    'unavailable',
    '没有访问 Docker 套接字的权限：请以 root 运行，或将当前用户加入 docker 组。',
    'The Docker socket may not be opened: run as root or add this user to the group docker.',
  ],
  'engine-timeout': [
    'unavailable',
    'Docker 引擎未在时限内完成“{}”：请稍后重试，并检查机器负载。',
    `The Docker Engine did not finish "{}" in time: try again later and check the machine's load.`,
  ],
  'engine-failing': [
    'unavailable',
    'Docker 引擎在处理 {} 时发生内部错误：请稍后重试，并查看 dockerd 的日志。',
    'The Docker Engine had an internal error on {}: try again later and check the log of dockerd.',
  ],
  'image-not-found': [
    'not-found',
    '找不到镜像 {}：请检查名称，或确认镜像仓库可以访问。',
    'Image {} was not found: check its name, or that the registry has it.',
  ],
  'tag-unknown': [
    'not-found',
    '镜像仓库中没有 {} 这个版本：请换一个版本。',
    'The registry does not know the version {}: choose another one.',
  ],
  'image-reference-bad': ['invalid', '镜像名称 {} 不合法。', '{} is not a valid image name.'],
  'image-in-use': [
    'conflict',
    '镜像 {} 仍被容器使用，未删除。',
    'Image {} is still used by a container and stays.',
  ],
  'registry-denied': [
    'unavailable',
    '镜像仓库拒绝提供 {}：镜像不存在，或需要尚未保存的登录信息（PUT /api/v1/registries，或 REGISTRY_AUTH_FILE）。',
    'The registry refuses {}: it does not exist there, or needs a login that is not stored (PUT /api/v1/registries, or REGISTRY_AUTH_FILE).',
  ],
  'registry-login-wrong': [
    'invalid',
    '镜像仓库 {} 不接受该用户名和密码：请检查后重试。',
    'The registry {} does not accept that user and password: check both and try again.',
  ],
  'registry-logins-bad': [
    'unavailable',
    'REGISTRY_AUTH_FILE 指定的文件无法使用（{}）：需要 docker login 写入的 config.json。',
    'The file that REGISTRY_AUTH_FILE names cannot be used ({}): it takes the config.json that docker login writes.',
  ],
  'registry-unreachable': [
    'unavailable',
    '无法连接 {} 所在的镜像仓库：请检查网络、DNS 或代理后重试。',
    'The registry of {} cannot be reached: check network, DNS or proxy and try again.',
  ],
  'registry-stalled': [
    'unavailable',
    '下载 {} 时镜像仓库长时间没有数据，已放弃：请检查网络后重试。',
    'The registry stopped sending {} and the pull was given up: check the network and try again.',
  ],
  'registry-limited': [
    'unavailable',
    '镜像仓库因请求过多暂时拒绝提供 {}：请稍后重试，或登录该仓库、改用 IMAGE_MIRROR。',
    'The registry of {} refuses too many requests: try again later, log the engine in to it, or use IMAGE_MIRROR.',
  ],
  'registry-failing': [
    'unavailable',
    '{} 所在的镜像仓库发生内部错误：请稍后重试。',
    'The registry of {} has an internal error: try again later.',
  ],
  'registry-mistaken': [
    'unavailable',
    '应答 {} 请求的不是镜像仓库：请检查地址，以及中间的代理或网络登录页面。',
    "What answers for {} is no registry: check the address, and whether a proxy or a network's login page stands in between.",
  ],
  'image-corrupt': [
    'unavailable',
    '镜像仓库或中间的代理提供的 {} 内容与其摘要不符，已弃用：请稍后重试，或换一个仓库。',
    'What the registry, or a proxy before it, sends for {} does not match its digest and was discarded: try again later or use another registry.',
  ],
  'platform-mismatch': [
    'invalid',
    '镜像 {} 不支持本机的处理器架构。',
    "Image {} does not exist for this machine's architecture.",
  ],
  'disk-full': [
    'unavailable',
    'Docker 数据盘已满（{}）：请清理空间后重试。',
    'The disk of the Docker Engine is full ({}): free some space and try again.',
  ],
  'name-taken': [
    'conflict',
    '名称 {} 已被引擎上的另一个对象占用：请先改名或删除它。',
    'The name {} is in use by something else on the engine: rename or remove that first.',
  ],
  'name-invalid': ['invalid', '名称 {} 不合法。', '{} is not a valid name.'],
  'port-taken': [
    'conflict',
    '端口 {} 已被占用：请释放该端口或换一个端口。',
    'Port {} is in use: free it or use another one.',
  ],
  'container-not-found': [
    'not-found',
    '引擎上没有容器 {}。',
    'There is no container {} on the engine.',
  ],
  'node-unknown': [
    'not-found',
    '没有名为 {} 的节点：GET /api/v1/nodes 列出所有节点。',
    'There is no node {}: GET /api/v1/nodes lists them.',
  ],
  'container-not-stopping': [
    'conflict',
    '容器 {} 无法停止：请登录服务器用 docker ps 查看并手动停止。',
    'Container {} will not stop: log in to the server, run docker ps and stop it by hand.',
  ],
  'network-missing': [
    'not-found',
    '引擎上没有网络（{}）：可能已被手动删除，请重新安装。',
    'A network is missing on the engine ({}): it may have been removed by hand; install again.',
  ],
  'network-in-use': ['conflict', '网络 {} 仍在使用。', 'Network {} is still in use.'],
  'volume-missing': ['not-found', '引擎上没有数据卷 {}。', 'There is no volume {} on the engine.'],
  'volume-in-use': [
    'conflict',
    '数据卷 {} 仍被容器使用。',
    'Volume {} is still used by a container.',
  ],
  'file-in-use': [
    'conflict',
    'Swarm 的 config 或 secret {} 仍被服务使用。',
    'The config or secret {} of the Swarm is still used by a service.',
  ],
  'address-pool-exhausted': [
    'unavailable',
    'Docker 的地址池已用完，无法再建网络：请删除不用的网络，或扩大引擎的 default-address-pools 或 NETWORK_POOL。',
    'The engine has no address range left for a new network: remove unused networks, or widen its default-address-pools or NETWORK_POOL.',
  ],
  'address-block-taken': [
    'conflict',
    '网络 {} 的地址段与已有网络重叠：请换一个地址段或删除不用的网络。',
    'The address range of network {} overlaps another one: choose a different range or remove unused networks.',
  ],
  'command-not-found': [
    'invalid',
    '容器 {} 的启动命令不存在或不能执行。',
    'The start command of container {} does not exist or cannot be executed.',
  ],
  'spec-refused': [
    'invalid',
    'Docker 引擎不接受 {} 的设置。',
    'The engine does not accept the settings of {}.',
  ],
  'build-failed': ['invalid', '构建镜像 {} 失败。', 'Building image {} failed.'],
  unexpected: ['internal', 'Docker 引擎在处理 {} 时出错。', 'The engine failed on {}.'],
} as const satisfies Record<string, readonly [kind: ErrorKind, zh: string, en: string]>;

/** Every kind of engine failure, classified by status and text. */
export type EngineFailure = keyof typeof FAILURES;

/**
 * A classified failure of the engine. `failure` is what code branches on; `engineText` is the
 * engine's own wording, for logs and for an administrator's eyes.
 */
export class EngineError extends DomainError {
  constructor(
    readonly failure: EngineFailure,
    readonly subject: string,
    readonly engineText = '',
    cause?: unknown,
  ) {
    const [kind, zh, en] = FAILURES[failure];
    const text = (template: string) => template.replace('{}', () => subject);
    super(kind, bilingual(text(zh), text(en)), { cause });
  }
}

/** Whether an error is an engine failure of one of the given kinds. */
export function isEngineFailure(
  error: unknown,
  ...failures: readonly EngineFailure[]
): error is EngineError {
  return error instanceof EngineError && failures.includes(error.failure);
}
