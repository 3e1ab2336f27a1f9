import { BusinessCode } from '../../platform/errors/business-code';
import { DomainError, domainError, type FieldProblem } from '../../platform/errors/domain-error';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { AppConflictError } from './app-conflict.error';
import type { InstallationState } from './installation-state';

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
export class AlreadyInstalledError extends AppConflictError {
  constructor(appName: string, jobId: string, state: InstallationState) {
    const text = STATE_TEXT[state];
    super(
      bilingual(
        `应用 ${appName} ${text.zh}（任务 ${jobId}），同一应用只能安装一次。`,
        `App ${appName} ${text.en} (job ${jobId}); an app can be installed once only.`,
      ),
      { code: BusinessCode.AlreadyExists },
    );
  }
}

export class AppBusyError extends AppConflictError {
  constructor(appName: string, state: InstallationState) {
    const text = STATE_TEXT[state];
    super(
      bilingual(
        `应用 ${appName} ${text.zh}，有另一项操作正在进行，请稍后重试。`,
        `App ${appName} ${text.en} and another operation on it is under way; try again shortly.`,
      ),
      { retryAfterSeconds: 5 },
    );
  }
}

/** Nothing is under way that could be cancelled. */
export class NothingToCancelError extends AppConflictError {
  constructor(appName: string) {
    super(
      bilingual(
        `应用 ${appName} 没有正在进行的安装可以取消。`,
        `No install of app ${appName} is under way that could be cancelled.`,
      ),
    );
  }
}

/** The idempotency key was used for something else. */
export class IdempotencyKeyReusedError extends domainError(
  'conflict',
  BusinessCode.BadRequest,
  '该 Idempotency-Key 已用于安装另一个应用，请换一个。',
  'This Idempotency-Key was used to install another app; choose a new one.',
) {}

export class InstallCancelledError extends AppConflictError {
  constructor(appName: string) {
    super(
      bilingual(`应用 ${appName} 的安装已取消。`, `The install of app ${appName} was cancelled.`),
    );
  }
}

/** Each worker that resumed it died. */
export class TooManyAttemptsError extends DomainError {
  constructor(appName: string, attempts: number) {
    super({
      code: BusinessCode.InternalError,
      kind: 'internal',
      message: bilingual(
        `应用 ${appName} 的安装中断了 ${attempts} 次，已放弃并回退。`,
        `The install of app ${appName} was interrupted ${attempts} times; it was given up and rolled back.`,
      ),
    });
  }
}

/** An administrator ended work that made no progress. */
export class WorkStuckError extends AppConflictError {
  constructor(appName: string) {
    super(
      bilingual(
        `应用 ${appName} 的操作长时间没有进展，已被终止。`,
        `The operation on app ${appName} made no progress and was ended.`,
      ),
    );
  }
}

/** Something would not stop, or the engine does not answer; the text is the documented one, with the port. */
export class UninstallFailedError extends DomainError {
  constructor(appName: string, port: string, cause: unknown) {
    const isUnavailable = cause instanceof DomainError && cause.kind === 'unavailable';
    super({
      code: isUnavailable ? BusinessCode.InternalError : BusinessCode.BadRequest,
      kind: isUnavailable ? 'unavailable' : 'conflict',
      message: bilingual(
        `${appName}卸载失败，仍然在运行，端口为${port || '无'}，请ssh登录服务器后使用docker ps查看，并手动停止容器`,
        `${appName} could not be uninstalled and still runs on port ${port || 'none'}; log in to the server by ssh, run docker ps and stop the container by hand`,
      ),
      cause,
    });
  }
}

/** Some apps of an uninstall of all are still there; `details` has the result of each app. */
export class UninstallIncompleteError extends AppConflictError {
  constructor(removed: number, failed: number, results: readonly FieldProblem[]) {
    super(
      bilingual(
        `卸载未全部完成：成功 ${removed} 个，失败 ${failed} 个`,
        `Not all apps could be uninstalled: ${removed} removed, ${failed} failed`,
      ),
      { details: results },
    );
  }
}
