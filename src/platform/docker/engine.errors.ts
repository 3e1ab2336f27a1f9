import { BusinessCode } from '../errors/business-code';
import { DomainError, type ErrorKind } from '../errors/domain-error';
import { bilingual, type Bilingual } from '../i18n/bilingual';

/** Every kind of engine failure, classified by status and text. */
export type EngineFailure =
  | 'engine-unreachable'
  | 'socket-permission'
  | 'engine-timeout'
  | 'engine-failing'
  | 'image-not-found'
  | 'tag-unknown'
  | 'image-reference-bad'
  | 'image-in-use'
  | 'registry-denied'
  | 'registry-unreachable'
  | 'registry-stalled'
  | 'registry-limited'
  | 'registry-failing'
  | 'image-corrupt'
  | 'platform-mismatch'
  | 'disk-full'
  | 'name-taken'
  | 'name-invalid'
  | 'port-taken'
  | 'container-not-found'
  | 'container-not-stopping'
  | 'network-missing'
  | 'network-in-use'
  | 'volume-missing'
  | 'volume-in-use'
  | 'address-pool-exhausted'
  | 'address-block-taken'
  | 'command-not-found'
  | 'spec-refused'
  | 'build-failed'
  | 'unexpected';

interface FailureRule {
  readonly code: BusinessCode;
  readonly kind: ErrorKind;
  /** `subject` is a name of ours (image, container, port), never the engine's raw text. */
  readonly message: (subject: string) => Bilingual;
}

const unavailable = (message: FailureRule['message']): FailureRule => ({
  code: BusinessCode.InternalError,
  kind: 'unavailable',
  message,
});
const refused = (kind: ErrorKind, message: FailureRule['message']): FailureRule => ({
  code: BusinessCode.BadRequest,
  kind,
  message,
});

const rules: Readonly<Record<EngineFailure, FailureRule>> = {
  'engine-unreachable': unavailable(() =>
    bilingual(
      'Docker 引擎没有应答：请确认 dockerd 正在运行，且 DOCKER_HOST 指向正确。',
      'The Docker Engine does not answer: check that dockerd runs and that DOCKER_HOST points to it.',
    ),
  ),
  'socket-permission': unavailable(() =>
    bilingual(
      '没有访问 Docker 套接字的权限：请以 root 运行，或将当前用户加入 docker 组。',
      'The Docker socket may not be opened: run as root or add this user to the group docker.',
    ),
  ),
  'engine-timeout': unavailable((what) =>
    bilingual(
      `Docker 引擎未在时限内完成“${what}”：请稍后重试，并检查机器负载。`,
      `The Docker Engine did not finish "${what}" in time: try again later and check the machine's load.`,
    ),
  ),
  'engine-failing': unavailable((what) =>
    bilingual(
      `Docker 引擎在处理 ${what} 时发生内部错误：请稍后重试，并查看 dockerd 的日志。`,
      `The Docker Engine had an internal error on ${what}: try again later and check the log of dockerd.`,
    ),
  ),
  'image-not-found': refused('not-found', (image) =>
    bilingual(
      `找不到镜像 ${image}：请检查名称，或确认镜像仓库可以访问。`,
      `Image ${image} was not found: check its name, or that the registry has it.`,
    ),
  ),
  'tag-unknown': refused('not-found', (image) =>
    bilingual(
      `镜像仓库中没有 ${image} 这个版本：请换一个版本。`,
      `The registry does not know the version ${image}: choose another one.`,
    ),
  ),
  'image-reference-bad': refused('invalid', (image) =>
    bilingual(`镜像名称 ${image} 不合法。`, `${image} is not a valid image name.`),
  ),
  'image-in-use': refused('conflict', (image) =>
    bilingual(
      `镜像 ${image} 仍被容器使用，未删除。`,
      `Image ${image} is still used by a container and stays.`,
    ),
  ),
  'registry-denied': unavailable((image) =>
    bilingual(
      `镜像仓库拒绝提供 ${image}：镜像不存在或需要登录。`,
      `The registry refuses ${image}: it does not exist there or needs a login.`,
    ),
  ),
  'registry-unreachable': unavailable((image) =>
    bilingual(
      `无法连接 ${image} 所在的镜像仓库：请检查网络、DNS 或代理后重试。`,
      `The registry of ${image} cannot be reached: check network, DNS or proxy and try again.`,
    ),
  ),
  'registry-stalled': unavailable((image) =>
    bilingual(
      `下载 ${image} 时镜像仓库长时间没有数据，已放弃：请检查网络后重试。`,
      `The registry stopped sending ${image} and the pull was given up: check the network and try again.`,
    ),
  ),
  'registry-limited': unavailable((image) =>
    bilingual(
      `镜像仓库因请求过多暂时拒绝提供 ${image}：请稍后重试，或登录该仓库、改用 IMAGE_MIRROR。`,
      `The registry of ${image} refuses too many requests: try again later, log the engine in to it, or use IMAGE_MIRROR.`,
    ),
  ),
  'registry-failing': unavailable((image) =>
    bilingual(
      `${image} 所在的镜像仓库发生内部错误：请稍后重试。`,
      `The registry of ${image} has an internal error: try again later.`,
    ),
  ),
  'image-corrupt': unavailable((image) =>
    bilingual(
      `镜像仓库或中间的代理提供的 ${image} 内容与其摘要不符，已弃用：请稍后重试，或换一个仓库。`,
      `What the registry, or a proxy before it, sends for ${image} does not match its digest and was discarded: try again later or use another registry.`,
    ),
  ),
  'platform-mismatch': refused('invalid', (image) =>
    bilingual(
      `镜像 ${image} 不支持本机的处理器架构。`,
      `Image ${image} does not exist for this machine's architecture.`,
    ),
  ),
  'disk-full': unavailable((what) =>
    bilingual(
      `Docker 数据盘已满（${what}）：请清理空间后重试。`,
      `The disk of the Docker Engine is full (${what}): free some space and try again.`,
    ),
  ),
  'name-taken': refused('conflict', (name) =>
    bilingual(
      `名称 ${name} 已被引擎上的另一个对象占用：请先改名或删除它。`,
      `The name ${name} is in use by something else on the engine: rename or remove that first.`,
    ),
  ),
  'name-invalid': refused('invalid', (name) =>
    bilingual(`名称 ${name} 不合法。`, `${name} is not a valid name.`),
  ),
  'port-taken': refused('conflict', (port) =>
    bilingual(
      `端口 ${port} 已被占用：请释放该端口或换一个端口。`,
      `Port ${port} is in use: free it or use another one.`,
    ),
  ),
  'container-not-found': refused('not-found', (name) =>
    bilingual(`引擎上没有容器 ${name}。`, `There is no container ${name} on the engine.`),
  ),
  'container-not-stopping': refused('conflict', (name) =>
    bilingual(
      `容器 ${name} 无法停止：请登录服务器用 docker ps 查看并手动停止。`,
      `Container ${name} will not stop: log in to the server, run docker ps and stop it by hand.`,
    ),
  ),
  'network-missing': refused('not-found', (name) =>
    bilingual(
      `引擎上没有网络（${name}）：可能已被手动删除，请重新安装。`,
      `A network is missing on the engine (${name}): it may have been removed by hand; install again.`,
    ),
  ),
  'network-in-use': refused('conflict', (name) =>
    bilingual(`网络 ${name} 仍在使用。`, `Network ${name} is still in use.`),
  ),
  'volume-missing': refused('not-found', (name) =>
    bilingual(`引擎上没有数据卷 ${name}。`, `There is no volume ${name} on the engine.`),
  ),
  'volume-in-use': refused('conflict', (name) =>
    bilingual(`数据卷 ${name} 仍被容器使用。`, `Volume ${name} is still used by a container.`),
  ),
  'address-pool-exhausted': unavailable(() =>
    bilingual(
      'Docker 的地址池已用完，无法再建网络：请删除不用的网络，或扩大引擎的 default-address-pools 或 NETWORK_POOL。',
      'The engine has no address range left for a new network: remove unused networks, or widen its default-address-pools or NETWORK_POOL.',
    ),
  ),
  'address-block-taken': refused('conflict', (network) =>
    bilingual(
      `网络 ${network} 的地址段与已有网络重叠：请换一个地址段或删除不用的网络。`,
      `The address range of network ${network} overlaps another one: choose a different range or remove unused networks.`,
    ),
  ),
  'command-not-found': refused('invalid', (name) =>
    bilingual(
      `容器 ${name} 的启动命令不存在或不能执行。`,
      `The start command of container ${name} does not exist or cannot be executed.`,
    ),
  ),
  'spec-refused': refused('invalid', (what) =>
    bilingual(
      `Docker 引擎不接受 ${what} 的设置。`,
      `The engine does not accept the settings of ${what}.`,
    ),
  ),
  'build-failed': refused('invalid', (image) =>
    bilingual(`构建镜像 ${image} 失败。`, `Building image ${image} failed.`),
  ),
  unexpected: {
    code: BusinessCode.InternalError,
    kind: 'internal',
    message: (what) =>
      bilingual(`Docker 引擎在处理 ${what} 时出错。`, `The engine failed on ${what}.`),
  },
};

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
    const rule = rules[failure];
    super({ code: rule.code, kind: rule.kind, message: rule.message(subject), cause });
  }
}

/** Whether an error is an engine failure of one of the given kinds. */
export function isEngineFailure(
  error: unknown,
  ...failures: readonly EngineFailure[]
): error is EngineError {
  return error instanceof EngineError && failures.includes(error.failure);
}
