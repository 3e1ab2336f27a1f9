import { BusinessCode } from '../../platform/errors/business-code';
import { DomainError, domainError, type FieldProblem } from '../../platform/errors/domain-error';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import type { InstallationState } from '../installations/installation-state';

export class UnknownAppError extends DomainError {
  constructor(appName: string) {
    super({
      code: BusinessCode.BadRequest,
      kind: 'not-found',
      message: bilingual(
        `没有名为 ${appName} 的应用，请在应用目录中查看可安装的应用。`,
        `There is no app called ${appName}; the catalog lists those that can be installed.`,
      ),
    });
  }
}

export class AppNotInstalledError extends DomainError {
  constructor(appName: string) {
    super({
      code: BusinessCode.BadRequest,
      kind: 'not-found',
      message: bilingual(
        `应用 ${appName} 没有安装；已安装的应用见 getAllAppInfo。`,
        `App ${appName} is not installed; getAllAppInfo lists those that are.`,
      ),
    });
  }
}

const STATE_TEXT: Readonly<Record<InstallationState, Bilingual>> = {
  queued: bilingual('正在排队安装', 'is waiting to be installed'),
  installing: bilingual('正在安装', 'is being installed'),
  upgrading: bilingual('正在升级', 'is being upgraded'),
  'rolling-back': bilingual('正在回退', 'is being rolled back'),
  uninstalling: bilingual('正在卸载', 'is being uninstalled'),
  installed: bilingual('已安装', 'is installed already'),
  failed: bilingual('安装失败', 'failed to install'),
  cancelled: bilingual('已取消安装', 'was cancelled'),
  removed: bilingual('已卸载', 'was uninstalled'),
};

/** The app counts already: names the job that made it so. */
export class AlreadyInstalledError extends DomainError {
  constructor(appName: string, jobId: string, state: InstallationState) {
    const text = STATE_TEXT[state];
    super({
      code: BusinessCode.AlreadyExists,
      kind: 'conflict',
      message: bilingual(
        `应用 ${appName} ${text.zh}（任务 ${jobId}），同一应用只能安装一次。`,
        `App ${appName} ${text.en} (job ${jobId}); an app can be installed once only.`,
      ),
    });
  }
}

/** A container of the name that the app would get exists, and we did not make it. */
export class ContainerExistsError extends DomainError {
  constructor(appName: string, container: string) {
    super({
      code: BusinessCode.AlreadyExists,
      kind: 'conflict',
      message: bilingual(
        `已经存在应用 ${appName} 的容器 ${container}（并非由本系统创建），请先手动改名或删除该容器。`,
        `A container ${container} of app ${appName} exists already and was not made by this server; rename or remove it first.`,
      ),
    });
  }
}

/** The name is taken by a container of another app that is installed. */
export class ContainerOfOtherAppError extends DomainError {
  constructor(container: string, otherApp: string) {
    super({
      code: BusinessCode.AlreadyExists,
      kind: 'conflict',
      message: bilingual(
        `容器名 ${container} 已被应用 ${otherApp} 使用，请先卸载该应用。`,
        `The container name ${container} is used by app ${otherApp}; uninstall that first.`,
      ),
    });
  }
}

/** Our own container, by its label, of an installation that the database does not know any more. */
export class LeftoverContainerError extends DomainError {
  constructor(appName: string, container: string) {
    super({
      code: BusinessCode.AlreadyExists,
      kind: 'conflict',
      message: bilingual(
        `容器 ${container} 是本系统以前安装应用 ${appName} 时留下的，其安装记录已丢失：请用 GET /api/v1/apps/drift 查看，再用 POST /api/v1/apps/drift/repair 接管或清除它。`,
        `Container ${container} is left of an earlier installation of app ${appName} whose record is lost: see GET /api/v1/apps/drift, and take it over or remove it with POST /api/v1/apps/drift/repair.`,
      ),
    });
  }
}

export class AppBusyError extends DomainError {
  constructor(appName: string, state: InstallationState) {
    const text = STATE_TEXT[state];
    super({
      code: BusinessCode.BadRequest,
      kind: 'conflict',
      message: bilingual(
        `应用 ${appName} ${text.zh}，有另一项操作正在进行，请稍后重试。`,
        `App ${appName} ${text.en} and another operation is at work on it; try again shortly.`,
      ),
      retryAfterSeconds: 5,
    });
  }
}

/** Nothing is under way that could be cancelled. */
export class NothingToCancelError extends DomainError {
  constructor(appName: string) {
    super({
      code: BusinessCode.BadRequest,
      kind: 'conflict',
      message: bilingual(
        `应用 ${appName} 没有正在进行的安装可以取消。`,
        `No install of app ${appName} is under way that could be cancelled.`,
      ),
    });
  }
}

/** The template is refused by policy, broken or asks for something that we do not carry out. */
export class AppNotUsableError extends DomainError {
  constructor(appName: string, problems: readonly FieldProblem[]) {
    const zh = problems.map((p) => `${p.field}：${p.message.zh}`).join('；');
    const en = problems.map((p) => `${p.field}: ${p.message.en}`).join('; ');
    super({
      code: BusinessCode.BadRequest,
      kind: 'conflict',
      message: bilingual(
        `应用 ${appName} 的模板不能安装：${zh}`,
        `The template of app ${appName} cannot be installed: ${en}`,
      ),
      details: problems,
    });
  }
}

/** Values for the template's variables were not accepted. */
export class AppVariablesError extends DomainError {
  constructor(problems: readonly FieldProblem[]) {
    const fields = problems.map((p) => p.field).join(', ');
    super({
      code: BusinessCode.InvalidParameter,
      kind: 'invalid',
      message: bilingual(`参数错误：${fields}`, `Invalid parameter: ${fields}`),
      details: problems,
    });
  }
}

export class PortRangeExhaustedError extends DomainError {
  constructor(setting: 'APP_PORT_RANGE' | 'DB_PORT_RANGE', from: number, to: number) {
    super({
      code: BusinessCode.BadRequest,
      kind: 'conflict',
      message: bilingual(
        `${from}-${to} 之间没有空闲端口：请卸载不用的应用，或扩大 ${setting}。`,
        `No port from ${from} to ${to} is free: uninstall an app or widen ${setting}.`,
      ),
    });
  }
}

/** A port that the person named is taken. */
export class PortNotFreeError extends DomainError {
  constructor(port: number) {
    super({
      code: BusinessCode.BadRequest,
      kind: 'conflict',
      message: bilingual(
        `指定的端口 ${port} 已被占用，请换一个端口或不指定。`,
        `The port ${port} that was asked for is taken; name another one or none.`,
      ),
    });
  }
}

/** What an install needs is not there; every problem is named. */
export class PreflightFailedError extends DomainError {
  constructor(
    appName: string,
    checks: readonly { readonly code: string; readonly message: Bilingual }[],
  ) {
    super({
      code: BusinessCode.BadRequest,
      kind: 'conflict',
      message: bilingual(
        `应用 ${appName} 暂不能安装：${checks.map((c) => c.message.zh).join('；')}`,
        `App ${appName} cannot be installed now: ${checks.map((c) => c.message.en).join('; ')}`,
      ),
      details: checks.map(({ code, message }) => ({ field: code, message })),
    });
  }
}

/** The idempotency key was used for something else. */
export class IdempotencyKeyReusedError extends domainError(
  'conflict',
  BusinessCode.BadRequest,
  '该 Idempotency-Key 已用于安装另一个应用，请换一个。',
  'This Idempotency-Key was used to install another app; choose a new one.',
) {}

/** The template changed or went away between the request and the work. */
export class TemplateGoneError extends DomainError {
  constructor(appName: string) {
    super({
      code: BusinessCode.BadRequest,
      kind: 'conflict',
      message: bilingual(
        `应用 ${appName} 的模板已不在目录中，安装无法继续。`,
        `The template of app ${appName} is no longer in the catalog; the install cannot go on.`,
      ),
    });
  }
}

export class InstallCancelledError extends DomainError {
  constructor(appName: string) {
    super({
      code: BusinessCode.BadRequest,
      kind: 'conflict',
      message: bilingual(
        `应用 ${appName} 的安装已取消。`,
        `The install of app ${appName} was cancelled.`,
      ),
    });
  }
}

/** A worker took it up again and again and died each time. */
export class TooManyAttemptsError extends DomainError {
  constructor(appName: string, attempts: number) {
    super({
      code: BusinessCode.InternalError,
      kind: 'internal',
      message: bilingual(
        `应用 ${appName} 的安装中断了 ${attempts} 次，已放弃并回退。`,
        `The install of app ${appName} was interrupted ${attempts} times; it was given up and taken back.`,
      ),
    });
  }
}

/** A network or volume of that name exists and belongs to somebody else. */
export class ResourceNotOursError extends DomainError {
  constructor(kind: 'network' | 'volume', name: string) {
    const zh = kind === 'network' ? '网络' : '数据卷';
    super({
      code: BusinessCode.AlreadyExists,
      kind: 'conflict',
      message: bilingual(
        `引擎上已有同名的${zh} ${name}，且不属于本应用：请先改名或删除它。`,
        `A ${kind} called ${name} exists on the engine and does not belong to this app: rename or remove it first.`,
      ),
    });
  }
}

export type ContainerFailure =
  'exited' | 'out-of-memory' | 'unhealthy' | 'restart-loop' | 'not-listening' | 'removed';

/** A container did not come up; the last lines of its log come with it. */
export class ContainerFailedError extends DomainError {
  constructor(
    readonly failure: ContainerFailure,
    readonly container: string,
    message: Bilingual,
    readonly logs: readonly string[],
  ) {
    super({ code: BusinessCode.InternalError, kind: 'internal', message });
  }
}

/** Something would not stop; the text is the documented one, with the port. */
export class UninstallFailedError extends DomainError {
  constructor(appName: string, port: string, cause: unknown) {
    super({
      code: BusinessCode.InternalError,
      kind: 'conflict',
      message: bilingual(
        `${appName}卸载失败，仍然在运行，端口为${port || '无'}，请ssh登录服务器后使用docker ps查看，并手动停止容器`,
        `${appName} could not be uninstalled and still runs on port ${port || 'none'}; sign in to the server by ssh, look with docker ps and stop the container by hand`,
      ),
      cause,
    });
  }
}
