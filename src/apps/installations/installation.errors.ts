import { BusinessCode } from '../../platform/errors/business-code';
import { DomainError, domainError, type FieldProblem } from '../../platform/errors/domain-error';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import type { InstallationState } from './installation-state';

export class AppNotInstalledError extends domainError(
  'not-found',
  (appName: string) => `应用 ${appName} 没有安装；已安装的应用见 getAllAppInfo。`,
  (appName) => `App ${appName} is not installed; getAllAppInfo lists those that are.`,
) {}

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
export class AlreadyInstalledError extends domainError(
  'conflict',
  (appName: string, jobId: string, state: InstallationState) =>
    `应用 ${appName} ${STATE_TEXT[state].zh}（任务 ${jobId}）；换一个实例名可以再装一个。`,
  (appName, jobId, state) =>
    `App ${appName} ${STATE_TEXT[state].en} (job ${jobId}); with another instance it can be installed once more.`,
  { code: BusinessCode.AlreadyExists },
) {}

export class AppBusyError extends domainError(
  'conflict',
  (appName: string, state: InstallationState) =>
    `应用 ${appName} ${STATE_TEXT[state].zh}，有另一项操作正在进行，请稍后重试。`,
  (appName, state) =>
    `App ${appName} ${STATE_TEXT[state].en} and another operation on it is under way; try again shortly.`,
  { retryAfterSeconds: 5 },
) {}

/** Nothing is under way that could be cancelled. */
export class NothingToCancelError extends domainError(
  'conflict',
  (appName: string) => `应用 ${appName} 没有正在进行的安装可以取消。`,
  (appName) => `No install of app ${appName} is under way that could be cancelled.`,
) {}

/** The idempotency key was used for something else. */
export class IdempotencyKeyReusedError extends domainError(
  'conflict',
  '该 Idempotency-Key 已用于安装另一个应用，请换一个。',
  'This Idempotency-Key was used to install another app; choose a new one.',
) {}

export class InstallCancelledError extends domainError(
  'conflict',
  (appName: string) => `应用 ${appName} 的安装已取消。`,
  (appName) => `The install of app ${appName} was cancelled.`,
) {}

/** Each worker that resumed it died. */
export class TooManyAttemptsError extends domainError(
  'internal',
  (appName: string, attempts: number) =>
    `应用 ${appName} 的安装中断了 ${attempts} 次，已放弃并回退。`,
  (appName, attempts) =>
    `The install of app ${appName} was interrupted ${attempts} times; it was given up and rolled back.`,
) {}

/** An administrator ended work that made no progress. */
export class WorkStuckError extends domainError(
  'conflict',
  (appName: string) => `应用 ${appName} 的操作长时间没有进展，已被终止。`,
  (appName) => `The operation on app ${appName} made no progress and was ended.`,
) {}

/** Something would not stop, or the engine does not answer; the text is the documented one, with the port. */
export class UninstallFailedError extends DomainError {
  constructor(appName: string, port: string, cause: unknown) {
    const isUnavailable = cause instanceof DomainError && cause.kind === 'unavailable';
    super(
      isUnavailable ? 'unavailable' : 'conflict',
      bilingual(
        `${appName}卸载失败，仍然在运行，端口为${port || '无'}，请ssh登录服务器后使用docker ps查看，并手动停止容器`,
        `${appName} could not be uninstalled and still runs on port ${port || 'none'}; log in to the server by ssh, run docker ps and stop the container by hand`,
      ),
      { cause },
    );
  }
}

/** Some apps of an uninstall of all are still there; `details` has the result of each app. */
export class UninstallIncompleteError extends domainError(
  'conflict',
  (removed: number, failed: number, _results: readonly FieldProblem[]) =>
    `卸载未全部完成：成功 ${removed} 个，失败 ${failed} 个`,
  (removed, failed) => `Not all apps could be uninstalled: ${removed} removed, ${failed} failed`,
  (_removed, _failed, results) => ({ details: results }),
) {}
